"""What the windows lack, though the stream had counted it, is added to them from the log, in its order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stream import metrics
from stream.pipeline.progress.watermark import ProgressTracker
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.windows.continuity import ContinuityStore
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


@dataclass(frozen=True, slots=True)
class Continuity:
    """Sees to it that nothing is added before what comes before it in its partition of the log.

    What is read again is added as the stream adds it: each document once, late or not by its partition's progress. So
    the windows come to be what they would be if the store had never been set back.

    Args:
        source: the log, and how it is read.
        stories: where the stories of what is read again are remembered.
    """

    source: LogSource
    windows: WindowStore
    store: ContinuityStore
    stories: StoryStore

    async def precede(self, spans: Mapping[int, range]) -> None:
        """Add what is missing before each partition's span, so that the span may be added.

        Raises:
            BrokerError, StoreError: call it again.
        """
        await self.fill(await self.store.missing(spans))

    async def fill(self, missing: Mapping[int, range]) -> None:
        """Add these offsets of each partition.

        Raises:
            BrokerError, StoreError: call it again.
        """
        for partition, span in missing.items():
            if added := await self._fill(partition, span):  # else there were marks of transactions alone
                metrics.READ_AGAIN.inc(added)
                logger.warning(
                    "Redis had come back older than it was: %d documents were added again, partition %d, %d to %d",
                    *(added, partition, span.start, span.stop),
                )

    async def _fill(self, partition: int, span: range) -> int:
        added, records = 0, self.source.log.between(partition, span)
        while (batch := await asyncio.to_thread(next, records, None)) is not None:
            for at in range(0, len(batch), BATCH):
                part = batch[at : at + BATCH]
                added += await self._add(part)
                await self.store.reach({partition: range(span.start, part[-1].offset + 1)})
            if batch:  # of a broker that is gone nothing comes, again and again
                getting_on()
        await self.store.reach({partition: span})
        return added

    async def _add(self, records: Sequence[Logged]) -> int:
        decoded = decode(records)
        await remember_stories(self.stories, decoded, self.source)
        tracker = ProgressTracker(await self.windows.progress(), self.source.late_for)
        rows = contributions(self.source, decoded, tracker)
        added = await add_rows(lambda part: self.windows.add(part, tracker.moved, tracker.pace), rows)
        await note_erasures(self.source, decoded)
        return added
