"""The Faust apps of the stages classify and aggregate: thin agents between Kafka, the pure pipeline and the ports.

Each is an app, and so a consumer group, of its own: workers that run one stage only then share its partitions with
those that run both. :mod:`stream.worker.batches` says how a batch is taken, retried and acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import perf_counter, time
from typing import Any, NamedTuple

import faust
import msgspec

from models.errors import TextError
from stream import metrics
from stream.adapters.kafka.stamps import stamp_of
from stream.adapters.kafka.transport import Transport
from stream.clocks import Clock, Clocks, utc_now
from stream.errors import DocumentError
from stream.pipeline.documents.classify import ScoredDocument, TextClassifier, read_scored, score
from stream.pipeline.documents.document import EPOCH, LAST, Document, milliseconds, parse_document
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import ProgressTracker, Stamp
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.topics import Topics
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.settings import Settings
from stream.worker.alone import each_alone
from stream.worker.batches import Batches, Events
from stream.worker.continuity import Continuity, spans_of
from stream.worker.outcomes import Outcome, Outcomes
from stream.worker.ticks import Ticks

# A document of 64 KiB takes the model up to twelve seconds on two busy cores, and three batches wait for the model at a
# time: each must end within the bound of a tick. 256 ordinary documents of half a kilobyte are one batch all the same.
MOST_BYTES = 128 * 1024

FindEntries = Callable[[str], Sequence[Entry]]
SEEN_WITHIN_MS = 15_000  # partitions that are added to a topic


def create_classify_app(
    settings: Settings,
    classifier: TextClassifier,
    stories: StoryStore,
    clock: Clock = utc_now,
    ticks: Ticks | None = None,
    clocks: Clocks | None = None,
) -> Any:
    """Return the app of stage ``classify``: raw documents in, scored documents and dead letters out."""
    app, topics = _app(settings, "classify"), Topics(settings.name)
    # ONNX Runtime blocks; on the event loop it would starve heartbeats and commits.
    executor = ThreadPoolExecutor(1, "classifier")
    sender = Outcomes(app, topics, clock, clocks or Clocks())

    async def compute(events: Events) -> list[Outcome]:
        parsed = [_parse(event.message, settings.ahead_for) for event in events]
        documents = [item for item in parsed if isinstance(item, Document)]
        answers = await asyncio.get_running_loop().run_in_executor(executor, _scored, documents, classifier)
        return await _with_stories(_merge(parsed, answers), stories)

    async def store(events: Events, outcomes: list[Outcome]) -> None:
        sent = await sender.send(events, outcomes)
        app.transport.consumed.finish(events)
        _count_scored(events, sent)

    batches = Batches(app, "classify", compute, store, ticks or Ticks(), most_bytes=MOST_BYTES)
    _agent(app, settings, batches, topics.news, topics.social)
    return app


def create_aggregate_app(
    settings: Settings,
    continuity: Continuity,
    clock: Clock = utc_now,
    ticks: Ticks | None = None,
    clocks: Clocks | None = None,
) -> Any:
    """Return the app of stage ``aggregate``: scored documents into the windows of topic and watchlist entries."""
    app, topics = _app(settings, "aggregate"), Topics(settings.name)
    windows, entries_in = continuity.windows, continuity.source.entries_in

    sender = Outcomes(app, topics, clock, clocks or Clocks())

    async def compute(events: Events) -> list[Read | DocumentError]:
        return [_read(event.message, entries_in) for event in events]

    async def store(events: Events, outcomes: list[Read | DocumentError]) -> None:
        spans = spans_of((event.message.partition, event.message.offset) for event in events)
        await continuity.precede(spans)
        now, known = milliseconds(clock()), await windows.progress()

        async def count(read: Sequence[Read]) -> list[Contribution]:
            tracker = ProgressTracker(known, settings.late_for * 1000)
            rows = [replace(item.contribution, late=tracker.advance(item.document, item.stamp)) for item in read]
            _count_aggregated(rows, await windows.add(rows, tracker.moved, tracker.pace), now)
            known.update(tracker.moved)
            return rows

        counted = iter(await each_alone("windows", count, [item for item in outcomes if isinstance(item, Read)]))
        await continuity.store.reach(spans)
        done = [item if isinstance(item, DocumentError) else next(counted) for item in outcomes]
        refused = {at: item for at, item in enumerate(done) if isinstance(item, DocumentError)}
        await sender.send([events[at] for at in refused], list(refused.values()))
        app.transport.consumed.finish(events)
        metrics.DOCUMENTS.labels("aggregate", "dead-letter").inc(len(refused))

    _agent(app, settings, Batches(app, "aggregate", compute, store, ticks or Ticks()), topics.scored)
    return app


def _app(settings: Settings, stage: str) -> Any:
    app = faust.App(
        f"{settings.name}-{stage}",
        broker=[f"kafka://{server.strip()}" for server in settings.kafka.split(",")],
        store="memory://",
        web_enabled=False,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        # A worker that is killed gives its partitions back after this long, instead of Faust's minute.
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 5,
        broker_commit_interval=1.0,
        consumer_metadata_max_age_ms=SEEN_WITHIN_MS,
        producer_metadata_max_age_ms=SEEN_WITHIN_MS,
        # Faust's own is twenty minutes: a broker that hangs would be told as a stage that does.
        producer_request_timeout=settings.tick_bound / 2,
        stream_wait_empty=False,
        stream_buffer_maxsize=settings.batch * 4,
        producer_acks=-1,
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    return app


def _agent(app: Any, settings: Settings, batches: Batches[Any], *topics: str) -> None:
    topic = app.topic(*topics, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(topic, concurrency=1, name=f"{app.conf.id}-agent")  # type: ignore[untyped-decorator]
    async def consume(stream: Any) -> None:
        await batches.consume(stream, settings.batch, settings.batch_wait)


def _scored(documents: list[Document], classifier: TextClassifier) -> list[ScoredDocument | TextError]:
    began = perf_counter()
    try:
        return score(documents, classifier)
    finally:
        metrics.MODEL_BUSY.inc(perf_counter() - began)


def _parse(message: Any, ahead_for: float) -> Document | DocumentError:
    try:
        # An old client's record has no time, and another's may lie beyond the calendar.
        received_at = EPOCH + timedelta(seconds=message.timestamp or 0.0)
    except OverflowError:
        received_at = LAST
    try:
        return parse_document(message.value or b"", received_at, timedelta(seconds=ahead_for))
    except DocumentError as error:
        return error


class Read(NamedTuple):
    """A scored document as read: what it adds, and where and when it was written."""

    document: ScoredDocument
    contribution: Contribution
    stamp: Stamp


def _read(message: Any, entries_in: FindEntries) -> Read | DocumentError:
    try:
        document = read_scored(message.value or b"")
        added = contribution_of(document, entries_in(document.content))
    except DocumentError as error:
        return error
    except Exception as error:
        return DocumentError.unforeseen("counting", error)
    return Read(document, added, stamp_of(message))


def _merge(parsed: Sequence[Document | DocumentError], answers: Sequence[ScoredDocument | TextError]) -> list[Outcome]:
    """Return one outcome per record, in their order."""
    remaining = iter(answers)
    return [item if isinstance(item, DocumentError) else next(remaining) for item in parsed]


async def _with_stories(outcomes: Sequence[Outcome], stories: StoryStore) -> list[Outcome]:
    """Return the outcomes, each document with its story; the log then says what a copy was held to be."""

    async def tell(documents: Sequence[ScoredDocument]) -> list[ScoredDocument]:
        found = await stories.assign([signature_of(item) for item in documents])
        return [msgspec.structs.replace(item, story=story) for item, story in zip(documents, found, strict=True)]

    told = iter(await each_alone("stories", tell, [item for item in outcomes if isinstance(item, ScoredDocument)]))
    return [next(told) if isinstance(item, ScoredDocument) else item for item in outcomes]


def _count_scored(events: Sequence[Any], outcomes: Sequence[Outcome]) -> None:
    scored = sum(isinstance(item, ScoredDocument) for item in outcomes)
    metrics.DOCUMENTS.labels("classify", "scored").inc(scored)
    metrics.DOCUMENTS.labels("classify", "dead-letter").inc(len(outcomes) - scored)
    now = time()
    for event, outcome in zip(events, outcomes, strict=True):
        if isinstance(outcome, ScoredDocument):
            metrics.LATENCY.labels("scored").observe(max(0.0, now - event.message.timestamp))
            metrics.saw_document(event.message.topic, outcome.published_at.timestamp())


def _count_aggregated(rows: Sequence[Contribution], added: int, now: int) -> None:
    metrics.DOCUMENTS.labels("aggregate", "counted").inc(added)
    metrics.DOCUMENTS.labels("aggregate", "repeated").inc(len(rows) - added)
    metrics.DOCUMENTS.labels("aggregate", "late").inc(sum(row.late for row in rows))
    for row in rows:
        if row.member.origin:
            metrics.LATENCY.labels("counted").observe(max(0, now - row.member.origin.timestamp) / 1000)
