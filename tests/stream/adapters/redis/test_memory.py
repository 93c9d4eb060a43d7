"""How full Redis is, asked of real servers, and what is said when it is full."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.adapters.redis.client import connected
from stream.adapters.redis.memory import memory_of
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.windows.contribution import contribution_of
from stream.settings import load_settings
from stream.worker.connections import Connections
from tests.clusters import RealCluster
from tests.contracts.windows import scored


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


def test_use_limit_and_policy_are_told_and_a_full_server_says_what_to_do(valkey: Valkey) -> None:
    async def work() -> None:
        async with connected(valkey.url) as client:
            free = await memory_of(client, "bw")
            assert free.used > 100_000
            assert (free.limit, free.policy, free.warnings()) == (0, "noeviction", [])
            await client.config_set("maxmemory", 100_000)
            assert (await memory_of(client, "bw")).full
            with pytest.raises(StoreError, match=r"its memory is full: raise its maxmemory \(REDIS_MAXMEMORY\)"):
                await RedisWindowStore(client, "bw").add([contribution_of(scored(1))], {})
            await client.config_set("maxmemory-policy", "volatile-ttl")
            await client.config_set("maxmemory", 1_000_000_000)
            (warning,) = (await memory_of(client, "bw")).warnings()
            assert "'volatile-ttl'" in warning

    asyncio.run(work())


def test_stories_are_kept_no_longer_than_windows(valkey: Valkey) -> None:
    async def work() -> None:
        connections = Connections(load_settings(redis=valkey.url, name="kept", keep_hours=2, windows="5,15"))
        await connections.stories.assign([signature_of(scored(1))])
        server: Any = connections.redis
        left = [await server.ttl(key) async for key in server.scan_iter("{kept}:stories:*")]
        await connections.on_stop()
        assert left
        assert all(0 < seconds <= 2 * 3600 for seconds in left)

    asyncio.run(work())


def test_a_user_that_may_not_ask_is_a_store_error(valkey: Valkey) -> None:
    async def work() -> None:
        async with connected(valkey.url) as client:
            server: Any = client
            await server.execute_command("ACL", "SETUSER", "few", "on", "nopass", "~*", "+@read", "+@write")
        async with connected(f"redis://few:x@127.0.0.1:{valkey.port}/0") as client:
            with pytest.raises(StoreError, match="Redis did not tell its memory"):
                await memory_of(client, "bw")

    asyncio.run(work())


def test_of_a_cluster_the_node_is_asked_that_holds_the_deployment(cluster: RealCluster) -> None:
    async def work() -> None:
        async with connected(cluster.url("bw")) as client:
            for number, node in enumerate(cluster.nodes):
                node.ask("CONFIG", "SET", "maxmemory", (number + 1) * 10**9)
            wanted = (cluster.nodes.index(cluster.owner("bw")) + 1) * 10**9
            assert (await memory_of(client, "bw")).limit == wanted

    asyncio.run(work())
