"""The live view: what a desk sees of a running stream, in a terminal or as lines of a log.

:class:`Watcher` gathers a :class:`Snapshot` over the ports; :func:`render` and :func:`lines` only show one.
"""

from stream.view.log import lines
from stream.view.screen import render
from stream.view.sight import BEHIND, Stores
from stream.view.snapshot import AlertRow, ReceiverRow, SeriesRow, Snapshot, sparkline
from stream.view.watcher import Watcher

__all__ = [
    "BEHIND",
    "AlertRow",
    "ReceiverRow",
    "SeriesRow",
    "Snapshot",
    "Stores",
    "Watcher",
    "lines",
    "render",
    "sparkline",
]
