"""Measurements behind ``bellwether bench``. Wall clock, on whatever machine this is: figures only mean something beside
each other, so what is compared is measured in the same run.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
from redis import Redis

from models.classifier import Classifier, load_classifier
from stream.adapters.migrate import migrate
from stream.adapters.publish import Publisher
from stream.adapters.topic_admin import create_topics
from stream.demo.scenario import Published, generate
from stream.embedded import Servers
from stream.errors import EmbeddedError
from stream.pipeline.aggregate import digest
from stream.pipeline.topics import Topics
from stream.processes import WorkerProcess
from stream.settings import Settings, load_settings

SEED = 7
TIMEOUT = 600.0
SAMPLED = 7  # every seventh document's way is timed, so that asking does not become the load
Record = tuple[str, bytes | None, bytes]


class ClassifyResult(msgspec.Struct, frozen=True):
    """The bare classifier at one batch size."""

    batch: int
    rate: float
    p50_ms: float
    p99_ms: float
    memory_mb: float


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


def bench_classify(count: int, threads: int, batches: Sequence[int] = (1, 8, 32, 128, 512)) -> list[ClassifyResult]:
    """Classify ``count`` invented texts at each batch size."""
    classifier, texts = load_classifier(threads=threads), [_text(item) for item in _documents(count)]
    classifier.classify(texts[:64])
    return [_at_batch(classifier, texts, size) for size in batches]


def bench_pipeline(count: int, seconds: int) -> PipelineResult:
    """Send ``count`` documents as fast as they are taken, then half as many a second for ``seconds``."""
    documents = _documents(count + 20_000)
    full, rest = documents[:count], documents[count:]
    texts = [_text(item) for item in full[:2000]]
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


def _at_batch(classifier: Classifier, texts: Sequence[str], size: int) -> ClassifyResult:
    times = []
    for at in range(0, len(texts), size):
        began = time.perf_counter()
        classifier.classify(texts[at : at + size])
        times.append(time.perf_counter() - began)
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return ClassifyResult(size, len(texts) / sum(times), float(p50), float(p99), _own_memory_mb())


def _bare_rate(texts: Sequence[str]) -> float:
    """Documents a second of the classifier alone, in the batches that a worker takes by default."""
    classifier = load_classifier()
    classifier.classify(texts[:128])
    return _at_batch(classifier, texts, Settings.model_fields["batch"].default).rate


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
    first = _documents(1, seed=SEED + 1)
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
            pipe.hvals(f"{{{running.name}}}:minute:{minute}")
        return sum(int(sums.split()[0]) for minute in pipe.execute() for sums in minute)


def _half_load(running: _Running, documents: Sequence[Published], rate: float) -> list[float]:
    """Publish at ``rate`` and return the seconds from before publishing to visible of the documents sampled."""
    began, waiting, delays = time.perf_counter(), dict[str, float](), list[float]()
    remaining, sent = iter(documents), 0
    while sent < len(documents) or waiting:
        due = min(len(documents), int((time.perf_counter() - began) * rate) + 1) - sent
        if batch := list(islice(remaining, due)):
            now = time.perf_counter()
            sampled = (item for number, item in enumerate(batch, sent) if number % SAMPLED == 0)
            waiting |= {_seen_key(running, item): now for item in sampled}
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
            pipe.exists(key)
        found = pipe.execute()
    now = time.perf_counter()
    return [now - waiting.pop(key) for key, there in zip(keys, found, strict=True) if there]


def _wait_for(running: _Running, document: Published) -> None:
    deadline, key = time.monotonic() + TIMEOUT, _seen_key(running, document)
    while not running.redis.exists(key):
        running.worker.check()
        if time.monotonic() > deadline:
            raise EmbeddedError(f"document {document.document['id']} was not counted in {TIMEOUT:.0f} s")
        time.sleep(0.01)


def _seen_key(running: _Running, item: Published) -> str:
    return f"{{{running.name}}}:seen:{digest(item.document['id'])}"


def _documents(count: int, seed: int = SEED) -> list[Published]:
    """Return invented documents, of several scenarios when one is too short."""
    found: list[Published] = []
    while len(found) < count:
        found += generate(seed + 1000 * len(found), datetime.now(UTC))
    return found[:count]


def _record(item: Published) -> Record:
    """Return the document as if it were written now: a stream is measured at the pace of its own event time."""
    topic = getattr(Topics(), item.feed)
    document = {**item.document, "published_at": int(time.time() * 1000)}
    return topic, item.document["source"].encode(), json.dumps(document).encode()


def _text(item: Published) -> str:
    document = item.document
    return str(document.get("text") or "\n".join(document[name] for name in ("title", "body") if name in document))


def _own_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
