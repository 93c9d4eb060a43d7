"""What was written of a series before an event: of a name that is new, or was silent, that is little or nothing."""

from __future__ import annotations

from datetime import datetime

import msgspec

from stream.pipeline.windows.evidence import Evidence

LOOK_BACK = 30  # days
# A series is new or was silent when it had no more than so many documents in so many days before. Not tuned: a name of
# which something is written every other day has a past that its figures show.
SILENT_DAYS, SILENT_DOCUMENTS = 7, 3
SHOWN = 3  # documents


class Earlier(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was counted of a series before the window on which an alert fired.

    Attributes:
        days: that were looked back, at most LOOK_BACK; fewer where less is stored.
        documents: counted in them, and how many of them were negative.
        last: the minute of the last one; None where there was none.
        evidence: the last negative ones, the newest first; older ones than the pool of evidence holds have no text.
    """

    days: int
    documents: int = 0
    negatives: int = 0
    last: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
