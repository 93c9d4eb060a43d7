"""The whole way beside the bare classifier, on embedded servers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from itertools import islice

import msgspec
import numpy as np

from models.classifier import load_classifier
from stream.bench.classify import BATCH, at_batch
from stream.bench.running import (
    RunningWorker,
    record_of,
    running_worker,
    seen_key,
    wait_for_count,
    warm_up,
)
from stream.bench.texts import invented_documents, text_of
from stream.demo.scenario import Published
from stream.pipeline.windows.independence import digest

SAMPLED = 7  # every seventh document's way is timed, so that asking does not become the load


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


def bench_pipeline(count: int, seconds: int) -> PipelineResult:
    """Send ``count`` documents as fast as they are taken, then half as many a second for ``seconds``."""
    documents = invented_documents(count + 20_000)
    full, rest = documents[:count], documents[count:]
    texts = [text_of(item) for item in full[:2000]]
    before = _bare_rate(texts)
    with running_worker() as running:
        start_seconds = warm_up(running)
        rate = full_load(running, full)
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


def full_load(running: RunningWorker, documents: Sequence[Published]) -> float:
    """Publish all at once and return documents a second, counted from when publishing no longer takes its share."""
    counted = partial(running.counted, int(time.time() // 60) - 1)
    before = counted()
    running.publisher.send(map(record_of, documents))
    already = counted() - before
    began = time.perf_counter()
    wait_for_count(counted, before + len(documents), [running.worker])
    return (len(documents) - already) / (time.perf_counter() - began)


def _half_load(running: RunningWorker, documents: Sequence[Published], rate: float) -> list[float]:
    """Publish at ``rate`` and return the seconds from before publishing to visible of the documents sampled."""
    began, waiting, delays = time.perf_counter(), dict[str, float](), list[float]()
    remaining, sent = iter(documents), 0
    while sent < len(documents) or waiting:
        due = min(len(documents), int((time.perf_counter() - began) * rate) + 1) - sent
        if batch := list(islice(remaining, due)):
            now = time.perf_counter()
            sampled = (item for number, item in enumerate(batch, sent) if number % SAMPLED == 0)
            waiting |= {digest(item.document["id"]): now for item in sampled}
            running.publisher.send(map(record_of, batch))
            sent += len(batch)
        delays += _arrived(running, waiting)
        running.worker.check()
        time.sleep(0.005)
    return delays


def _arrived(running: RunningWorker, waiting: dict[str, float]) -> list[float]:
    """Take what is visible by now out of ``waiting`` and return how long each took."""
    keys = list(waiting)
    with running.redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.sismember(*seen_key(running, key))
        are_counted = pipe.execute()
    now = time.perf_counter()
    return [now - waiting.pop(key) for key, is_counted in zip(keys, are_counted, strict=True) if is_counted]
