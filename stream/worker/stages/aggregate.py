"""Stage ``aggregate``: scored documents into the windows of their topic and of the watchlist entries that they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from stream import metrics
from stream.adapters.kafka.stamps import stamp_of
from stream.clocks import Clock
from stream.errors import DocumentError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.erasure import erasure_of
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import LoggedDocument, WithdrawnDocument
from stream.pipeline.progress.watermark import Progress, ProgressTracker, Stamp
from stream.pipeline.windows.contribution import Contribution
from stream.worker.alone import each_alone
from stream.worker.batches import Records
from stream.worker.continuity import Continuity, spans_of
from stream.worker.outcomes import Send


class ReadDocument(NamedTuple):
    """A scored document as read: what it adds, and where and when its record was written."""

    document: LoggedDocument
    contribution: Contribution
    stamp: Stamp


Reading = ReadDocument | WithdrawnDocument | DocumentError


class Aggregate:
    """Adds the documents of a batch to the windows, each once, and says which of them came too late.

    Args:
        continuity: the windows, and the log from which they are completed before anything is added out of order.
        send: sends what cannot be counted to the dead letters.
        finish: called with the records whose effects are stored.
        late_for: milliseconds behind its partition at which a document is late.
    """

    name = "aggregate"

    def __init__(
        self, continuity: Continuity, send: Send, finish: Callable[[Records], None], late_for: int, clock: Clock
    ) -> None:
        self._continuity, self._send, self._finish = continuity, send, finish
        self._late_for, self._clock = late_for, clock

    async def compute(self, records: Records) -> list[Reading]:
        """Return what each record adds, or the error that makes it a dead letter."""
        return [self._read(record) for record in records]

    async def store(self, records: Records, readings: Sequence[Reading]) -> None:
        """Add the documents, after all that comes before them in the log; send what cannot be counted."""
        spans = spans_of((record.partition, record.offset) for record in records)
        await self._continuity.precede(spans)
        count = partial(self._count, await self._continuity.windows.progress(), milliseconds(self._clock()))
        documents = [item for item in readings if isinstance(item, ReadDocument)]
        counted = iter(await each_alone("windows", count, documents))
        await self._note_erasures(readings)
        await self._continuity.reach(spans)
        results = [next(counted) if isinstance(item, ReadDocument) else item for item in readings]
        refused = {at: item for at, item in enumerate(results) if isinstance(item, DocumentError)}
        await self._send([records[at] for at in refused], list(refused.values()))
        self._finish(records)
        metrics.DOCUMENTS.labels("aggregate", "dead-letter").inc(len(refused))

    async def _note_erasures(self, readings: Sequence[Reading]) -> None:
        """Note whose texts are to go, after all that the batch has of them is counted."""
        documents = [item.document for item in readings if isinstance(item, ReadDocument)]
        withdrawn = [item for item in readings if isinstance(item, WithdrawnDocument)]
        if noted := [item for document in (*documents, *withdrawn) if (item := erasure_of(document)) is not None]:
            await self._continuity.source.noted(noted)
        metrics.DOCUMENTS.labels("aggregate", "withdrawn").inc(len(withdrawn))

    def _read(self, record: Any) -> Reading:
        try:
            document = read_scored(record.value or b"")
            if isinstance(document, WithdrawnDocument):
                return document
            contribution = self._continuity.source.contribution(document)
        except DocumentError as error:
            return error
        except Exception as error:
            return DocumentError.unforeseen("counting", error)
        return ReadDocument(document, contribution, stamp_of(record))

    async def _count(
        self, progress: dict[str, Progress], now: int, documents: Sequence[ReadDocument]
    ) -> list[Contribution]:
        """Add documents to the windows; ``progress`` moves on with them. ``now``: ms since 1970, for the latency."""
        tracker = ProgressTracker(progress, self._late_for)
        rows = [replace(item.contribution, late=tracker.advance(item.document, item.stamp)) for item in documents]
        added = await self._continuity.windows.add(rows, tracker.moved, tracker.pace)
        progress.update(tracker.moved)
        _measure(rows, added, now)
        return rows


def _measure(rows: Sequence[Contribution], added: int, now: int) -> None:
    metrics.DOCUMENTS.labels("aggregate", "counted").inc(added)
    metrics.DOCUMENTS.labels("aggregate", "repeated").inc(len(rows) - added)
    metrics.DOCUMENTS.labels("aggregate", "late").inc(sum(row.late for row in rows))
    for row in rows:
        if row.member.origin:
            metrics.LATENCY.labels("counted").observe(max(0, now - row.member.origin.timestamp) / 1000)
