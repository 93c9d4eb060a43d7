"""The stages of a worker, over ports; the clock is injected.

:mod:`classify` and :mod:`aggregate` make something of a batch of records (``compute``) and store it (``store``); they
run in the apps of :mod:`stream.worker.faust_app`. The others, behind the windows, have a ``tick``.

A tick returns True when there is more to do at once. It may be repeated, interrupted or run by several workers at the
same time: what it writes is idempotent, or conditional on what it has read.
"""

from stream.worker.stages.changes import ClassifierFacts
from stream.worker.stages.detect import Detect
from stream.worker.stages.guard import Guard
from stream.worker.stages.measures import Hear
from stream.worker.stages.notify import Notify, Remind
from stream.worker.stages.project import Project, Retain
from stream.worker.stages.prove import Prove
from stream.worker.stages.reload import Reload
from stream.worker.stages.stamped import Stamped
from stream.worker.stages.withdraw import Withdraw

__all__ = [
    "ClassifierFacts",
    "Detect",
    "Guard",
    "Hear",
    "Notify",
    "Project",
    "Prove",
    "Reload",
    "Remind",
    "Retain",
    "Stamped",
    "Withdraw",
]
