"""Event time: how far the stream is known to have come, by the documents' own times.

Each origin (a partition of a raw topic) crossed with each partition of the scored topic is read in order, so its
latest time is what that pair has come to; the stream has come as far as the slowest pair. A pair that has brought
nothing for a while is idle and holds nobody back. When all are idle, event time goes on at the pace of the clock, so
that an alert resolves after the last document. The watermark never goes back.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stream.pipeline.classify import ScoredDocument
from stream.pipeline.documents import milliseconds

IDLE_AFTER_MS = 10_000


class Progress(msgspec.Struct, frozen=True):
    """How far one pair of partitions has come. All in milliseconds since 1970.

    ``first`` and ``latest`` are event times; ``seen`` is the wall clock when the pair last brought a document.
    """

    first: int
    latest: int
    seen: int

    def merge(self, other: Progress) -> Progress:
        """Return the progress of both."""
        return Progress(min(self.first, other.first), max(self.latest, other.latest), max(self.seen, other.seen))


def progress_of(document: ScoredDocument, partition: int, now: int) -> tuple[str, Progress]:
    """Return the pair that brought ``document``, read from scored ``partition`` at ``now`` (ms), and what it says."""
    origin = document.origin
    pair = f"{partition}/{origin.topic}/{origin.partition}" if origin else f"{partition}"
    at = milliseconds(document.published_at)
    return pair, Progress(at, at, now)


def watermark(progress: Mapping[str, Progress], now: int, previous: int = 0, idle_after: int = IDLE_AFTER_MS) -> int:
    """Return the watermark at wall clock ``now``: every minute that ends at or before it is closed.

    Args:
        progress: of each pair of partitions; see :class:`Progress`.
        now: wall clock, milliseconds since 1970.
        previous: the last watermark; the result is never before it.
        idle_after: milliseconds of silence after which a pair holds nobody back.

    >>> watermark({"0": Progress(0, 60_000, 5), "1": Progress(0, 90_000, 5)}, now=5)
    60000
    >>> watermark({"0": Progress(0, 60_000, 0), "1": Progress(0, 90_000, 30_000)}, now=30_000)
    90000
    >>> watermark({"0": Progress(0, 60_000, 0)}, now=30_000)
    90000
    """
    active = [pair.latest for pair in progress.values() if now - pair.seen < idle_after]
    if active:
        return max(previous, min(active))
    idle = [pair.latest + now - pair.seen for pair in progress.values()]
    return max([previous, *idle])
