"""Stage ``project``: the windows' minutes to rows."""

from __future__ import annotations

from stream import metrics
from stream.pipeline.aggregate import WindowStore
from stream.pipeline.project import SeriesStore

PROJECT_MINUTES = 200


class Project:
    """Stage ``project``: minutes that changed in the windows become rows."""

    name = "project"

    def __init__(self, windows: WindowStore, series: SeriesStore) -> None:
        self._windows, self._series = windows, series

    async def tick(self) -> bool:
        """Write some of the changed minutes."""
        changed = await self._windows.changed(PROJECT_MINUTES)
        if not changed:
            return False
        rows = await self._series.upsert(await self._windows.minutes(changed))
        await self._windows.settle(changed)
        metrics.PROJECTED.inc(rows)
        return len(changed) == PROJECT_MINUTES
