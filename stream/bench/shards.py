"""What windows cost on several nodes: how evenly shards spread them, and what spreading takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import msgspec
from redis import Redis

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.bench.windows import BATCH, invented_watchlist, scored_documents
from stream.embedded import Valkey
from stream.embedded.cluster import ValkeyCluster
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.store import WindowStore

PER_SECOND = 200  # documents, of event time


class ShardsResult(msgspec.Struct, frozen=True):
    """Figures of so many shards; ``..._us`` are microseconds of processor time for a document.

    Attributes:
        shards: how many.
        nodes_us: of the windows, by node, of its main thread.
        stories_us: of the stories, all nodes; one of them has them.
        worker_us: of the windows, in the worker.
        bytes: that a document takes on all nodes, without its stories.
    """

    shards: int
    nodes_us: tuple[float, ...]
    stories_us: float
    worker_us: float
    bytes: float

    @property
    def all_us(self) -> float:
        """Of the windows, on all nodes."""
        return sum(self.nodes_us)

    @property
    def busiest(self) -> float:
        """The share of the windows' work that the busiest node has, 0 to 1."""
        return max(self.nodes_us) / self.all_us


@dataclass(frozen=True, slots=True)
class _Nodes:
    url: str
    clients: Sequence[Redis]

    def processor_seconds(self) -> list[float]:
        """Return what the main thread of each has taken so far."""
        told = [client.info("cpu") for client in self.clients]
        return [float(each["used_cpu_user_main_thread"]) + float(each["used_cpu_sys_main_thread"]) for each in told]

    def held(self) -> int:
        """Return the bytes of all keys with their values, each counted whole.

        The server's own total has its connections' buffers in it, which come and go by more than shards differ.
        """
        return sum(self._held(client) for client in self.clients)

    @staticmethod
    def _held(client: Redis) -> int:
        pipeline = client.pipeline(transaction=False)
        for key in client.scan_iter("*", 1000):
            pipeline.memory_usage(key, samples=0)
        return sum(size or 0 for size in pipeline.execute())

    def let_scripts_run(self) -> None:
        """Let none of them answer BUSY after five seconds of a script: on a loaded machine a batch takes that long."""
        for client in self.clients:
            client.config_set("busy-reply-threshold", 600_000)

    def clear(self) -> None:
        for client in self.clients:
            client.flushall()


def bench_shards(
    shards: Sequence[int], nodes: int, documents: int, rounds: int, say: Callable[[str], None]
) -> list[ShardsResult]:
    """Measure each number of shards on embedded Valkeys, in turns; of the rounds the one with the least work counts.

    Args:
        shards: how many, each with the same documents.
        nodes: of the cluster; one is a server that is no cluster.
        documents: of a round, in batches of 500, 200 a second of event time.
        rounds: how often each number is measured. What else runs on the machine only ever adds to the time.
        say: told what is being done.

    Raises:
        EmbeddedError: a server ended.
    """
    batches = _batches(documents)
    with _running(nodes) as servers:
        servers.let_scripts_run()
        best: dict[int, ShardsResult] = {}
        for at in range(rounds):
            for number in shards:
                say(f"round {at + 1} of {rounds}: {number} shard{'s' * (number > 1)}")
                result = asyncio.run(_measured(servers, number, batches))
                if number not in best or result.all_us < best[number].all_us:
                    best[number] = result
    return list(best.values())


def _batches(documents: int) -> list[list[ScoredDocument]]:
    scored = scored_documents(documents)
    begun = scored[0].published_at
    for number, item in enumerate(scored):
        at = begun + timedelta(milliseconds=1000 * number // PER_SECOND)
        scored[number] = msgspec.structs.replace(item, published_at=at)
    return [scored[at : at + BATCH] for at in range(0, documents, BATCH)]


@contextmanager
def _running(nodes: int) -> Iterator[_Nodes]:
    with temporary_folder("bellwether-bench-") as folder:
        if nodes == 1:
            with Valkey(folder) as server, Redis.from_url(server.url) as client:
                yield _Nodes(server.url, [client])
            return
        with ValkeyCluster(folder, nodes) as cluster:
            clients = [Redis.from_url(server.url) for server in cluster.servers]
            yield _Nodes(cluster.url, clients)
            for client in clients:
                client.close()


async def _measured(nodes: _Nodes, shards: int, batches: Sequence[Sequence[ScoredDocument]]) -> ShardsResult:
    nodes.clear()
    count = sum(map(len, batches))
    async with connected(f"{nodes.url}?socket_timeout=600") as client:  # no answer is to come twice on a loaded machine
        stores = RedisStores(client, Layout(f"bench-{uuid4().hex[:8]}", shards))
        before = nodes.processor_seconds()
        rows = await _with_stories(stores, batches)
        stories = sum(nodes.processor_seconds()) - sum(before)
        held, before = nodes.held(), nodes.processor_seconds()
        worker = await _count(stores.windows(), rows)
        spent = [now - then for now, then in zip(nodes.processor_seconds(), before, strict=True)]
        held = nodes.held() - held
    by_node = tuple(seconds / count * 1e6 for seconds in spent)
    return ShardsResult(shards, by_node, stories / count * 1e6, worker / count * 1e6, held / count)


async def _with_stories(stores: RedisStores, batches: Sequence[Sequence[ScoredDocument]]) -> list[list[Contribution]]:
    """Tell the stories, and return what each document adds."""
    store = stores.stories()
    watchlist = invented_watchlist([item for batch in batches for item in batch])
    rows = []
    for batch in batches:
        told = await store.assign([signature_of(item) for item in batch])
        documents = [msgspec.structs.replace(item, story=story) for item, story in zip(batch, told, strict=True)]
        rows.append([contribution_of(item, entries_of(item, watchlist.entries_in)) for item in documents])
    return rows


async def _count(windows: WindowStore, rows: Sequence[Sequence[Contribution]]) -> float:
    """Add all, and return the processor time that it took here. The first empty batch connects and loads the script."""
    await windows.add((), {})
    begun = time.process_time()
    for batch in rows:
        await windows.add(batch, {})
    return time.process_time() - begun
