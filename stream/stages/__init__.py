"""The stages behind the windows, each a ``tick`` over ports: project, detect, notify. The clock is injected.

A tick returns True when there is more to do at once. It may be repeated, interrupted or run by several workers at the
same time: what it writes is idempotent, or conditional on what it has read.
"""

from stream.stages.clock import Clock, utc_now
from stream.stages.detect import ClassifierFacts, Detect
from stream.stages.guard import Guard
from stream.stages.notify import Notify, Remind
from stream.stages.project import Project, Retain
from stream.stages.prove import Prove
from stream.stages.reload import Reload
from stream.stages.stamped import Stamped

__all__ = [
    "ClassifierFacts",
    "Clock",
    "Detect",
    "Guard",
    "Notify",
    "Project",
    "Prove",
    "Reload",
    "Remind",
    "Retain",
    "Stamped",
    "utc_now",
]
