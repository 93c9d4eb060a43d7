"""The Faust apps of the stages classify and aggregate: thin agents between Kafka, the pure pipeline and the ports.

Each is an app, and so a consumer group, of its own: workers that run one stage only then share its partitions with
those that run both. :mod:`stream.batches` says how a batch is taken, retried and acknowledged.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter, time
from typing import Any

import faust
import msgspec

from models.errors import TextError
from stream import metrics
from stream.batches import Batches, Events
from stream.errors import DocumentError
from stream.pipeline.aggregate import Contribution, WindowStore, contribution
from stream.pipeline.classify import Origin, ScoredDocument, TextClassifier, score
from stream.pipeline.documents import DeadLetter, Document, milliseconds, parse_document, to_utc_ms
from stream.pipeline.stories import StoryStore, signature
from stream.pipeline.topics import Topics
from stream.pipeline.watchlist import Entry
from stream.pipeline.watermark import Progress, follow, pair_of
from stream.settings import Settings
from stream.stages import Clock, utc_now
from stream.ticks import Ticks
from stream.transport import Transport, broker_errors

FindEntries = Callable[[str], Sequence[Entry]]
_decoder = msgspec.json.Decoder(ScoredDocument)


def create_classify_app(
    settings: Settings,
    classifier: TextClassifier,
    stories: StoryStore,
    clock: Clock = utc_now,
    ticks: Ticks | None = None,
) -> Any:
    """Return the app of stage ``classify``: raw documents in, scored documents and dead letters out."""
    app, topics = _app(settings, "classify"), Topics(settings.name)
    # ONNX Runtime blocks; on the event loop it would starve heartbeats and commits.
    executor = ThreadPoolExecutor(1, "classifier")

    async def compute(events: Events) -> list[ScoredDocument | Exception]:
        parsed = [_parse(event.message, settings.ahead_for) for event in events]
        documents = [item for item in parsed if isinstance(item, Document)]
        answers = await asyncio.get_running_loop().run_in_executor(executor, _scored, documents, classifier)
        return await _with_stories(_merge(parsed, answers), stories)

    async def store(events: Events, outcomes: list[ScoredDocument | Exception]) -> None:
        with broker_errors("take what was scored"):
            await _publish(app, topics, events, outcomes, clock)
        _count_scored(events, outcomes)

    _agent(app, settings, Batches(app, "classify", compute, store, ticks or Ticks()), topics.news, topics.social)
    return app


def create_aggregate_app(
    settings: Settings,
    windows: WindowStore,
    clock: Clock = utc_now,
    entries_in: FindEntries = lambda text: [],
    ticks: Ticks | None = None,
) -> Any:
    """Return the app of stage ``aggregate``: scored documents into the windows of topic and watchlist entries."""
    app, topics = _app(settings, "aggregate"), Topics(settings.name)

    async def compute(events: Events) -> list[ScoredDocument | Exception]:
        return [_decode(event.message) for event in events]

    async def store(events: Events, outcomes: list[ScoredDocument | Exception]) -> None:
        now = milliseconds(clock())
        refused = [pair for pair in zip(events, outcomes, strict=True) if isinstance(pair[1], Exception)]
        with broker_errors("take dead letters"):
            await _publish(app, topics, [event for event, _ in refused], [error for _, error in refused], clock)
        known = await windows.progress()
        rows, progress = _contributions(events, outcomes, known, Reading(now, settings.late_for * 1000, entries_in))
        added = await windows.add(rows, progress)
        _count_aggregated(rows, added, now)

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
    received_at = datetime.fromtimestamp(message.timestamp, UTC)
    try:
        return parse_document(message.value or b"", received_at, timedelta(seconds=ahead_for))
    except DocumentError as error:
        return error


def _decode(message: Any) -> ScoredDocument | Exception:
    try:
        return _decoder.decode(message.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Nobody but the stage before writes here; but what somebody did write must not stop the stream.
        return DocumentError(f"not a scored document: {error}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How scored documents are read: wall clock and lateness in milliseconds, and the watchlist."""

    now: int
    late_for: int
    entries_in: FindEntries


def _contributions(
    events: Events, outcomes: Sequence[ScoredDocument | Exception], known: dict[str, Progress], reading: Reading
) -> tuple[list[Contribution], dict[str, Progress]]:
    """Return what the documents add, and the progress of the pairs that brought them."""
    rows, moved = [], dict(known)
    for event, document in zip(events, outcomes, strict=True):
        if isinstance(document, ScoredDocument):
            pair = pair_of(document, event.message.partition)
            late = follow(moved, pair, document, reading.now, reading.late_for)
            rows.append(replace(contribution(document, reading.entries_in(document.content)), late=late))
    return rows, {pair: progress for pair, progress in moved.items() if known.get(pair) != progress}


def _merge(
    parsed: Sequence[Document | DocumentError], answers: Sequence[ScoredDocument | TextError]
) -> list[ScoredDocument | Exception]:
    """Return one outcome per record, in their order."""
    remaining = iter(answers)
    return [item if isinstance(item, DocumentError) else next(remaining) for item in parsed]


async def _publish(
    app: Any, topics: Topics, events: Sequence[Any], outcomes: Sequence[ScoredDocument | Exception], clock: Clock
) -> None:
    """Send every outcome and wait until the broker has acknowledged them all."""
    sent, scored_at = [], to_utc_ms(clock())
    for event, outcome in zip(events, outcomes, strict=True):
        if isinstance(outcome, ScoredDocument):
            outcome = msgspec.structs.replace(outcome, origin=_origin(event.message), scored_at=scored_at)
            target, key, value = topics.scored, outcome.id.encode(), msgspec.json.encode(outcome)
        else:
            target, key, value = topics.dead_letters, None, _dead_letter(event.message, str(outcome))
        sent.append(await app.producer.send(target, key, value, None, None, None))
    await asyncio.gather(*sent)


async def _with_stories(
    outcomes: Sequence[ScoredDocument | Exception], stories: StoryStore
) -> list[ScoredDocument | Exception]:
    """Return the outcomes, each document with its story; the log then says what a copy was held to be."""
    signatures = [signature(item) for item in outcomes if isinstance(item, ScoredDocument)]
    found = iter(await stories.assign(signatures))
    return [
        msgspec.structs.replace(item, story=next(found)) if isinstance(item, ScoredDocument) else item
        for item in outcomes
    ]


def _origin(message: Any) -> Origin:
    return Origin(message.topic, message.partition, message.offset, int(message.timestamp * 1000))


def _count_scored(events: Sequence[Any], outcomes: Sequence[ScoredDocument | Exception]) -> None:
    scored = sum(isinstance(item, ScoredDocument) for item in outcomes)
    metrics.DOCUMENTS.labels("classify", "scored").inc(scored)
    metrics.DOCUMENTS.labels("classify", "dead-letter").inc(len(outcomes) - scored)
    now = time()
    for event, outcome in zip(events, outcomes, strict=True):
        metrics.LATENCY.labels("scored").observe(max(0.0, now - event.message.timestamp))
        if isinstance(outcome, ScoredDocument):
            metrics.saw_document(event.message.topic, outcome.published_at.timestamp())


def _count_aggregated(rows: Sequence[Contribution], added: int, now: int) -> None:
    metrics.DOCUMENTS.labels("aggregate", "counted").inc(added)
    metrics.DOCUMENTS.labels("aggregate", "repeated").inc(len(rows) - added)
    metrics.DOCUMENTS.labels("aggregate", "late").inc(sum(row.late for row in rows))
    for row in rows:
        if row.member.origin:
            metrics.LATENCY.labels("counted").observe(max(0, now - row.member.origin.timestamp) / 1000)


def _dead_letter(message: Any, reason: str) -> bytes:
    value = base64.b64encode(message.value or b"").decode()
    return msgspec.json.encode(DeadLetter(reason, value, message.topic, message.partition, message.offset))
