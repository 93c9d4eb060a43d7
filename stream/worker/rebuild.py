"""Windows from the log of record: read it again beside the running stream, then let the result count in one step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from stream.errors import DocumentError
from stream.pipeline.documents.classify import ScoredDocument, read_scored
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import LATE_FOR_MS, Progress, ProgressTracker, Stamp
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.units import DAY, DAY_MS, HOUR_MS
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.project import SeriesStore
from stream.pipeline.windows.rebuild import Logged, RebuildStore, ScoredLog
from stream.pipeline.windows.store import WindowStore
from stream.worker.alone import each_alone
from stream.worker.ticks import getting_on

# Read from before the first day, so that it is known how far each partition had come when the day began. A document
# cannot have been written before its own time by more than ``ahead_for``, at most a day.
BEFORE_MS = DAY_MS + HOUR_MS
BATCH, PROJECTED_MINUTES = 500, 60
Read = tuple[Logged, ScoredDocument]


@dataclass(frozen=True, slots=True)
class Source:
    """What a rebuild reads: the log and how it is read; ``late_for`` in milliseconds."""

    log: ScoredLog
    entries_in: Callable[[str], Sequence[Entry]] = lambda text: ()
    late_for: int = LATE_FOR_MS


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Documents counted, and the UTC days, since 1970, that count from now on."""

    documents: int
    days: tuple[int, ...]


async def rebuild(
    source: Source, store: RebuildStore, days: Sequence[int] | None, since: int, stories: StoryStore | None = None
) -> Rebuilt | None:
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
    return Rebuilt(documents, tuple(switched))


async def _count(
    source: Source, store: RebuildStore, since: int, stories: StoryStore | None
) -> tuple[int, dict[str, Progress]]:
    # Seen when it was written: a partition that only the log knows of is silent.
    counted, progress = 0, ProgressTracker({}, source.late_for)
    records = source.log.read(since)
    while (batch := await asyncio.to_thread(next, records, None)) is not None:
        read = decoded(batch)
        if stories is not None:
            await remember(stories, read)
        rows = contributions(source, read, progress)
        for at in range(0, len(rows), BATCH):
            counted += await added(store.count, rows[at : at + BATCH])
        if batch:  # of a broker that is gone nothing comes, again and again
            getting_on()
    return counted, progress.moved


async def remember(stories: StoryStore, read: Sequence[Read]) -> None:
    """Remember which stories the log says that documents are. Raises StoreError."""

    async def tell(documents: Sequence[ScoredDocument]) -> Sequence[None]:
        await stories.remember([signature_of(item) for item in documents], [item.story for item in documents])
        return [None] * len(documents)

    await each_alone("stories", tell, [document for _, document in read if document.story])


async def added(add: Callable[[Sequence[Contribution]], Awaitable[int]], rows: Sequence[Contribution]) -> int:
    """Add ``rows`` and return how many documents were new; one that fails alone is left out, as in the stream."""
    new = 0

    async def count(some: Sequence[Contribution]) -> Sequence[None]:
        nonlocal new
        new += await add(some)
        return [None] * len(some)

    await each_alone("windows", count, rows)
    return new


def decoded(records: Sequence[Logged]) -> list[Read]:
    """Return the records that are scored documents, each with its document."""
    read = []
    for record in records:
        # What is none the stage aggregate has sent to the dead letters.
        with suppress(DocumentError):
            read.append((record, read_scored(record.value)))
    return read


def contributions(source: Source, read: Sequence[Read], progress: ProgressTracker) -> list[Contribution]:
    """Return what documents add, in the order of the log; ``progress`` moves on with them."""
    return [row for record, document in read if (row := _contribution(source, record, document, progress))]


def _contribution(
    source: Source, record: Logged, document: ScoredDocument, progress: ProgressTracker
) -> Contribution | None:
    try:
        added = contribution_of(document, source.entries_in(document.content))
    except Exception:
        return None  # likewise
    return replace(added, late=progress.advance(document, Stamp(record.partition, record.timestamp, record.by_broker)))


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
            found = await windows.minutes_and_late(range(first, first + PROJECTED_MINUTES))
            rows += await series.replace(first, first + PROJECTED_MINUTES, *found)
    return rows
