import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from struct import pack
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from stream.adapters.redis.client import connected
from stream.adapters.redis.story_store import RedisStoryStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.stories.signature import Signature, signature_of
from stream.pipeline.stories.store import StoryStore
from tests.clusters import RealCluster
from tests.contracts.stories import PROBE, Opened, StoryStoreContract, said
from tests.fakes.stories import FakeStoryStore

Work = Callable[[StoryStore], Awaitable[Any]]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


class TestFake(StoryStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        async def run(work: Work) -> None:
            await work(FakeStoryStore())

        return lambda work: asyncio.run(run(work))


class TestRedis(StoryStoreContract):
    @pytest.fixture
    def opened(self, valkey: Valkey) -> Opened:
        async def run(work: Work) -> None:
            async with Redis.from_url(valkey.url) as client:
                await work(RedisStoryStore(client, name=uuid4().hex))

        return lambda work: asyncio.run(run(work))

    def test_keys_expire_and_share_the_hash_tag(self, valkey: Valkey) -> None:
        async def work() -> None:
            async with Redis.from_url(valkey.url) as client:
                await RedisStoryStore(client, "expiring", 60).assign([signature_of(said("Bank X in default"))])
                keys = [key async for key in client.scan_iter("*expiring*")]
                assert keys
                assert all(key.startswith(b"{expiring}:") for key in keys)
                assert all([0 < await client.ttl(key) <= 60 for key in keys])

        asyncio.run(work())

    def test_what_an_older_version_kept_without_names_is_compared_as_it_did(
        self, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = (signature_of(said(PROBE.format(name))) for name in ("Wirecard", "Deutsche Bank"))

        def without_names(item: Signature) -> bytes:
            count = pack("<2H", len(item.title.pairs), len(item.body.pairs))
            pairs = b"".join(pack("<I", pair) for pair in (*item.title.pairs, *item.body.pairs))
            return count + pairs + msgspec.msgpack.encode((item.title[1:4], item.body[1:4], item.unspaced))

        async def work() -> None:
            async with Redis.from_url(valkey.url) as client:
                store = RedisStoryStore(client, uuid4().hex)
                with monkeypatch.context() as older:
                    older.setattr("stream.adapters.redis.story_store.encode_parts", without_names)
                    first = await store.assign([one])
                assert await store.assign([two]) == first
                store = RedisStoryStore(client, uuid4().hex)
                assert len(set(await store.assign([one, two]))) == 2

        asyncio.run(work())

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        async def work() -> None:
            async with Redis.from_url("redis://127.0.0.1:1/0") as client:
                with pytest.raises(StoreError, match="Redis did not assign stories"):
                    await RedisStoryStore(client).assign([signature_of(said("text"))])

        asyncio.run(work())


class TestCluster(StoryStoreContract):
    @pytest.fixture
    def opened(self, cluster: RealCluster) -> Opened:
        async def run(work: Work) -> None:
            name = uuid4().hex
            async with connected(cluster.url(name)) as client:
                await work(RedisStoryStore(client, name))

        return lambda work: asyncio.run(run(work))
