"""Windows from the log of record: read it again beside the running stream, then let the result count in one step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.progress.watermark import Progress, ProgressTracker
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.units import DAY, DAY_MS, HOUR_MS
from stream.pipeline.windows.projection import SeriesStore
from stream.pipeline.windows.rebuild import RebuildStore
from stream.pipeline.windows.store import WindowStore
from stream.worker.log_records import BATCH, LogSource, add_rows, contributions, decode, note_erasures, remember_stories
from stream.worker.ticks import getting_on

# Read from before the first day, so that it is known how far each partition had come when the day began. A document
# cannot have been written before its own time by more than ``ahead_for``, at most a day.
BEFORE_MS = DAY_MS + HOUR_MS
PROJECTED_MINUTES = 60  # minutes of all series that are written to PostgreSQL in one transaction


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """Documents counted, and the UTC days, since 1970, that count from now on."""

    documents: int
    days: tuple[int, ...]


async def rebuild_windows(
    source: LogSource, store: RebuildStore, days: Sequence[int] | None, since: int, stories: StoryStore | None = None
) -> RebuildResult | None:
    """Rebuild ``days`` (None: every day found) from the log; None when somebody else is at it.

    Args:
        since: broker time, ms since 1970, from which the log is read.
        stories: where the stories of the log are remembered, if they were lost.

    Raises:
        BrokerError, StoreError: the old windows go on counting; rebuild again.
    """
    if not await store.begin(days):
        return None
    try:
        documents, progress = await _count(source, store, since, stories)
        switched = await store.switch(progress)
    except BaseException:
        await asyncio.shield(store.abandon())
        raise
    return RebuildResult(documents, tuple(switched))


async def _count(
    source: LogSource, store: RebuildStore, since: int, stories: StoryStore | None
) -> tuple[int, dict[str, Progress]]:
    # Seen when it was written: a partition that only the log knows of is silent.
    counted, progress = 0, ProgressTracker({}, source.late_for)
    records = source.log.read(since)
    while (batch := await asyncio.to_thread(next, records, None)) is not None:
        decoded = decode(batch)
        if stories is not None:
            await remember_stories(stories, decoded, source)
        rows = contributions(source, decoded, progress)
        for at in range(0, len(rows), BATCH):
            counted += await add_rows(store.count, rows[at : at + BATCH])
        await note_erasures(source, decoded)
        if batch:  # of a broker that is gone nothing comes, again and again
            getting_on()
    return counted, progress.moved


def days_since(since: datetime, now: datetime) -> list[int]:
    """Return the UTC days, since 1970, from that of ``since`` to the day after ``now``.

    >>> from stream.pipeline.documents.document import EPOCH
    >>> days_since(EPOCH + timedelta(days=2.5), EPOCH + timedelta(days=3))
    [2, 3, 4]
    """
    return list(range(milliseconds(since) // DAY_MS, milliseconds(now + timedelta(days=1)) // DAY_MS + 1))


async def project_again(windows: WindowStore, series: SeriesStore, days: Sequence[int]) -> int:
    """Make the rows of ``days`` what the windows say, also where they say less; return how many rows there are."""
    rows = 0
    for day in days:
        for first in range(day * DAY, (day + 1) * DAY, PROJECTED_MINUTES):
            stop = first + PROJECTED_MINUTES
            minutes, late = await windows.minutes_and_late(range(first, stop))
            rows += await series.replace(first, stop, minutes, late)
    return rows
