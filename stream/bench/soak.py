"""Does a worker stay as it is? Memory, descriptors and threads under a steady load for a long time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import msgspec

from stream.bench.running import Record, RunningWorker, record_of, running_worker, warm_up
from stream.bench.texts import file_documents, invented_documents
from stream.errors import EmbeddedError

SAMPLE_EVERY, DRAIN = 10.0, 120.0  # seconds: between two looks at the worker; for what waits at the end
DIFFERENT = 20_000  # documents that are played again and again, each time under new ids


class Usage(msgspec.Struct, frozen=True):
    """What a worker holds after ``seconds``, and its Redis; megabytes are 10**6 bytes."""

    seconds: float
    memory_mb: float
    descriptors: int
    threads: int
    redis_mb: float
    waiting: int


class SoakResult(msgspec.Struct, frozen=True):
    """A steady load: what was sent and counted, and the medians of the first and the last quarter of the time."""

    rate: float
    seconds: float
    sent: int
    counted: int
    first: Usage
    last: Usage
    redis_bytes_per_document: float


def bench_soak(rate: float, seconds: float, file: Path | None, report: Callable[[Usage], None]) -> SoakResult:
    """Publish ``rate`` documents a second for ``seconds``, of ``file`` or invented ones, and watch the worker.

    Raises:
        DatasetError: the file holds no document.
        EmbeddedError: the worker ended.
    """
    records = _records(file)
    with running_worker() as running:
        warm_up(running)
        first = int(time.time() // 60) - 1
        before = running.counted(first)
        usages, sent = _load(running, records, rate, seconds, first, report)
        total = _drained(running, first, before, sent)
    quarter = max(1, len(usages) // 4)
    head, tail = _medians(usages[:quarter]), _medians(usages[-quarter:])
    redis_bytes = (usages[-1].redis_mb - usages[0].redis_mb) * 1e6 / max(1, sent)
    return SoakResult(rate, seconds, sent, total, head, tail, redis_bytes)


def _load(
    running: RunningWorker,
    records: Iterator[Record],
    rate: float,
    seconds: float,
    first: int,
    report: Callable[[Usage], None],
) -> tuple[list[Usage], int]:
    began, sent, usages = time.monotonic(), 0, list[Usage]()
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * rate) + 1 - sent
        running.publisher.send(islice(records, due))
        sent += due
        if passed >= len(usages) * SAMPLE_EVERY:
            usages.append(_usage(running, passed, sent - running.counted(first)))
            report(usages[-1])
        running.worker.check()
        time.sleep(0.05)
    return usages, sent


def _drained(running: RunningWorker, first: int, before: int, sent: int) -> int:
    """Return how many documents were counted at the end, at the latest two minutes after the last was sent."""
    deadline = time.monotonic() + DRAIN
    while (total := running.counted(first) - before) < sent and time.monotonic() < deadline:
        running.worker.check()
        time.sleep(0.2)
    return total


def _usage(running: RunningWorker, passed: float, waiting: int) -> Usage:
    place = Path(f"/proc/{running.worker.pid}")
    if not place.is_dir():
        raise EmbeddedError("bench soak needs /proc, which Linux has")
    memory = running.redis.info("memory")["used_memory"]
    descriptors, threads = (len(list((place / name).iterdir())) for name in ("fd", "task"))
    return Usage(round(passed, 1), running.worker.memory / 1e6, descriptors, threads, memory / 1e6, max(0, waiting))


def _medians(usages: Sequence[Usage]) -> Usage:
    return Usage(*(median(getattr(usage, name) for usage in usages) for name in Usage.__struct_fields__))


def _records(file: Path | None) -> Iterator[Record]:
    """Yield the documents again and again, as if written now, each under an id of its own."""
    documents = invented_documents(DIFFERENT) if file is None else file_documents(file, DIFFERENT)
    for number, item in enumerate(cycle(documents)):
        yield record_of(replace(item, document={**item.document, "id": f"soak {number}"}))
