"""Windows that are spread hold, byte for byte, what those in one place hold, whatever is repeated or killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.crc import key_slot

from models.classifier import Prediction
from stream.adapters.redis.client import Client, client_of, close, connected
from stream.adapters.redis.count_script import rows_by_shard
from stream.adapters.redis.layout import Layout, LayoutGuard
from stream.adapters.redis.spread_rebuild import SpreadRebuildStore
from stream.adapters.redis.spread_windows import SpreadWindowStore
from stream.adapters.redis.stores import RedisStores
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.entities import EntitySentiment
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import Progress, ProgressTracker, Stamp
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.rebuild import RebuildStore
from stream.pipeline.windows.store import WindowStore
from tests.clusters import RealCluster
from tests.contracts.windows import START, scored
from tests.fakes.windows import recount

ENTRIES = [
    Entry(name="Tesla", group="cars"),
    Entry(name="Apple | x", by_topic=True),
    Entry(name="特斯拉", group="cars"),
]
Log = Sequence[tuple[ScoredDocument, list[Entry]]]
Held = dict[str, Any]
RAN = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def log_of(seed: int, count: int) -> list[tuple[ScoredDocument, list[Entry]]]:
    """Documents of twenty minutes around midnight UTC with their entries.

    A quarter come under an id that was there, with another text, topic and other entries: the first record counts. One
    in ten is forty minutes behind.
    """
    pick, found = Random(seed), []
    for number in range(count):
        at = START + timedelta(minutes=20) * number / count + timedelta(milliseconds=pick.randint(-90_000, 90_000))
        at -= timedelta(minutes=40) * (pick.random() < 0.1)
        negative = Prediction("negative", {"negative": 0.9, "neutral": 0.1, "positive": 0.0})
        own = EntitySentiment("Tesla", negative, pick.choice((1.0, 0.42)))
        document = scored(
            number,
            id=f"d{number if pick.random() < 0.75 else pick.randint(0, number)}",
            published_at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            entities=(own,) if pick.random() < 0.4 else (),
        )
        found.append((document, pick.sample(ENTRIES, pick.choice((0, 0, 1, 2, 3)))))
    return found


async def add(windows: WindowStore, part: Log) -> None:
    """Take a part of the log as the stream does."""
    tracker = ProgressTracker(await windows.progress(), late_for=900_000)
    rows = []
    for document, entries in part:
        at = milliseconds(document.published_at)
        late = tracker.advance(document, Stamp(0, at, by_broker=False))
        rows.append(replace(contribution_of(document, entries), late=late))
    await windows.add(rows, tracker.moved, tracker.pace)


async def held(client: Client, name: str) -> Held:
    """Return all that stands under ``name``: by key, without what tells when or in how many steps it came to be."""
    prefix, found = f"{{{name}}}:", {}
    reader = cast(Any, client)
    async for key in client.scan_iter(f"{prefix}*", 1000):
        kind, short = await reader.type(key), key.decode().removeprefix(prefix)
        if kind == b"hash":
            found[short] = await reader.hgetall(key)
        elif kind == b"set":
            found[short] = await reader.smembers(key)
        elif short == "changed":
            found[short] = set(await reader.zrange(key, 0, -1))
    if "progress" in found:  # without the server's time
        found["progress"] = {pair: value.split()[:2] for pair, value in found["progress"].items()}
    return found


def put_together(layout: Layout, parts: Sequence[Held]) -> Held:
    """Return what shards hold as one; what is not by series is the same in all of them, and no series is in two."""
    whole: Held = {}
    fields: defaultdict[str, set[bytes]] = defaultdict(set)
    for at, part in enumerate(parts):
        for key, value in part.items():
            kind = key.split(":")[1] if ":" in key else key
            if kind in ("seen", "overdue", "days", "progress", "built"):
                assert whole.setdefault(key, value) == value, key
            elif kind == "changed":
                whole[key] = whole.get(key, set()) | value
            elif kind == "story":
                assert layout.shard_of(key.split(":story:")[1]) == at
                whole[key] = value
            else:
                assert {layout.shard_of(field.decode().partition("\0")[0]) for field in value} == {at}
                assert not fields[key] & value.keys()
                fields[key] |= value.keys()
                whole[key] = {**whole.get(key, {}), **value}
    return whole


class CutError(Exception):
    """Stands for an end of the process between two shards."""


class CutOff(SpreadWindowStore):
    """Ends after some of the shards have counted a batch; of the next calls those that ``reached`` says."""

    reached: list[set[int]]

    async def add(self, contributions: Any, progress: Any, pace: int | None = None) -> int:
        if not self.reached or len(reached := self.reached.pop(0)) > self._layout.shards:
            return await super().add(contributions, progress, pace)
        rows = rows_by_shard(contributions, self._layout)
        for at in reached & set(range(self._layout.shards)):
            await self._shards[at].add_rows(rows[at], progress)
        raise CutError


async def stream_with_ends(windows: CutOff, log: Log, shards: int, pick: Random) -> None:
    """Add ``log``; the process often ends between two shards, and goes on from what was committed, in other batches."""
    committed = 0
    windows.reached = []
    while committed < len(log):
        at = committed
        try:
            while at < len(log):
                size = pick.randint(1, 40)
                if pick.random() < 0.4:
                    windows.reached = [{shard for shard in range(shards) if pick.random() < 0.5}]
                await add(windows, log[at : at + size])
                at += size
                if pick.random() < 0.6:
                    committed = at
        except CutError:
            continue
        committed = at


@pytest.fixture(scope="module", params=["one server", "cluster"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a server or of a cluster, and its loop."""
    with asyncio.Runner() as runner:
        if request.param == "cluster":
            client = client_of(request.getfixturevalue("cluster").url(uuid4().hex))
            yield runner, client
            runner.run(close(client))
            return
        with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
            client = client_of(server.url)
            yield runner, client
            runner.run(close(client))


@settings(max_examples=12, suppress_health_check=RAN)
@given(seed=st.integers(0, 10**9), shards=st.sampled_from((2, 3, 7, 16)), count=st.integers(1, 150))
def test_what_is_held_is_what_one_place_holds_byte_for_byte(running: Any, seed: int, shards: int, count: int) -> None:
    runner, client = running
    log, name = log_of(seed, count), uuid4().hex
    layout = Layout(name, shards)

    async def work() -> None:
        one = RedisWindowStore(client, f"{name}/one")
        for at in range(0, count, 23):
            await add(one, log[at : at + 23])
        await stream_with_ends(CutOff(client, layout), log, shards, Random(seed))
        whole = put_together(layout, [await held(client, part) for part in layout.parts])
        expected = await held(client, f"{name}/one")
        assert expected.pop("clock", None) is not None
        control = await held(client, layout.control)
        assert set(control) == {"progress", "clock"}
        assert control["progress"] == expected["progress"] == whole["progress"]
        assert whole == expected

    runner.run(work())


@pytest.mark.parametrize(("seed", "shards"), [(1, 2), (2, 5), (3, 5)])
def test_a_rebuild_beside_the_stream_gives_what_one_place_gives(running: Any, seed: int, shards: int) -> None:
    """It is cut off at a random step of the switch and finished by somebody else; meanwhile documents come."""
    runner, client = running
    log, name = log_of(seed, 120), uuid4().hex
    layout, pick = Layout(name, shards), Random(seed)
    rows = [contribution_of(*item) for item in log]
    minutes = {item.minute for item in rows}

    async def build(stores: RedisStores) -> tuple[WindowStore, RebuildStore]:
        windows, builder = stores.windows(), stores.rebuilds()
        await windows.add([contribution_of(scored(number)) for number in range(5000, 5030)], {})
        await windows.add(rows[:80], {})
        assert await builder.begin(None)
        for at in range(0, 100, 17):
            await builder.count(rows[at : min(at + 17, 100)])
            await windows.add(rows[80 : 80 + at // 3], {})
        await windows.add(rows[80:], {})
        return windows, builder

    async def work() -> None:
        one, at_one = await build(RedisStores(client, Layout(f"{name}-one")))
        await at_one.switch({})
        windows, builder = await build(RedisStores(client, layout))
        assert isinstance(builder, SpreadRebuildStore)
        cut = pick.sample(builder._shards, pick.randint(1, shards))
        for shard in cut:
            cast(Any, shard).take_over = _cut
        with pytest.raises(CutError):
            await builder.switch({})
        await builder.abandon()
        survivor = RedisStores(client, layout).rebuilds()
        assert await survivor.emptied()
        assert not await survivor.sweep()
        assert not await survivor.emptied()
        assert await windows.complete()
        assert await survivor.rebuilding() is None
        assert await windows.minutes_and_late(minutes) == await one.minutes_and_late(minutes)
        # Of a process that only stood still: what it was to take over is done.
        for shard in cut:
            del cast(Any, shard).take_over
        await builder.switch({})
        assert await windows.minutes_and_late(minutes) == await one.minutes_and_late(minutes)

    runner.run(work())


async def _cut(*arguments: Any) -> None:
    raise CutError


def test_a_rebuild_that_stood_still_does_not_take_over_what_a_later_one_builds(running: Any) -> None:
    runner, client = running
    layout = Layout(uuid4().hex, 3)
    rows = [contribution_of(scored(number)) for number in range(60)]

    async def work() -> None:
        stores = RedisStores(client, layout)
        windows, first, second = stores.windows(), stores.rebuilds(), stores.rebuilds()
        await windows.add(rows, {})
        before = await windows.minutes({item.minute for item in rows})
        assert await first.begin(None)
        await first.count(rows)
        assert not await second.begin(None)
        for name in layout.all:  # the leases run out
            await client.delete(f"{{{name}}}:rebuild")
        assert await second.begin(None)
        await second.count(rows[:10])
        with pytest.raises(StoreError, match="another rebuild was begun meanwhile"):
            await first.switch({})
        await first.abandon()
        assert await windows.minutes({item.minute for item in rows}) == before
        assert await second.rebuilding() == 10
        await second.count(rows[10:])
        await second.switch({})
        assert await windows.minutes({item.minute for item in rows}) == before

    runner.run(work())


KILLED = """
import asyncio, os, signal, sys
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.spread_windows import SpreadWindowStore
from tests.stream.adapters.redis.test_spread import add, log_of

async def work(url, name, shards, seed, first, last, after):
    async with connected(url) as client:
        store = SpreadWindowStore(client, Layout(name, int(shards)))
        left = [int(after)]
        for shard in store._shards:
            def wrapped(rows, progress, add_rows=shard.add_rows):
                async def run():
                    added = await add_rows(rows, progress)
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return added
                return run()
            shard.add_rows = wrapped
        log = log_of(int(seed), 120)[int(first):int(last)]
        for at in range(0, len(log), 20):
            await add(store, log[at:at + 20])

asyncio.run(work(*sys.argv[1:]))
"""


def test_a_worker_that_is_killed_between_two_shards_leaves_nothing_undone_or_done_twice(cluster: RealCluster) -> None:
    """kill -9 in the middle of a batch, three times; each time another process takes all that was not committed."""
    name, seed, shards = uuid4().hex, 11, 6
    log, url, layout = log_of(seed, 120), cluster.url(name), Layout(name, shards)
    for first, after in ((0, 3), (0, shards + 2), (20, 2 * shards + 4)):
        arguments = (url, name, shards, seed, first, 120, after)
        command, root = [sys.executable, "-c", KILLED, *map(str, arguments)], Path(__file__).parents[4]
        ended = subprocess.run(command, cwd=root, check=False, timeout=300)
        assert ended.returncode == -signal.SIGKILL

    async def work() -> None:
        async with connected(url) as client:
            windows, one = SpreadWindowStore(client, layout), RedisWindowStore(client, f"{name}/one")
            for at in range(20, 120, 30):
                await add(windows, log[at : at + 30])
            await add(one, log)
            expected = await held(client, f"{name}/one")
            del expected["clock"]
            assert put_together(layout, [await held(client, part) for part in layout.parts]) == expected

    asyncio.run(work())


def test_the_shards_lie_on_all_nodes_and_each_holds_its_part_of_the_slots() -> None:
    for shards in (2, 16, 64):
        slots = [key_slot(f"{{{name}}}:days".encode()) for name in Layout("bellwether", shards).parts]
        assert [slot * shards // 16384 for slot in slots] == list(range(shards))
    assert Layout("bellwether").all == Layout("bellwether").parts == ("bellwether",)
    assert len({name for shards in range(1, 65) for name in Layout("b", shards).all}) == 1 + sum(range(3, 66))


def refused(wanted: int, chosen: int) -> Any:
    """Expect a refusal that names both numbers and what to do, and sends nobody to look for a server."""
    said = rf"^setting 'shards' \(BELLWETHER_SHARDS\): {wanted}, but the windows in Redis are kept in {chosen}; .* move"
    return pytest.raises(StoreError, match=said)


def asked(stores: RedisStores) -> list[Callable[[], Awaitable[object]]]:
    """What a worker asks before it counts, decides, or rebuilds."""
    windows, rebuilds = stores.windows(), stores.rebuilds()
    return [windows.progress, windows.complete, rebuilds.emptied, rebuilds.mark, lambda: rebuilds.begin(None)]


def test_a_layout_is_chosen_once_and_only_where_nothing_was_counted(running: Any) -> None:
    runner, client = running
    name, item = uuid4().hex, contribution_of(scored(1))

    async def work() -> None:
        plain, spread = RedisStores(client, Layout(name)), RedisStores(client, Layout(name, 4))
        await plain.windows().add([item], {})
        for work in asked(spread):
            with refused(4, 1):
                await work()
        await client.delete(f"{{{name}}}:days")
        await spread.rebuilds().mark()
        assert await spread.windows().complete()
        for work in asked(RedisStores(client, Layout(name, 5))):
            with refused(5, 4):
                await work()
        for work in asked(plain):
            with refused(1, 4):
                await work()
        # What is left of a layout that was in use before counts for nothing when it is chosen again.
        await client.delete(f"{{{name}}}:layout")
        await LayoutGuard(client, Layout(name, 5)).hold()
        await client.delete(f"{{{name}}}:layout")
        assert await spread.windows().complete() is None
        assert await spread.rebuilds().emptied()

    runner.run(work())


@pytest.mark.parametrize("looks", [1, 2])
def test_who_chooses_the_layout_late_forgets_nothing_of_now(running: Any, looks: int) -> None:
    """It has seen that nothing is chosen, stands still, and meanwhile another worker chooses and marks."""
    runner, client = running
    layout = Layout(uuid4().hex, 4)

    async def work() -> None:
        await client.set(f"{{{layout.parts[2]}}}:complete", "1796000000.1")  # of a time when it was in use before
        late, left = LayoutGuard(client, layout), [looks]
        chosen = late.chosen

        async def slowly() -> int | None:
            found = await chosen()
            left[0] -= 1
            if left[0] == 0:
                await RedisStores(client, layout).rebuilds().mark()
            return found

        cast(Any, late).chosen = slowly
        await late.hold()
        mark = await RedisStores(client, layout).windows().complete()
        assert mark
        assert "1796000000.1" not in mark

    runner.run(work())


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (4, 6)])
def test_windows_are_moved_by_choosing_again(running: Any, before: int, after: int) -> None:
    """There and back again: nothing of the first stay counts in the second, not even a rebuild that had not ended."""
    runner, client = running
    name, rows = uuid4().hex, [contribution_of(scored(number)) for number in range(40)]
    minutes = {item.minute for item in rows}
    old, new = (RedisStores(client, Layout(name, number)) for number in (before, after))

    async def rebuilt(stores: RedisStores, documents: int) -> None:
        builder = stores.rebuilds()
        assert await builder.emptied()
        assert await stores.windows().progress() == {}
        assert await builder.begin(None)
        await builder.count(rows[:documents])
        await builder.switch({})
        assert await stores.windows().complete()
        assert await stores.windows().minutes(minutes) == recount(rows[:documents])

    async def work() -> None:
        guard, back = LayoutGuard(client, new.layout), LayoutGuard(client, old.layout)
        assert await guard.chosen() is await guard.move() is None
        await old.rebuilds().mark()
        await old.windows().add(rows[:20], {"news/0 scored/0": Progress(1, 2, 3)})
        assert await old.rebuilds().begin(None)
        assert await back.check() == before
        assert await back.move() is None
        with refused(after, before):
            await guard.check()
        assert await guard.move() == before
        assert await guard.check() == after
        assert await guard.move() is None
        for work in asked(old):
            with refused(before, after):
                await work()
        await rebuilt(new, 30)
        assert await back.move() == after
        for work in asked(new):
            with refused(after, before):
                await work()
        await rebuilt(old, 40)

    runner.run(work())


def test_evidence_and_history_are_found_in_all_shards(running: Any) -> None:
    runner, client = running
    layout = Layout(uuid4().hex, 4)
    rows: list[Contribution] = [contribution_of(*item) for item in log_of(3, 60)]

    async def work() -> None:
        stores = RedisStores(client, layout)
        windows, history, queue = stores.windows(), stores.history(), stores.erasures()
        await windows.add(rows, {})
        places = [(item.member.id, item.member.millisecond) for item in rows]
        assert all(await history.counted(places))
        assert await history.counted([("another", places[0][1])]) == [False]
        hours = sorted({item.minute // 60 for item in rows})
        assert await history.holds([hours[0] - 5, *hours]) == [False, *[True] * len(hours)]
        minutes = {item.minute for item in rows}
        pool = await windows.pool(minutes)
        wanted = {item.id for row in pool.values() for items in row.values() for item in items}
        gone = sorted(wanted)[: len(wanted) // 2]
        assert gone
        assert await queue.remove({name: frozenset(minutes) for name in gone}) >= len(gone)
        left = await windows.pool(minutes)
        assert {item.id for row in left.values() for items in row.values() for item in items} == wanted - set(gone)
        await stores.answer()
        assert (await stores.memory()).used > 0

    runner.run(work())


def test_a_shard_gets_the_id_alone_of_a_document_of_which_it_holds_no_series() -> None:
    one, late = contribution_of(scored(1)), replace(contribution_of(scored(2)), late=True)
    layout = Layout("b", 16)
    for at, rows in enumerate(rows_by_shard([one, late, late], layout)):
        documents, others = map(msgspec.msgpack.decode, rows)
        is_held = layout.shard_of(one.series[0]) == at
        assert others == ({} if is_held else {str(one.minute // 1440): one.document})
        assert [row[0] for row in documents] == [one.document] * is_held + [late.document] * 2
