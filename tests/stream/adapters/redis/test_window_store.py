import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from stream.adapters.redis.client import Client, client_of, close
from stream.adapters.redis.columns import matrix
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.stores import RedisStores
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.store import WindowStore
from tests.clusters import RealCluster
from tests.contracts.windows import Opened, WindowStoreContract, scored
from tests.fakes.windows import FakeWindowStore


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


class TestFake(WindowStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        def run(work: Callable[[WindowStore], Awaitable[Any]]) -> None:
            asyncio.run(_await(work(FakeWindowStore())))

        return run


class TestRedis(WindowStoreContract):
    @pytest.fixture
    def opened(self, valkey: Valkey) -> Opened:
        async def on_a_fresh_name(work: Callable[[WindowStore], Awaitable[Any]]) -> None:
            async with Redis.from_url(valkey.url) as client:
                await _on(client, uuid4().hex, work)

        return lambda work: asyncio.run(on_a_fresh_name(work))

    def test_keys_expire_and_share_the_hash_tag(self, valkey: Valkey) -> None:
        async def work() -> None:
            async with Redis.from_url(valkey.url) as client:
                await RedisWindowStore(client, name="expiring", keep_seconds=60).add([contribution_of(scored(1))], {})
                keys = [key async for key in client.scan_iter("*expiring*")]
                assert all(key.startswith(b"{expiring}:") for key in keys)
                lasting = {key for key in keys if not 0 < await client.ttl(key) <= 60}
                assert len(keys) == 10
                # One entry per minute, taken off when it is projected; a number; one entry per day.
                assert lasting == {b"{expiring}:changed", b"{expiring}:changes", b"{expiring}:days"}

        asyncio.run(work())

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        async def work() -> None:
            async with Redis.from_url("redis://127.0.0.1:1/0") as client:
                with pytest.raises(StoreError, match="Redis"):
                    await RedisWindowStore(client).add([contribution_of(scored(1))], {})

        asyncio.run(work())


@pytest.fixture(scope="module")
def on_cluster(cluster: RealCluster) -> Iterator[tuple[asyncio.Runner, Client]]:
    """A client for all: what its first answers cost, sixty examples would pay again."""
    with asyncio.Runner() as runner:
        client = client_of(cluster.url(cluster.name_on(cluster.nodes[1])))
        yield runner, client
        runner.run(close(client))


class TestCluster(WindowStoreContract):
    @pytest.fixture
    def opened(self, cluster: RealCluster, on_cluster: tuple[asyncio.Runner, Client]) -> Opened:
        runner, client = on_cluster

        def on_a_fresh_name(work: Callable[[WindowStore], Awaitable[Any]]) -> None:
            runner.run(_on(client, cluster.name_on(cluster.nodes[1]), work))

        return on_a_fresh_name


SHARDS = 5


class TestSpread(WindowStoreContract):
    """Over the shards of one server."""

    @pytest.fixture
    def opened(self, valkey: Valkey) -> Opened:
        async def on_a_fresh_name(work: Callable[[WindowStore], Awaitable[Any]]) -> None:
            async with Redis.from_url(valkey.url) as client:
                await _on_shards(client, uuid4().hex, work)

        return lambda work: asyncio.run(on_a_fresh_name(work))


class TestSpreadOverCluster(WindowStoreContract):
    """Over the nodes of a cluster."""

    @pytest.fixture
    def opened(self, on_cluster: tuple[asyncio.Runner, Client]) -> Opened:
        runner, client = on_cluster
        return lambda work: runner.run(_on_shards(client, uuid4().hex, work))


async def _on_shards(client: Client, name: str, work: Callable[[WindowStore], Awaitable[Any]]) -> None:
    stores = RedisStores(client, Layout(name, SHARDS))
    await stores.rebuilds().mark()
    await work(stores.windows())


async def _on(client: Client, name: str, work: Callable[[WindowStore], Awaitable[Any]]) -> None:
    """Run ``work`` on a store that nobody knows to have lost anything."""
    await RedisRebuildStore(client, name).mark()
    await work(RedisWindowStore(client, name))


async def _await(work: Awaitable[Any]) -> Any:
    return await work


@pytest.mark.parametrize("measures", [15, 16, 17])
def test_sums_of_any_number_of_measures_read_as_one_matrix(measures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to fifteen an array's head has one byte, then three."""
    rows = [[1, 128, 70_000, *range(measures - 3)], [0] * measures]
    monkeypatch.setattr("stream.adapters.redis.columns.MEASURES", ("",) * measures)
    assert matrix(1, [msgspec.msgpack.encode(row) for row in rows]).tolist() == rows
