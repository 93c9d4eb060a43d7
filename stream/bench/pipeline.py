"""The whole way beside the bare classifier, on embedded servers."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from models.classifier import load_classifier
from stream.bench.classify import BATCH, at_batch
from stream.bench.processor_time import processor_seconds
from stream.bench.running import (
    RunningWorker,
    record_of,
    running_worker,
    seen_key,
    wait_for_count,
    warm_up,
)
from stream.bench.texts import different_documents, invented_documents, text_of
from stream.demo.scenario import Published
from stream.pipeline.windows.independence import digest

WORKER, PUBLISHER = "worker", "publisher"
HALF_LOAD, LEAST = 20_000, 500  # documents for the run at half load, at most and at least
SAMPLED = 7  # every seventh document's way is timed, so that asking does not become the load


class PipelineResult(msgspec.Struct, frozen=True):
    """The whole way beside the bare classifier. Rates in documents a second.

    Attributes:
        classifier_microseconds: processor time of the bare classifier for a document.
        microseconds: the same at full load of each process that shared the cores, by name; empty where the system does
            not tell.
        worker_ratio: the classifier's over the worker's, so without what publisher and servers take; None likewise.
    """

    classifier_rates: tuple[float, float]
    rate: float
    ratio: float
    classifier_microseconds: float
    microseconds: dict[str, float]
    worker_ratio: float | None
    half_rate: float
    p50_ms: float
    p99_ms: float
    memory_mb: float
    start_seconds: float


def bench_pipeline(count: int, seconds: int, file: Path | None = None) -> PipelineResult:
    """Send ``count`` documents as fast as they are taken, then half as many a second for ``seconds``.

    They are those of ``file``, no text twice, or invented ones. Where the file has no more, half load ends sooner.

    Raises:
        DatasetError: the file has too few documents.
    """
    most = count + HALF_LOAD
    documents = invented_documents(most) if file is None else different_documents(file, count + LEAST, most)
    full, rest = documents[:count], documents[count:]
    texts = [text_of(item) for item in full[:2000]]
    before, microseconds_before = _bare_rate(texts)
    with running_worker() as running:
        start_seconds = warm_up(running)
        rate, microseconds = _full_load_of_processes(running, full)
        half = rate / 2
        delays = _half_load(running, rest[: int(half * seconds)], half)
        memory = running.worker.memory / 1e6
    after, microseconds_after = _bare_rate(texts)
    bare = (microseconds_before + microseconds_after) / 2
    return PipelineResult(
        classifier_rates=(before, after),
        rate=rate,
        ratio=rate / ((before + after) / 2),
        classifier_microseconds=bare,
        microseconds=microseconds,
        worker_ratio=bare / microseconds[WORKER] if microseconds.get(WORKER) else None,
        half_rate=half,
        p50_ms=float(np.percentile(delays, 50)) * 1000,
        p99_ms=float(np.percentile(delays, 99)) * 1000,
        memory_mb=memory,
        start_seconds=start_seconds,
    )


def _bare_rate(texts: Sequence[str]) -> tuple[float, float]:
    """Return documents a second of the classifier alone, in the batches that a worker takes by default, and
    microseconds of processor time for each.
    """
    classifier = load_classifier()
    classifier.classify(texts[:128])
    began = time.process_time()
    rate = at_batch(classifier, texts, BATCH).rate
    return rate, (time.process_time() - began) / len(texts) * 1e6


def _full_load_of_processes(running: RunningWorker, documents: Sequence[Published]) -> tuple[float, dict[str, float]]:
    """Return what :func:`full_load` does, and each process's microseconds of processor time for a document."""
    named = {running.worker.pid or 0: WORKER, os.getpid(): PUBLISHER}
    before = processor_seconds(named)
    rate = full_load(running, documents)
    after = processor_seconds(named)
    return rate, {name: (after[name] - before.get(name, 0.0)) / len(documents) * 1e6 for name in sorted(after)}


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
