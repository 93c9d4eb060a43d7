"""The Faust apps: thin agents that move batches between Kafka, the pure pipeline and the ports.

Each stage is an app, and so a consumer group, of its own: workers that run one stage only then share its partitions
with those that run all. Delivery is at least once, effects are idempotent. A batch is acknowledged as a whole, after
its effects are stored; an error that does not pass ends the process, which resumes from the committed offset.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import faust
import msgspec
import stamina

from models.errors import TextError
from stream.errors import BellwetherError, DocumentError
from stream.pipeline.aggregate import WindowStore, contribution
from stream.pipeline.classify import ScoredDocument, TextClassifier, score
from stream.pipeline.documents import Document, parse_document
from stream.pipeline.topics import Topics
from stream.settings import Settings

ATTEMPTS, LONGEST_WAIT = 8, 10.0  # about half a minute in all: a restart of a store passes, an outage ends the process


class DeadLetter(msgspec.Struct, frozen=True):
    """What could not be read: the reason, the bytes (base64), and where they stood."""

    reason: str
    value: str
    topic: str
    partition: int
    offset: int


def create_classify_app(settings: Settings, classifier: TextClassifier) -> Any:
    """Return the app of stage ``classify``: raw documents in, scored documents and dead letters out."""
    app, topics = _app(settings, "classify"), Topics(settings.name)
    raw = app.topic(topics.news, topics.social, value_type=bytes, value_serializer="raw", key_serializer="raw")
    # ONNX Runtime blocks; on the event loop it would starve heartbeats and commits.
    executor = ThreadPoolExecutor(1, "classifier")

    async def work(events: Sequence[Any]) -> None:
        parsed = [_parse(event) for event in events]
        documents = [item for item in parsed if isinstance(item, Document)]
        answers = await asyncio.get_running_loop().run_in_executor(executor, score, documents, classifier)
        await _publish(app, topics, events, _merge(parsed, answers))

    _agent(app, raw, settings, work)
    return app


def create_aggregate_app(settings: Settings, windows: WindowStore) -> Any:
    """Return the app of stage ``aggregate``: scored documents into the windows."""
    app, topics = _app(settings, "aggregate"), Topics(settings.name)
    scored = app.topic(topics.scored, value_type=bytes, value_serializer="raw", key_serializer="raw")
    decoder = msgspec.json.Decoder(ScoredDocument)

    async def work(events: Sequence[Any]) -> None:
        await windows.add([contribution(decoder.decode(event.message.value)) for event in events])

    _agent(app, scored, settings, work)
    return app


def _app(settings: Settings, stage: str) -> Any:
    return faust.App(
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
        broker_session_timeout=10,
        broker_heartbeat_interval=2,
        broker_commit_interval=1.0,
        stream_wait_empty=False,
        stream_buffer_maxsize=settings.batch * 4,
        producer_acks=-1,
    )


def _agent(app: Any, topic: Any, settings: Settings, work: Callable[[Sequence[Any]], Awaitable[None]]) -> None:
    """Run ``work`` on batches of ``topic``, one at a time; acknowledge a batch when its effects are stored."""

    @app.agent(topic, concurrency=1, name=f"{app.conf.id}-agent")  # type: ignore[untyped-decorator]
    async def batches(stream: Any) -> None:
        async for events in stream.noack_take(settings.batch, within=settings.batch_wait):
            try:
                async for attempt in stamina.retry_context(
                    on=BellwetherError, attempts=ATTEMPTS, timeout=None, wait_max=LONGEST_WAIT
                ):
                    with attempt:
                        await work(events)
            except Exception as error:
                # Not acknowledged: another process, or the next start, takes the batch again.
                await app.crash(error)
                raise
            for event in events:
                event.ack()


def _parse(event: Any) -> Document | DocumentError:
    try:
        return parse_document(event.message.value or b"", datetime.fromtimestamp(event.message.timestamp, UTC))
    except DocumentError as error:
        return error


def _merge(
    parsed: Sequence[Document | DocumentError], answers: Sequence[ScoredDocument | TextError]
) -> list[ScoredDocument | Exception]:
    """Return one outcome per record, in their order."""
    remaining = iter(answers)
    return [item if isinstance(item, DocumentError) else next(remaining) for item in parsed]


async def _publish(
    app: Any, topics: Topics, events: Sequence[Any], outcomes: Sequence[ScoredDocument | Exception]
) -> None:
    """Send every outcome and wait until the broker has acknowledged them all."""
    sent = []
    for event, outcome in zip(events, outcomes, strict=True):
        if isinstance(outcome, ScoredDocument):
            target, key, value = topics.scored, outcome.id.encode(), msgspec.json.encode(outcome)
        else:
            target, key, value = topics.dead_letters, None, _dead_letter(event.message, str(outcome))
        sent.append(await app.producer.send(target, key, value, None, None, None))
    await asyncio.gather(*sent)


def _dead_letter(message: Any, reason: str) -> bytes:
    value = base64.b64encode(message.value or b"").decode()
    return msgspec.json.encode(DeadLetter(reason, value, message.topic, message.partition, message.offset))
