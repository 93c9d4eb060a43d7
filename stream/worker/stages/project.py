"""Stage ``project``: the windows' minutes to rows, and old rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream import metrics
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.projection import Pool, Projection
from stream.pipeline.windows.store import WindowStore

# Minutes in one step. Of ten thousand series that is as much as is sent in a second or two; fewer take less time.
PROJECT_MINUTES = 10
# Minutes whose evidence is remembered. Most documents belong to the last ones; what is forgotten is sent once more.
REMEMBERED = 200
Versions = tuple[tuple[str, int], ...]  # of the evidence of a series and minute: ids, and how many copies there were


class Project:
    """Stage ``project``: minutes that changed in the windows become rows, with their evidence.

    Nothing is written from windows that are not complete: rows that stand hold more than those.
    What evidence was written last is remembered for some minutes, so that texts are sent again only when they change.

    Args:
        at_once: minutes in one step.
    """

    name = "project"

    def __init__(self, windows: WindowStore, series: Projection, at_once: int = PROJECT_MINUTES) -> None:
        self._windows, self._series, self._at_once = windows, series, at_once
        self._written: dict[int, dict[str, Versions]] = {}  # by minute and series

    async def tick(self) -> bool:
        """Write some of the changed minutes; True when there may be more of them."""
        mark = await self._windows.complete()
        changed = await self._windows.changed(self._at_once)
        if mark is None or not changed:
            return False
        counted, late = await self._windows.minutes_and_late(changed)
        pool = await self._windows.pool(changed)
        if await self._windows.complete() != mark:
            return False
        rows = await self._series.upsert(counted, late)
        await self._put_evidence(pool)
        await self._windows.settle(changed)
        metrics.PROJECTED.inc(rows)
        return len(changed) == self._at_once

    async def _put_evidence(self, pool: Pool) -> None:
        """Write the evidence of those series and minutes in ``pool`` where it is other than was written last."""
        new = {minute: self._changed(minute, row) for minute, row in pool.items()}
        if not any(new.values()):
            return
        await self._series.put_evidence(new)
        for minute, row in new.items():
            self._written.setdefault(minute, {}).update({name: _versions(items) for name, items in row.items()})
        for minute in list(self._written)[:-REMEMBERED]:
            del self._written[minute]

    def _changed(self, minute: int, row: Mapping[str, Sequence[Evidence]]) -> dict[str, Sequence[Evidence]]:
        written = self._written.get(minute, {})
        return {name: items for name, items in row.items() if written.get(name) != _versions(items)}


class Retain:
    """Deletes minutes, evidence and decisions that are so many days older than the newest minute, in event time.

    In parts, and not where they are written: a detector that comes back after a long time has other things to do.
    """

    name = "retain"

    def __init__(self, series: Projection, days: int, evidence_days: int, decision_days: int) -> None:
        self._series, self._days = series, (days, evidence_days, decision_days)

    async def tick(self) -> bool:
        """Delete some; True when there is more."""
        return await self._series.retain(*self._days)


def _versions(items: Sequence[Evidence]) -> Versions:
    return tuple((item.id, item.copies) for item in items)
