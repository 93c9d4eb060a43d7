import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from stream.adapters.redis.client import Client, client_of, close, connected
from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.proof_store import RedisProofStore
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.progress.proofs import RAW
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.contribution import contribution_of
from tests.clusters import RealCluster
from tests.contracts.proofs import Opened, ProofStoreContract, Work
from tests.contracts.windows import scored
from tests.fakes.continuity import FakeContinuityStore
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore

DOCS = Path(__file__).parents[4] / "docs" / "windows.md"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


async def _on(client: Client, name: str, work: Work) -> None:
    await work(RedisProofStore(client, name), RedisWindowStore(client, name), RedisContinuityStore(client, name))


class TestFake(ProofStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        windows = FakeWindowStore(10**12)
        return lambda work: asyncio.run(_await(work, windows))


async def _await(work: Work, windows: FakeWindowStore) -> None:
    continuity = FakeContinuityStore()
    await work(FakeProofStore(windows, continuity), windows, continuity)


class TestRedis(ProofStoreContract):
    @pytest.fixture
    def opened(self, valkey: Valkey) -> Opened:
        async def on_a_fresh_name(work: Work) -> None:
            async with connected(valkey.url) as client:
                await _on(client, uuid4().hex, work)

        return lambda work: asyncio.run(on_a_fresh_name(work))

    def test_a_topic_that_is_made_anew_with_fewer_partitions_is_believed_after_a_while(self, valkey: Valkey) -> None:
        async def work() -> None:
            async with connected(valkey.url) as client:
                name = uuid4().hex
                store, windows = RedisProofStore(client, name), RedisWindowStore(client, name)
                await store.prove(RAW, {"news": 8}, [])
                await store.prove("scored", {"scored": 1}, [])
                said = await client.hget(f"{{{name}}}:partitions", "raw news")
                assert isinstance(said, bytes)
                count, at = map(int, said.split())
                await client.hset(f"{{{name}}}:partitions", "raw news", f"{count} {at - 700_000}")
                await store.prove(RAW, {"news": 2}, [])
                assert len((await windows.event_time()).pairs) == 2

        asyncio.run(work())

    def test_a_user_with_the_rights_that_the_docs_name_may_do_all_of_it(self, valkey: Valkey) -> None:
        told = re.search(r"of an ACL needs `~\{<BELLWETHER_NAME>\}\* ([^`]*)`", DOCS.read_text())
        assert told is not None

        async def work() -> None:
            name, parts = uuid4().hex, urlsplit(valkey.url)
            admin: Any
            async with connected(valkey.url) as admin:
                rights = [right for right in told[1].split() if "cluster" not in right]
                await admin.execute_command("ACL", "SETUSER", name, "on", ">secret", f"~{{{name}}}*", *rights)
            url = parts._replace(netloc=f"{name}:secret@{parts.hostname}:{parts.port}").geturl()
            async with connected(url) as client:
                windows, store = RedisWindowStore(client, name), RedisProofStore(client, name)
                await windows.add([contribution_of(scored(1))], {"0": Progress(1, 2, 3)}, -1)
                await store.prove(RAW, {"news": 1}, [])
                assert (await windows.event_time()).progress
                rebuilt = RedisRebuildStore(client, name)
                assert await rebuilt.begin(None)
                await rebuilt.switch({})

        asyncio.run(work())

    def test_a_server_that_is_gone_is_a_store_error(self) -> None:
        async def work() -> None:
            async with connected("redis://127.0.0.1:1/0") as client:
                with pytest.raises(StoreError, match="Redis"):
                    await RedisProofStore(client).prove(RAW, {}, [])
                with pytest.raises(StoreError, match="Redis"):
                    await RedisWindowStore(client).event_time()

        asyncio.run(work())


class TestCluster(ProofStoreContract):
    @pytest.fixture
    def opened(self, cluster: RealCluster) -> Opened:
        async def on_a_fresh_name(work: Work) -> None:
            client = client_of(cluster.url(cluster.name_on(cluster.nodes[1])))
            try:
                await _on(client, cluster.name_on(cluster.nodes[1]), work)
            finally:
                await close(client)

        return lambda work: asyncio.run(on_a_fresh_name(work))
