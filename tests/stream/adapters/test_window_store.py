import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from stream.adapters.rebuild_store import RedisRebuildStore
from stream.adapters.story_store import RedisStoryStore
from stream.adapters.window_store import RedisWindowStore
from stream.embedded import Valkey, free_port
from stream.errors import StoreError
from stream.pipeline.aggregate import WindowStore, contribution
from stream.pipeline.stories import signature
from tests.contracts.windows import Opened, WindowStoreContract, scored
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import FakeWindowStore, recount


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
                name = uuid4().hex
                await RedisRebuildStore(client, name).mark()
                await work(RedisWindowStore(client, name))

        return lambda work: asyncio.run(on_a_fresh_name(work))

    def test_keys_expire_and_share_the_hash_tag(self, valkey: Valkey) -> None:
        async def work() -> None:
            async with Redis.from_url(valkey.url) as client:
                await RedisWindowStore(client, name="expiring", keep_seconds=60).add([contribution(scored(1))], {})
                keys = [key async for key in client.scan_iter("*expiring*")]
                assert all(key.startswith(b"{expiring}:") for key in keys)
                lasting = {key for key in keys if not 0 < await client.ttl(key) <= 60}
                assert len(keys) == 9
                # One entry per minute, taken off when it is projected; one per day.
                assert lasting == {b"{expiring}:changed", b"{expiring}:days"}

        asyncio.run(work())

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        async def work() -> None:
            async with Redis.from_url("redis://127.0.0.1:1/0") as client:
                with pytest.raises(StoreError, match="Redis"):
                    await RedisWindowStore(client).add([contribution(scored(1))], {})

        asyncio.run(work())


class _Cluster(Valkey):
    """A cluster of one node: it refuses a script whose keys lie in several slots."""

    def _command(self) -> Sequence[str]:
        return [*super()._command(), "--cluster-enabled", "yes", "--cluster-port", str(free_port())]


def test_the_scripts_work_on_a_cluster(tmp_path: Path) -> None:
    async def work(url: str) -> None:
        async with Redis.from_url(url) as client:
            items = [contribution(scored(number)) for number in range(50)]
            store, rebuilt = RedisWindowStore(client, "a"), RedisRebuildStore(client, "a")
            assert await store.add(items, {}) == 50
            assert await rebuilt.begin(None)
            assert await rebuilt.count(items) == 50
            assert await rebuilt.switch({})
            minutes = range(min(item.minute for item in items), max(item.minute for item in items) + 1)
            assert await store.minutes(minutes) == recount(items)
            signatures = [signature(scored(number)) for number in range(20)]
            assert await RedisStoryStore(client, "a").assign(signatures) == await FakeStoryStore().assign(signatures)

    with _Cluster(tmp_path / "cluster") as server:
        with BlockingRedis.from_url(server.url) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while "cluster_state:ok" not in str(client.execute_command("CLUSTER", "INFO")):
                time.sleep(0.05)
        asyncio.run(work(server.url))


async def _await(work: Awaitable[Any]) -> Any:
    return await work
