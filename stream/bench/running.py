"""A worker on embedded servers, what is sent to it, and what it has counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from redis import Redis

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.redis.layout import Layout
from stream.bench.texts import SEED, invented_documents
from stream.demo.scenario import Published
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.errors import EmbeddedError
from stream.pipeline.topics import Topics
from stream.pipeline.windows.independence import digest
from stream.settings import load_settings
from stream.worker.preparation import prepare

TIMEOUT = 600.0  # seconds; a machine so slow that this is not enough measures nothing
DEFAULT_TOPICS = Topics()
Record = tuple[str, bytes | None, bytes]


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker on embedded servers."""

    worker: WorkerProcess
    publisher: Publisher
    redis: Redis
    layout: Layout

    def counted(self, first_minute: int) -> int:
        """Return how many documents the windows hold from a minute since 1970 to now."""
        return count_documents(self.redis, self.layout, first_minute)


@contextmanager
def running_worker() -> Iterator[RunningWorker]:
    """Start a worker on embedded servers of its own, with topics and tables."""
    with temporary_folder("bellwether-bench-") as folder, Servers(folder) as servers:
        settings = load_settings(**servers.settings)
        prepare(settings)
        worker = WorkerProcess(servers.settings, Path(folder) / "worker.log")
        with Publisher(settings.kafka_access) as publisher, Redis.from_url(servers.valkey.url) as redis, worker:
            yield RunningWorker(worker, publisher, redis, Layout(settings.name, settings.shards))


def warm_up(running: RunningWorker) -> float:
    """Return the seconds until the first document is counted."""
    began = time.perf_counter()
    first = invented_documents(1, seed=SEED + 1)
    running.publisher.send(map(record_of, first))
    wait_for(running, first[0])
    return time.perf_counter() - began


def count_documents(redis: Redis, layout: Layout, first_minute: int) -> int:
    """Return how many documents the windows of a deployment hold from a minute since 1970 to now."""
    with redis.pipeline(transaction=False) as pipe:
        for minute in range(first_minute, int(time.time() // 60) + 1):
            for name in layout.parts:
                pipe.hvals(f"{{{name}}}:{minute // 1440}.0:minute:{minute}")
        return sum(msgspec.msgpack.decode(sums)[0] for minute in pipe.execute() for sums in minute)


def wait_for_count(counted: Callable[[], int], documents: int, workers: Sequence[WorkerProcess]) -> None:
    """Return when ``counted`` says so many. Raises EmbeddedError: a worker ended, or ten minutes were not enough."""
    deadline = time.monotonic() + TIMEOUT
    while counted() < documents:
        for worker in workers:
            worker.check()
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{documents} documents were not counted in {TIMEOUT:.0f} s")
        time.sleep(0.05)


def wait_for(running: RunningWorker, document: Published) -> None:
    """Return when ``document`` is counted. Raises EmbeddedError when it is not in ten minutes."""
    deadline, key = time.monotonic() + TIMEOUT, seen_key(running, digest(document.document["id"]))
    while not running.redis.sismember(*key):
        running.worker.check()
        if time.monotonic() > deadline:
            raise EmbeddedError(f"document {document.document['id']} was not counted in {TIMEOUT:.0f} s")
        time.sleep(0.01)


def seen_key(running: RunningWorker, document: str) -> tuple[str, str]:
    """Return the set that holds the digests of the ids counted today, and the digest."""
    return f"{{{running.layout.parts[0]}}}:{int(time.time() // 86_400)}.0:seen:{document[0]}", document


def record_of(item: Published, topics: Topics = DEFAULT_TOPICS) -> Record:
    """Return the document as if it were written now: a stream is measured at the pace of its own event time."""
    topic = getattr(topics, item.feed)
    document = {**item.document, "published_at": int(time.time() * 1000)}
    return topic, item.document["source"].encode(), json.dumps(document).encode()
