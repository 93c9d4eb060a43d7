"""Windows from the log of record: read it again beside the running stream, then let the result count in one step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.progress.watermark import Progress, ProgressTracker
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.units import DAY, DAY_MS, HOUR_MS
from stream.pipeline.windows.contribution import TOPIC, Contribution
from stream.pipeline.windows.projection import Projection, SeriesStore
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
    """Documents counted, and the UTC days, since 1970, that count from now on.

    ``short`` are days of which more documents stand than the log holds. Where there are any, nothing was switched.
    """

    documents: int
    days: tuple[int, ...]
    short: tuple[int, ...] = ()


async def rebuild_windows(
    source: LogSource,
    store: RebuildStore,
    days: Sequence[int] | None,
    since: int,
    stories: StoryStore | None = None,
    standing: Mapping[int, int] | None = None,
) -> RebuildResult | None:
    """Rebuild ``days`` (None: every day found) from the log; None when somebody else is at it.

    Args:
        since: broker time, ms since 1970, from which the log is read.
        stories: where the stories of the log are remembered, if they were lost.
        standing: documents that stood on a day before this began; the log has to hold as many.

    Raises:
        BrokerError, StoreError: the old windows go on counting; rebuild again.
    """
    if not await store.begin(days):
        return None
    try:
        tally = _Tally(store, standing or {})
        progress = await _count(source, tally, since, stories)
        if short := tally.short:
            await store.abandon()
            return RebuildResult(tally.documents, (), short)
        switched = await store.switch(progress)
    except BaseException:
        await asyncio.shield(store.abandon())
        raise
    return RebuildResult(tally.documents, tuple(switched))


class _Tally:
    """Adds to what is being built; of days on which documents stood it knows how many were found."""

    def __init__(self, store: RebuildStore, standing: Mapping[int, int]) -> None:
        self._store, self._standing = store, standing
        self._found: Counter[int | None] = Counter()

    @property
    def documents(self) -> int:
        return self._found.total()

    @property
    def short(self) -> tuple[int, ...]:
        return tuple(day for day, stood in sorted(self._standing.items()) if self._found[day] < stood)

    async def add(self, rows: Sequence[Contribution]) -> None:
        # The store says how many were new, all together. Only a log that has lost its beginning needs it by day.
        apart: dict[int | None, list[Contribution]] = {}
        for row in rows:
            day = row.minute // DAY
            is_read = row.series[0].startswith(TOPIC)  # what stands is counted by topics; a text not read has none
            apart.setdefault(day if is_read and day in self._standing else None, []).append(row)
        for watched, some in apart.items():
            for at in range(0, len(some), BATCH):
                self._found[watched] += await add_rows(self._store.count, some[at : at + BATCH])


async def _count(source: LogSource, tally: _Tally, since: int, stories: StoryStore | None) -> dict[str, Progress]:
    # Seen when it was written: a partition that only the log knows of is silent.
    progress = ProgressTracker({}, source.late_for)
    records = source.log.read(since)
    while (batch := await asyncio.to_thread(next, records, None)) is not None:
        decoded = decode(batch)
        if stories is not None:
            await remember_stories(stories, decoded, source)
        await tally.add(contributions(source, decoded, progress))
        await note_erasures(source, decoded)
        if batch:  # of a broker that is gone nothing comes, again and again
            getting_on()
    return progress.moved


def days_since(since: datetime, now: datetime) -> list[int]:
    """Return the UTC days, since 1970, from that of ``since`` to the day after ``now``.

    >>> from stream.pipeline.documents.document import EPOCH
    >>> days_since(EPOCH + timedelta(days=2.5), EPOCH + timedelta(days=3))
    [2, 3, 4]
    """
    return list(range(milliseconds(since) // DAY_MS, milliseconds(now + timedelta(days=1)) // DAY_MS + 1))


def doubtful_days(days: Sequence[int], begins: int, ahead: timedelta) -> list[int]:
    """Return those of ``days`` of which documents may have been written before the log ``begins``.

    >>> doubtful_days([0, 1, 2], DAY_MS, timedelta(hours=1))
    [0, 1]
    """
    return [day for day in days if day * DAY_MS - ahead // timedelta(milliseconds=1) < begins]


async def documents_standing(windows: WindowStore, series: Projection, days: Sequence[int]) -> dict[int, int]:
    """Return how many documents stand on each of ``days``, in the rows or in the windows, where any do."""
    if not days:
        return {}
    standing = Counter(await series.documents(days[0] * DAY, (days[-1] + 1) * DAY))
    for day in days:
        standing[day] = max(standing[day], await _documents_of(windows, day))
    return {day: standing[day] for day in days if standing[day]}


async def _documents_of(windows: WindowStore, day: int) -> int:
    documents = 0
    for first in range(day * DAY, (day + 1) * DAY, PROJECTED_MINUTES):
        minutes, late = await windows.minutes_and_late(range(first, first + PROJECTED_MINUTES))
        for row in minutes.values():
            documents += sum(bucket.documents for name, bucket in row.items() if name.startswith(TOPIC))
        for counts in late.values():
            documents += sum(count for name, count in counts.items() if name.startswith(TOPIC))
    return documents


async def project_again(windows: WindowStore, series: SeriesStore, days: Sequence[int]) -> int:
    """Make the rows of ``days`` what the windows say, also where they say less; return how many rows there are."""
    rows = 0
    for day in days:
        for first in range(day * DAY, (day + 1) * DAY, PROJECTED_MINUTES):
            stop = first + PROJECTED_MINUTES
            minutes, late = await windows.minutes_and_late(range(first, stop))
            rows += await series.replace(first, stop, minutes, late)
    return rows
