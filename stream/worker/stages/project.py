"""Stage ``project``: the windows' minutes to rows, and old rows out."""

from __future__ import annotations

from collections.abc import Sequence

from stream import metrics
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.projection import Pool, Projection
from stream.pipeline.windows.store import WindowStore

# Ten thousand series: as much as is sent in a second or two. Fewer series simply take fewer minutes' time.
PROJECT_MINUTES = 10
REMEMBERED = 200
Told = tuple[tuple[str, int], ...]


class Project:
    """Stage ``project``: minutes that changed in the windows become rows, with their evidence.

    Nothing is written from windows that are not complete: rows that stand hold more than those.
    What evidence was written last is remembered for some minutes, so that texts are sent again only when they change.
    """

    name = "project"

    def __init__(self, windows: WindowStore, series: Projection) -> None:
        self._windows, self._series = windows, series
        self._told: dict[int, dict[str, Told]] = {}

    async def tick(self) -> bool:
        """Write some of the changed minutes."""
        mark = await self._windows.complete()
        changed = await self._windows.changed(PROJECT_MINUTES)
        if mark is None or not changed:
            return False
        found, pool = await self._windows.minutes_and_late(changed), await self._windows.pool(changed)
        if await self._windows.complete() != mark:
            return False
        rows = await self._series.upsert(*found)
        await self._put_evidence(pool)
        await self._windows.settle(changed)
        metrics.PROJECTED.inc(rows)
        return len(changed) == PROJECT_MINUTES

    async def _put_evidence(self, pool: Pool) -> None:
        new = {
            minute: {name: found for name, found in row.items() if self._told.get(minute, {}).get(name) != _told(found)}
            for minute, row in pool.items()
        }
        if not any(new.values()):
            return
        await self._series.put_evidence(new)
        for minute, row in new.items():
            self._told.setdefault(minute, {}).update({name: _told(found) for name, found in row.items()})
        for minute in list(self._told)[:-REMEMBERED]:
            del self._told[minute]


class Retain:
    """Deletes minutes, evidence and decisions that are so many days older than the newest minute, in event time.

    In parts, and not where they are written: a detector that comes back after a long time has other things to do.
    """

    name = "retain"

    def __init__(self, series: Projection, days: int, evidence_days: int, decision_days: int) -> None:
        self._series, self._days = series, (days, evidence_days, decision_days)

    async def tick(self) -> bool:
        """Delete some."""
        return await self._series.retain(*self._days)


def _told(found: Sequence[Evidence]) -> Told:
    return tuple((item.id, item.copies) for item in found)
