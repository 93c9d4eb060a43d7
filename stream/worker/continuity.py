"""What the windows lack, though the stream had counted it, is added to them from the log, in its order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream import metrics
from stream.concurrency import on_all
from stream.pipeline.progress.watermark import ProgressTracker
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.windows.continuity import ContinuityStore, ServerRun
from stream.pipeline.windows.rebuild import Logged
from stream.pipeline.windows.store import WindowStore
from stream.worker.log_records import (
    BATCH,
    LogSource,
    add_rows,
    contributions,
    decode,
    note_erasures,
    remember_stories,
)
from stream.worker.ticks import getting_on

logger = logging.getLogger(__name__)


def spans_of(records: Iterable[tuple[int, int]]) -> dict[int, range]:
    """Return the offsets from the first to the last record of each partition, of (partition, offset).

    >>> spans_of([(0, 7), (1, 3), (0, 8), (0, 9)])
    {0: range(7, 10), 1: range(3, 4)}
    """
    spans: dict[int, range] = {}
    for partition, offset in records:
        known = spans.get(partition, range(offset, offset))
        spans[partition] = range(min(known.start, offset), max(known.stop, offset + 1))
    return spans


class Part(NamedTuple):
    """A part of the windows that may be set back alone: itself, and how far it was added."""

    windows: WindowStore
    store: ContinuityStore


@dataclass(frozen=True, slots=True)
class Continuity:
    """Sees to it that nothing is added before what comes before it in its partition of the log.

    What is read again is added as the stream adds it: each document once, late or not by its partition's progress. So
    the windows come to be what they would be if the store had never been set back.

    Args:
        source: the log, and how it is read.
        windows: all of them.
        parts: of the windows, each of which may have come back older alone; one where they are not spread. The last
            one is that whose progress event time follows.
        stories: where the stories of what is read again are remembered.
    """

    source: LogSource
    windows: WindowStore
    parts: Sequence[Part]
    stories: StoryStore

    async def precede(self, spans: Mapping[int, range]) -> None:
        """Add what is missing before each partition's span, so that the span may be added.

        Raises:
            BrokerError, StoreError: call it again.
        """
        await self._fill_all(await on_all(part.store.missing(spans) for part in self.parts))

    async def reached(self) -> dict[int, int]:
        """Return by partition the first offset that was added to no part. Raises StoreError."""
        most: dict[int, int] = {}
        for reached in await on_all(part.store.reached() for part in self.parts):
            most |= {partition: max(offset, most.get(partition, 0)) for partition, offset in reached.items()}
        return most

    async def catch_up(self, committed: Mapping[int, int]) -> bool:
        """Add what was committed and is missing; return whether anything was.

        Raises:
            BrokerError, StoreError: call it again.
        """
        behind = await on_all(part.store.behind(committed) for part in self.parts)
        await self._fill_all(behind)
        return any(behind)

    async def reach(self, spans: Mapping[int, range]) -> None:
        """Remember that these offsets were added to all parts. Raises StoreError: add them again."""
        await on_all(part.store.reach(spans) for part in self.parts)

    async def begin(self, committed: Mapping[int, int]) -> None:
        """Remember that all up to these offsets is here; see the store. Raises StoreError."""
        await on_all(part.store.begin(committed) for part in self.parts)

    async def server_run(self) -> ServerRun:
        """Return the present runs of the servers of all parts as one. Raises StoreError."""
        runs = await on_all(part.store.server_run() for part in self.parts)
        return ServerRun(" ".join(run.run for run in runs), all(run.sure for run in runs))

    async def confirm(self, run: str) -> None:
        """Remember that in these runs nothing is missing. Raises StoreError."""
        await on_all(part.store.confirm(own) for part, own in zip(self.parts, run.split(" "), strict=True))

    async def _fill_all(self, missing: Sequence[Mapping[int, range]]) -> None:
        """Add to each part what it lacks, event time last; a document that several lack is counted once."""
        most = 0
        for part, spans in zip(self.parts, missing, strict=True):
            most = max(most, sum([await self._fill_logged(part, partition, span) for partition, span in spans.items()]))
        metrics.READ_AGAIN.inc(most)

    async def _fill_logged(self, part: Part, partition: int, span: range) -> int:
        if added := await self._fill(part, partition, span):  # else there were marks of transactions alone
            logger.warning(
                "Redis had come back older than it was: %d documents were added again, partition %d, %d to %d",
                *(added, partition, span.start, span.stop),
            )
        return added

    async def _fill(self, part: Part, partition: int, span: range) -> int:
        added, records = 0, self.source.log.between(partition, span)
        while (batch := await asyncio.to_thread(next, records, None)) is not None:
            for at in range(0, len(batch), BATCH):
                some = batch[at : at + BATCH]
                # Each time: who knows less of what is missing may have confirmed the run meanwhile.
                await part.store.doubt()
                added += await self._add(part, some)
                await part.store.reach({partition: range(span.start, some[-1].offset + 1)})
            if batch:  # of a broker that is gone nothing comes, again and again
                getting_on()
        await part.store.reach({partition: span})
        return added

    async def _add(self, part: Part, records: Sequence[Logged]) -> int:
        decoded = decode(records)
        await remember_stories(self.stories, decoded, self.source)
        tracker = ProgressTracker(await part.windows.progress(), self.source.late_for)
        rows = contributions(self.source, decoded, tracker)
        added = await add_rows(lambda some: part.windows.add(some, tracker.moved, tracker.pace), rows)
        await note_erasures(self.source, decoded)
        return added
