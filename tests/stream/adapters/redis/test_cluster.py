"""On a real cluster: nothing is lost and nothing counts twice while the keys go to another node."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import pytest
from redis.asyncio.connection import Connection

from stream.adapters.redis.client import answers, client_of, close, connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.stores import RedisStores
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import SettingsError, StoreError
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.store import WindowStore
from tests.clusters import Node, RealCluster, killed, slot_of, until
from tests.contracts.windows import scored
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import recount

ITEMS = [contribution_of(scored(number)) for number in range(1000)]
MINUTES = range(min(item.minute for item in ITEMS), max(item.minute for item in ITEMS) + 1)
SIZE = 20
T = TypeVar("T")


class _Stream:
    """Adds batches, every third one twice, from several tasks, and again after a StoreError, as the stream does."""

    def __init__(self, store: WindowStore) -> None:
        self.store, self.refused, self.added = store, 0, 0
        batches = [ITEMS[at : at + SIZE] for at in range(0, len(ITEMS), SIZE)]
        self.waiting = [*batches, *batches[::3]]
        random.Random(3).shuffle(self.waiting)

    async def add(self, until_left: int = 0) -> None:
        """Add until so many batches are left."""
        while len(self.waiting) > until_left:
            batch = self.waiting.pop()
            self.added += await self.again(partial(self.store.add, batch, {}))

    async def again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it until it is no StoreError."""
        while True:
            try:
                return await work()
            except StoreError:
                self.refused += 1
                await asyncio.sleep(0.02)


Move = Callable[[RealCluster, str, _Stream], None]


def _fail_over(cluster: RealCluster, name: str, stream: _Stream) -> None:
    """The replica takes over when it holds all, as for maintenance."""
    _, replica = cluster.pair()
    replica.ask("CLUSTER", "FAILOVER")
    until(lambda: replica.is_primary)


def _kill(cluster: RealCluster, name: str, stream: _Stream) -> None:
    """The primary dies, and the others elect its replica."""
    primary, replica = cluster.pair()
    until(lambda: _behind(primary) == 0)
    with killed(primary):
        until(lambda: replica.is_primary)


def _behind(primary: Node) -> int:
    """How many bytes the replica lacks."""
    _, written, replicas = primary.ask("ROLE")
    return int(written) - min((int(replica[2]) for replica in replicas), default=0)


def _another_is_away(cluster: RealCluster, name: str, stream: _Stream) -> None:
    """A node of other keys dies, and the cluster answers nobody (CLUSTERDOWN) until it is back."""
    owner, away = cluster.owner(name), cluster.nodes[2]
    with killed(away):
        until(lambda: "cluster_state:fail" in owner.ask("CLUSTER", "INFO"))


def _key_by_key(cluster: RealCluster, name: str, stream: _Stream) -> None:
    """The slot goes to a node that had none, key by key, as `redis-cli --cluster reshard` does it."""
    source, target, slot = cluster.owner(name), cluster.nodes[4], slot_of(name)
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
    while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 20):
        source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        until(partial(_refused_more_than, stream, stream.refused))  # Adding goes on, and is refused at each step.
    for node in (target, source, *cluster.nodes[:3]):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.id)


def _refused_more_than(stream: _Stream, before: int) -> bool:
    return stream.refused > before


def _at_once(cluster: RealCluster, name: str, stream: _Stream) -> None:
    """The slot goes to another node as a whole, as Valkey 9 can."""
    source, target, slot = cluster.owner(name), cluster.nodes[2], slot_of(name)
    source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id)
    until(lambda: any(row[0] <= slot <= row[1] and row[2][1] == target.port for row in target.ask("CLUSTER", "SLOTS")))


MOVES = (_at_once, _key_by_key, _fail_over, _kill, _another_is_away)


@pytest.mark.parametrize(
    ("move", "shards"), [*((move, 1) for move in MOVES), (_at_once, 6), (_key_by_key, 6), (_kill, 6)]
)
def test_nothing_is_lost_and_nothing_counts_twice_while_the_keys_move(
    cluster: RealCluster, move: Move, shards: int
) -> None:
    """Of windows that are spread a shard moves, or those on one node."""
    node = cluster.pair()[0] if move in (_fail_over, _kill) else cluster.nodes[1]
    name = cluster.name_on(node)
    layout = Layout(name, shards)
    moving = next(part for part in layout.parts if cluster.owner(part) is node)
    signatures = [signature_of(scored(number)) for number in range(30)]

    async def work() -> None:
        async with connected(cluster.url(name)) as client:
            stores = RedisStores(client, layout)
            store, stories = stores.windows(), stores.stories()
            stream = _Stream(store)
            told = await stories.assign(signatures[:15])
            await stream.add(until_left=50)
            left = len(stream.waiting)
            moved = asyncio.Event()
            pausing = asyncio.create_task(_slowly(stream, moved))
            try:
                await asyncio.to_thread(move, cluster, moving, stream)
            finally:
                moved.set()
            await asyncio.gather(*(stream.add() for _ in range(4)), pausing)
            assert left == 50
            assert await stream.again(lambda: store.minutes(MINUTES)) == recount(ITEMS)
            told += await stream.again(lambda: stories.assign(signatures[15:]))
            assert told == await FakeStoryStore().assign(signatures)
            await stores.answer()

    asyncio.run(work())
    cluster.settled()


async def _slowly(stream: _Stream, moved: asyncio.Event) -> None:
    """Add while the keys move, from two tasks, with others that read; what was added comes again until they have."""

    async def adding() -> None:
        for left in range(len(stream.waiting) - 1, 20, -1):
            await stream.add(until_left=left)
            await asyncio.sleep(0.01)
        while not moved.is_set():
            await stream.again(partial(stream.store.add, ITEMS[:SIZE], {}))
            await asyncio.sleep(0.01)

    async def reading() -> None:
        for _ in range(20):
            found = await stream.again(lambda: stream.store.minutes(MINUTES))
            assert sum(bucket.documents for row in found.values() for bucket in row.values()) <= len(ITEMS)
            await asyncio.sleep(0.02)

    await asyncio.gather(adding(), adding(), reading(), reading())


def test_two_deployments_on_two_nodes_do_not_disturb_each_other(cluster: RealCluster) -> None:
    names = [cluster.name_on(node) for node in cluster.nodes[1:3]]

    async def work() -> None:
        async with connected(cluster.url(names[0])) as client:
            stores = [RedisWindowStore(client, name) for name in names]
            await asyncio.gather(stores[0].add(ITEMS[:300], {}), stores[1].add(ITEMS[200:600], {}))
            rebuilt = RedisRebuildStore(client, names[0])
            assert await rebuilt.begin(None)
            await rebuilt.count(ITEMS[:100])
            await rebuilt.switch({})
            assert await stores[0].minutes(MINUTES) == recount(ITEMS[:100])
            assert await stores[1].minutes(MINUTES) == recount(ITEMS[200:600])

    asyncio.run(work())
    for name, node in zip(names, cluster.nodes[1:3], strict=True):
        held = {name for name in names if node.ask("CLUSTER", "COUNTKEYSINSLOT", slot_of(name))}
        assert held == {name}


def test_several_start_nodes_of_which_one_is_away(cluster: RealCluster) -> None:
    name = uuid4().hex
    url = f"redis+cluster://127.0.0.1:1,{cluster.url(name).removeprefix('redis+cluster://')}/0"

    async def work() -> None:
        async with connected(url) as client:
            await answers(client, name)
            assert await RedisWindowStore(client, name).add(ITEMS[:50], {}) == 50

    asyncio.run(work())


def test_a_connection_closed_before_it_is_written_to_is_a_store_error(
    cluster: RealCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, name = Connection._send_packed_command, uuid4().hex

    async def closed_first(self: Connection, command: list[bytes]) -> None:
        if b"HGETALL" in b"".join(command):
            await self.disconnect(nowait=True)
        await send(self, command)

    async def work() -> None:
        async with connected(cluster.url(name)) as client:
            store = RedisWindowStore(client, name)
            await store.add(ITEMS[:50], {})
            with monkeypatch.context() as patched:
                patched.setattr(Connection, "_send_packed_command", closed_first)
                with pytest.raises(StoreError, match="Redis did not return the days: the connection was closed"):
                    await store.minutes(MINUTES)
            assert await store.minutes(MINUTES) == recount(ITEMS[:50])

    asyncio.run(work())


def test_the_wrong_kind_of_url_says_which_setting_to_change(cluster: RealCluster, tmp_path: Path) -> None:
    async def asked(url: str, name: str) -> None:
        async with connected(url) as client:
            await RedisWindowStore(client, name).progress()

    name = uuid4().hex
    with pytest.raises(StoreError, match=r"is a node of a cluster; write redis\+cluster:// .* BELLWETHER_REDIS"):
        asyncio.run(asked(cluster.url(name).replace("+cluster", ""), name))
    with (
        Valkey(tmp_path) as server,
        pytest.raises(StoreError, match=r"is no cluster; write redis:// .* BELLWETHER_REDIS"),
    ):
        asyncio.run(asked(server.url.replace("redis:", "redis+cluster:"), name))
    with pytest.raises(StoreError, match=r"Redis did not return the progress: .*127\.0\.0\.1:1"):
        asyncio.run(asked("redis+cluster://127.0.0.1:1", name))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("redis+cluster://:hunter2@h:1/3", "database 0 alone"),
        ("redis+cluster://:hunter2@h:1?db=3", "database 0 alone"),
        ("redis+cluster://:hunter2@h:1,:2", "host:port"),
        ("redis+cluster://:hunter2@", "host:port"),
        ("redis+cluster://:hun/ter2@h:1", "%2F"),
        ("redis://:hun/ter2@h:1", "%2F"),
        ("redis+cluster://h:1?nonsense=1", "there is no option 'nonsense'"),
        ("redis://h:1?nonsense=1", "there is no option 'nonsense'"),
        ("redis://:hunter2@h:1/0?socket_timeout=abc", "option 'socket_timeout': a number is expected, not 'abc'"),
        ("redis+cluster://:hunter2@h:1?socket_timeout=abc", "option 'socket_timeout': a number is expected, not 'abc'"),
        ("redis://h:1?ssl_ca_certs=/nope", "'ssl_ca_certs' goes with rediss:// alone"),
        ("redis://h:1?retry=3", "cannot be given in a URL"),
        ("redis://:12?hun=ter2@h:1", "%2F"),
        ("redis://:12?db=hunter2@h:1", "%2F"),
        ("rediss://:hunter2@h:1?ssl_ca_certs=/nope", "option 'ssl_ca_certs': /nope: No such file or directory"),
        ("rediss+cluster://h:1?ssl_certfile=/nope", "option 'ssl_certfile': /nope: No such file or directory"),
        (f"rediss://h:1?ssl_ca_certs={quote(__file__)}", "no certificate in it"),
        ("http://:hunter2@h:1", r"'http'.*redis\+cluster://"),
    ],
)
def test_a_wrong_url_is_said_without_its_password(url: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=rf"BELLWETHER_REDIS.*{problem}") as error:
        client_of(url)
    assert "hun" not in str(error.value)


def test_password_and_tls_of_a_url_go_to_every_node() -> None:
    async def work() -> Any:
        client = client_of("rediss+cluster://ann:s%2Fcret@one:7000,two:7001/0?ssl_check_hostname=false")
        nodes: dict[str, Any] = client.nodes_manager.startup_nodes  # type: ignore[union-attr]
        await close(client)
        return nodes

    nodes = asyncio.run(work())
    assert set(nodes) == {"one:7000", "two:7001"}
    for node in nodes.values():
        settings = node.connection_kwargs
        assert (settings["username"], settings["password"]) == ("ann", "s/cret")
        assert node.connection_class.__name__ == "SSLConnection"
        assert settings["ssl_check_hostname"] is False
