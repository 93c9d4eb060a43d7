"""Documents far from all others in time: mostly a wrong year, and every minute up to there would be decided on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stream.pipeline.units import DAY, MINUTE_MS

APART_DAYS = 60
_APART_MS = APART_DAYS * DAY * MINUTE_MS
_FEW = 100  # at most one document in so many is far from the others; a single one always may be


class Stretch(NamedTuple):
    """Documents with no longer gap between them; ``first`` and ``last`` are milliseconds since 1970."""

    first: int
    last: int
    documents: int

    def holds(self, millisecond: int) -> bool:
        """Whether a time lies in it."""
        return self.first <= millisecond <= self.last


def stretches_of(times: Iterable[int]) -> list[Stretch]:
    """Return the stretches of times, in their order."""
    found: list[Stretch] = []
    for time in sorted(times):
        if found and time - found[-1].last < _APART_MS:
            found[-1] = Stretch(found[-1].first, time, found[-1].documents + 1)
        else:
            found.append(Stretch(time, time, 1))
    return found


def far_from_all(stretches: list[Stretch]) -> list[Stretch]:
    """Return those of so few documents that their times must be wrong; none where that were half of all documents.

    >>> far_from_all(stretches_of([0, 1, 2, 10**12]))
    [Stretch(first=1000000000000, last=1000000000000, documents=1)]
    """
    total = sum(stretch.documents for stretch in stretches)
    far = [stretch for stretch in stretches if stretch.documents <= max(1, total // _FEW)]
    return far if 2 * sum(stretch.documents for stretch in far) < total else []
