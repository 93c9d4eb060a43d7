"""The whole way beside the bare classifier, on embedded servers."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
from redis import Redis

from models.classifier import load_classifier
from stream.adapters.migrate import migrate
from stream.adapters.publish import Publisher
from stream.adapters.topic_admin import create_topics
from stream.bench.classify import BATCH, at_batch
from stream.bench.texts import SEED, invented_documents, text_of
from stream.demo.scenario import Published
from stream.embedded import Servers
from stream.errors import EmbeddedError
from stream.pipeline.aggregate import digest
from stream.pipeline.topics import Topics
from stream.processes import WorkerProcess
from stream.settings import load_settings

TIMEOUT = 600.0
SAMPLED = 7  # every seventh document's way is timed, so that asking does not become the load
Record = tuple[str, bytes | None, bytes]


class PipelineResult(msgspec.Struct, frozen=True):
    """The whole way beside the bare classifier. Rates in documents a second."""

    classifier_rates: tuple[float, float]
    rate: float
    ratio: float
    half_rate: float
    p50_ms: float
    p99_ms: float
    memory_mb: float
    start_seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    """A worker on embedded servers."""

    worker: WorkerProcess
    publisher: Publisher
    redis: Redis
    name: str


def bench_pipeline(count: int, seconds: int) -> PipelineResult:
    """Send ``count`` documents as fast as they are taken, then half as many a second for ``seconds``."""
    documents = invented_documents(count + 20_000)
    full, rest = documents[:count], documents[count:]
    texts = [text_of(item) for item in full[:2000]]
    before = _bare_rate(texts)
    with _running() as running:
        start_seconds = _warm_up(running)
        rate = _full_load(running, full)
        half = rate / 2
        delays = _half_load(running, rest[: int(half * seconds)], half)
        memory = running.worker.memory / 1e6
    after = _bare_rate(texts)
    return PipelineResult(
        classifier_rates=(before, after),
        rate=rate,
        ratio=rate / ((before + after) / 2),
        half_rate=half,
        p50_ms=float(np.percentile(delays, 50)) * 1000,
        p99_ms=float(np.percentile(delays, 99)) * 1000,
        memory_mb=memory,
        start_seconds=start_seconds,
    )


def _bare_rate(texts: Sequence[str]) -> float:
    """Documents a second of the classifier alone, in the batches that a worker takes by default."""
    classifier = load_classifier()
    classifier.classify(texts[:128])
    return at_batch(classifier, texts, BATCH).rate


@contextmanager
def _running() -> Iterator[_Running]:
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder, Servers(Path(folder)) as servers:
        settings = load_settings(**servers.settings)
        create_topics(settings.kafka, Topics(settings.name).all, settings.partitions, settings.replication)
        migrate(settings.postgres.get_secret_value())
        worker = WorkerProcess(servers.settings, Path(folder) / "worker.log")
        with Publisher(settings.kafka) as publisher, Redis.from_url(servers.valkey.url) as redis, worker:
            yield _Running(worker, publisher, redis, settings.name)


def _warm_up(running: _Running) -> float:
    began = time.perf_counter()
    first = invented_documents(1, seed=SEED + 1)
    running.publisher.send(map(_record, first))
    _wait_for(running, first[0])
    return time.perf_counter() - began


def _full_load(running: _Running, documents: Sequence[Published]) -> float:
    """Publish all at once and return documents a second, counted from when publishing no longer takes its share."""
    first = int(time.time() // 60) - 1
    before = _counted(running, first)
    running.publisher.send(map(_record, documents))
    already = _counted(running, first) - before
    began, deadline = time.perf_counter(), time.monotonic() + TIMEOUT
    while _counted(running, first) < before + len(documents):
        running.worker.check()
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{len(documents)} documents were not counted in {TIMEOUT:.0f} s")
        time.sleep(0.05)
    return (len(documents) - already) / (time.perf_counter() - began)


def _counted(running: _Running, first: int) -> int:
    """Return how many documents the windows hold from minute ``first`` to now."""
    with running.redis.pipeline(transaction=False) as pipe:
        for minute in range(first, int(time.time() // 60) + 1):
            pipe.hvals(f"{{{running.name}}}:{minute // 1440}.0:minute:{minute}")
        return sum(msgspec.msgpack.decode(sums)[0] for minute in pipe.execute() for sums in minute)


def _half_load(running: _Running, documents: Sequence[Published], rate: float) -> list[float]:
    """Publish at ``rate`` and return the seconds from before publishing to visible of the documents sampled."""
    began, waiting, delays = time.perf_counter(), dict[str, float](), list[float]()
    remaining, sent = iter(documents), 0
    while sent < len(documents) or waiting:
        due = min(len(documents), int((time.perf_counter() - began) * rate) + 1) - sent
        if batch := list(islice(remaining, due)):
            now = time.perf_counter()
            sampled = (item for number, item in enumerate(batch, sent) if number % SAMPLED == 0)
            waiting |= {digest(item.document["id"]): now for item in sampled}
            running.publisher.send(map(_record, batch))
            sent += len(batch)
        delays += _arrived(running, waiting)
        running.worker.check()
        time.sleep(0.005)
    return delays


def _arrived(running: _Running, waiting: dict[str, float]) -> list[float]:
    """Take what is visible by now out of ``waiting`` and return how long each took."""
    keys = list(waiting)
    with running.redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.sismember(*_seen(running, key))
        found = pipe.execute()
    now = time.perf_counter()
    return [now - waiting.pop(key) for key, there in zip(keys, found, strict=True) if there]


def _wait_for(running: _Running, document: Published) -> None:
    deadline, seen = time.monotonic() + TIMEOUT, _seen(running, digest(document.document["id"]))
    while not running.redis.sismember(*seen):
        running.worker.check()
        if time.monotonic() > deadline:
            raise EmbeddedError(f"document {document.document['id']} was not counted in {TIMEOUT:.0f} s")
        time.sleep(0.01)


def _seen(running: _Running, document: str) -> tuple[str, str]:
    """Return the set that holds the digests of the ids counted today, and the digest."""
    return f"{{{running.name}}}:{int(time.time() // 86_400)}.0:seen:{document[0]}", document


def _record(item: Published) -> Record:
    """Return the document as if it were written now: a stream is measured at the pace of its own event time."""
    topic = getattr(Topics(), item.feed)
    document = {**item.document, "published_at": int(time.time() * 1000)}
    return topic, item.document["source"].encode(), json.dumps(document).encode()
