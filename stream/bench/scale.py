"""Several workers on one stream: how much they do together, how fairly they share it, and how one takes over another's
part.

Each worker runs the model on one thread, so it takes about one core. What waits is published before they start, so that
publishing takes nothing from them.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import msgspec
from redis import Redis
from redis.cluster import ClusterNode, RedisCluster

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.redis.layout import Layout
from stream.bench.profile import thread_seconds
from stream.bench.running import count_documents, record_of, wait_for_count
from stream.bench.texts import invented_documents
from stream.demo.scenario import Published
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.worker.preparation import prepare

# The rate counts between these shares of the documents: before, workers still start; after, some have nothing left.
FIRST, LAST = 0.2, 0.9
AFTER = 400  # documents that are published once a worker was killed
SCORED = re.compile(rb'^bellwether_documents_total\{outcome="scored",stage="classify"\} (\S+)$', re.MULTILINE)
CLUSTER = "+cluster"


class Scaled(msgspec.Struct, frozen=True):
    """What so many workers did.

    Attributes:
        workers: how many.
        rate: documents a second, all together.
        milliseconds: processor time of the workers for a document; more of it with more workers is what sharing costs.
        least, most: the shares of the documents that the least and the most busy worker scored, 0 to 1.
        taken_over: seconds from the kill of one worker until what was published then is counted; None with one worker.
    """

    workers: int
    rate: float
    milliseconds: float
    least: float
    most: float
    taken_over: float | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """Workers on servers, under a name of their own."""

    workers: Sequence[WorkerProcess]
    publisher: Publisher
    redis: Redis
    layout: Layout
    first_minute: int

    def publish(self, documents: Sequence[Published]) -> None:
        """Publish at once."""
        self.publisher.send(record_of(item, Topics(self.layout.name)) for item in documents)

    def counted(self) -> int:
        """Return how many documents are in the windows."""
        return count_documents(self.redis, self.layout, self.first_minute)

    def wait_for(self, documents: int) -> float:
        """Wait until so many are counted, and return when that was, on the clock of time.perf_counter.

        Raises:
            EmbeddedError: a worker ended, or ten minutes were not enough.
        """
        wait_for_count(self.counted, documents, self.workers)
        return time.perf_counter()


def bench_scale(
    workers: Sequence[int], documents: int, partitions: int, servers: Mapping[str, str], say: Callable[[str], None]
) -> list[Scaled]:
    """Let each number of workers score and count ``documents``.

    Args:
        workers: how many, one run for each.
        documents: of one run.
        partitions: of the topics; more workers than that would have nothing to do.
        servers: settings ``kafka`` and ``redis`` of servers that are there; embedded ones take the place of the others.
        say: told what is being done.

    Raises:
        EmbeddedError: a server or a worker ended or hangs.
        BrokerError: the broker refuses.
    """
    results = []
    for number in workers:
        say(f"{number} worker{'s' * (number > 1)}: {documents} documents")
        with _deployment(number, partitions, servers) as deployment:
            results.append(_measured(deployment, documents))
    return results


def _measured(deployment: Deployment, documents: int) -> Scaled:
    number = len(deployment.workers)
    published = invented_documents(documents + AFTER)
    deployment.publish(published[:documents])
    for worker in deployment.workers:
        worker.start()
    begun = deployment.wait_for(int(FIRST * documents))
    taken = sum(map(_processor_time, deployment.workers))
    between = deployment.counted()
    ended = deployment.wait_for(int(LAST * documents))
    taken = sum(map(_processor_time, deployment.workers)) - taken
    done = deployment.counted() - between
    deployment.wait_for(documents)
    scored = [_scored(worker) for worker in deployment.workers]
    taken_over = None
    if number > 1:
        taken_over = _taken_over(deployment, published[documents:], documents)
    return Scaled(
        workers=number,
        rate=(LAST - FIRST) * documents / (ended - begun),
        milliseconds=1000 * taken / done,
        least=min(scored) / sum(scored),
        most=max(scored) / sum(scored),
        taken_over=taken_over,
    )


def _taken_over(deployment: Deployment, documents: Sequence[Published], before: int) -> float:
    """Kill the last worker and return the seconds until ``documents``, published at once, are counted."""
    deployment.workers[-1].kill()
    began = time.perf_counter()
    deployment.publish(documents)
    return deployment.wait_for(before + len(documents)) - began


def _processor_time(worker: WorkerProcess) -> float:
    return sum(thread_seconds(worker.pid or 0).values())


def _scored(worker: WorkerProcess) -> float:
    """Return how many documents a worker has scored, as its metrics say."""
    with urllib.request.urlopen(f"{worker.url}/metrics", timeout=10) as answer:  # noqa: S310 - our own URL
        found = SCORED.search(answer.read())
    return float(found[1]) if found else 0.0


@contextmanager
def _deployment(workers: int, partitions: int, given: Mapping[str, str]) -> Iterator[Deployment]:
    """Make topics and tables under a new name; the workers are not started."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("bellwether-bench-"))
        servers = stack.enter_context(Servers(folder))
        name = f"bellwether-bench-{uuid4().hex[:8]}"
        told = {**servers.settings, **given, "name": name, "partitions": str(partitions), "threads": "1"}
        settings = load_settings(**told)
        prepare(settings)
        processes = [WorkerProcess(told, folder / f"worker-{number}.log") for number in range(workers)]
        for process in processes:
            stack.callback(process.stop)
        publisher = stack.enter_context(Publisher(settings.kafka_access))
        redis = stack.enter_context(_redis(settings))
        yield Deployment(processes, publisher, redis, Layout(name, settings.shards), int(time.time() // 60) - 1)


def _redis(settings: Settings) -> Redis:
    url = settings.redis.get_secret_value()
    if CLUSTER not in url:
        return Redis.from_url(url)
    nodes = [node.rpartition(":") for node in url.partition("://")[2].rpartition("@")[2].split(",")]
    found = [ClusterNode(host, int(port)) for host, _, port in nodes]  # type: ignore[no-untyped-call]
    return RedisCluster(startup_nodes=found)  # type: ignore[return-value]
