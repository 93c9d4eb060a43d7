"""Redis that comes back older: a dump of before, put in its place while it was down. On a real Valkey."""

import asyncio
import random
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import msgspec
import pytest

from models.classifier import Prediction
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import client_of, close
from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.embedded import Valkey
from stream.errors import BrokerError, StoreError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.progress.liveness import Offsets, Partition, Position
from stream.pipeline.progress.proofs import RAW, SCORED, ConsumerPosition, Prover
from stream.pipeline.progress.watermark import ProgressTracker
from stream.pipeline.rules import Rule
from stream.pipeline.windows.continuity import ContinuityStore, ServerRun
from stream.pipeline.windows.rebuild import Logged
from stream.worker.continuity import Continuity, Part, spans_of
from stream.worker.log_records import LogSource, contributions
from stream.worker.stages import Detect, Guard, Project
from stream.worker.stages.guard import COMMITTED_WITHIN, LOOK_EVERY
from tests.clusters import Node, RealCluster, killed, until
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.continuity import FakeContinuityStore
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import recount
from tests.postgres import opened_engine
from tests.stream.worker.test_stages import NOW, _crisis
from tests.stream.worker.test_window_rebuild import SPAN, _Log, _log, _read

OnStore = Callable[[Callable[[ContinuityStore], Awaitable[None]]], None]
Records = Sequence[tuple[int, ScoredDocument]]


class _Deployment:
    """A worker by hand: its clients, how far each partition was read and committed, its guard with a clock by hand."""

    def __init__(self, server: Valkey | None, log: Records, name: str = "", shards: int = 1, url: str = "") -> None:
        self.server, self.log, self.url = server, _Log(log), url
        self.layout = Layout(name or uuid4().hex, shards)
        self.offsets: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self.now, self.broker_is_there = 0.0, True
        self.connect()

    def connect(self, url: str | None = None) -> None:
        """Connect, anew after the server was started again."""
        self.client = client_of(url or self.url or cast(Valkey, self.server).url)
        stores = RedisStores(self.client, self.layout)
        self.windows, self.rebuilds = stores.windows(), stores.rebuilds()
        parts = [Part(*part) for part in stores.parts()]
        self.follow = parts[0].store
        self.continuity = Continuity(LogSource(self.log), self.windows, parts, FakeStoryStore())
        self.guard = Guard(
            self.continuity, self.rebuilds, (self, "g"), timedelta(hours=999), lambda: NOW, lambda: self.now
        )

    def read(self) -> dict[str, Offsets]:
        """As the broker tells them."""
        if not self.broker_is_there:
            raise BrokerError("it does not answer")
        ends = self.committed | self.offsets
        found = {Partition("t", number): Position(self.committed.get(number), end) for number, end in ends.items()}
        return {"g": Offsets(found)}

    def close(self) -> None:
        """Nothing to close."""

    async def handle(self, records: Records, commit: bool = True, size: int = 25) -> None:
        """Take records as the stage aggregate does."""
        for at in range(0, len(records), size):
            read = [(self._logged(*item), item[1]) for item in records[at : at + size]]
            spans = spans_of((record.partition, record.offset) for record, _ in read)
            await self.continuity.precede(spans)
            tracker = ProgressTracker(await self.windows.progress())
            rows = contributions(self.continuity.source, read, tracker)
            await self.windows.add(rows, tracker.moved, tracker.pace)
            await self.continuity.reach(spans)
            if commit:
                self.commit()

    def commit(self) -> None:
        """Commit all that was handled."""
        self.committed = dict(self.offsets)

    def _logged(self, partition: int, document: ScoredDocument) -> Logged:
        offset = self.offsets.get(partition, 0)
        self.offsets[partition] = offset + 1
        return Logged(partition, milliseconds(document.published_at), b"", offset=offset)

    async def look(self, seconds: float = 0.0) -> None:
        """Let the guard tick, so much later."""
        self.now += seconds
        await self.guard.tick()

    async def stop(self, copy: Path, older: Path | None = None) -> None:
        """Stop the server, keep a copy of what it holds, put an older one in its place, and start it again."""
        await close(self.client)
        assert self.server is not None
        self.server.stop()
        held = self.server.folder / "appendonlydir"
        shutil.copytree(held, copy)
        if older is not None:
            shutil.rmtree(held)
            shutil.copytree(older, held)
        self.server.start()
        self.connect()


@pytest.fixture
def server(tmp_path: Path) -> Valkey:
    return Valkey(tmp_path / "valkey")


def _of_many_topics(log: Records) -> list[tuple[int, ScoredDocument]]:
    """The log, its documents in the series of 29 topics."""
    return [
        (part, msgspec.structs.replace(item, topic=Prediction(f"Topic {int(item.id[1:]) % 29}", {})))
        for part, item in log
    ]


@pytest.mark.parametrize("shards", [1, 3])
def test_all_comes_to_be_what_it_would_have_been(server: Valkey, tmp_path: Path, database: str, shards: int) -> None:
    """Windows, late documents and rows equal a plain recount, though the store lost a third and the stream went on."""
    log = _of_many_topics(_log(900))
    expected = recount(_read(log))

    async def work() -> None:
        async with AsyncExitStack() as stack:
            stack.enter_context(server)
            one = _Deployment(server, log, shards=shards)
            engine = await stack.enter_async_context(opened_engine(database))
            rows = PostgresSeriesStore(engine)
            await one.look()
            await one.handle(log[:300])
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[300:600])
            while await Project(one.windows, rows).tick():
                pass
            before = await rows.minutes(SPAN.start, SPAN.stop)
            await one.stop(tmp_path / "second", tmp_path / "first")
            # Nothing is written or decided from what came back, and the stream goes on at once.
            assert await one.windows.complete() is None
            assert not await Project(one.windows, rows).tick()
            with pytest.raises(StoreError, match="started again"):
                await one.guard.check()
            await one.handle([item for item in log[600:] if item[0] != 1])
            assert not await Project(one.windows, rows).tick()
            assert await rows.minutes(SPAN.start, SPAN.stop) == before
            # Partition 1 brings nothing more: that it lacks something only the guard can find.
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            await one.guard.check()
            await one.handle([item for item in log[600:] if item[0] == 1])
            assert await one.windows.minutes(SPAN) == expected
            while await Project(one.windows, rows).tick():
                pass
            assert await rows.minutes(SPAN.start, SPAN.stop) == expected
            late = await one.windows.late(SPAN)
            assert sum(sum(row.values()) for row in late.values()) == sum(item.late for item in _read(log)) > 10
            await close(one.client)

    asyncio.run(work())


def test_shards_that_lose_what_the_others_have_are_made_whole(cluster: RealCluster) -> None:
    """A node of a cluster dies while its replica lags: of some series and of no others the last documents are gone."""
    log, shards = _of_many_topics(_log(600)), 9
    primary, replica = cluster.pair()
    name = cluster.name_on(cluster.nodes[1])

    async def work() -> None:
        one = _Deployment(None, log, name, shards, cluster.url(name))
        await one.look()
        await one.handle(log[:300])
        cluster.settled()
        # The replica is cut off, and the stream goes on.
        replica.ask("CONFIG", "SET", "masterauth", "wrong")
        primary.ask("CLIENT", "KILL", "TYPE", "replica")
        until(lambda: replica.ask("ROLE")[3] != "connected")
        await one.handle(log[300:450])
        there = await one.windows.minutes(SPAN)
        await one.look()
        await one.look(COMMITTED_WITHIN)
        assert await one.windows.complete()
        await asyncio.to_thread(_die, primary, replica)
        cluster.settled()
        await close(one.client)
        one.connect()
        lost = await one.windows.minutes(SPAN)
        assert lost != there
        kept = {(minute, series) for minute, row in there.items() for series in row if lost.get(minute) == row}
        assert kept
        assert await one.windows.complete() is None
        # Of two partitions documents come at once; what the third one lacks only the guard can find.
        await one.handle([item for item in log[450:] if item[0] != 1])
        await one.look()
        await one.look(COMMITTED_WITHIN)
        assert await one.windows.complete()
        await one.handle([item for item in log[450:] if item[0] == 1])
        assert await one.windows.minutes(SPAN) == recount(_read(log))
        late = await one.windows.late(SPAN)
        assert sum(sum(row.values()) for row in late.values()) == sum(item.late for item in _read(log)) > 10
        await close(one.client)

    asyncio.run(work())


def _die(primary: Node, replica: Node) -> None:
    """The primary dies and comes back when the replica has taken over."""
    with killed(primary):
        replica.ask("CONFIG", "SET", "masterauth", "")
        until(lambda: replica.is_primary)


def test_decisions_are_those_of_a_store_that_was_never_set_back(server: Valkey, tmp_path: Path) -> None:
    """A third of a crisis is lost while the detector is in the middle of it."""
    log = [(0, document) for document in _crisis()]

    async def work() -> None:
        with server:
            one, alerts, alone = _Deployment(server, log), FakeAlertStore(), FakeAlertStore()
            await one.look()
            await one.handle(log[:295])
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[295:315])
            await one.stop(tmp_path / "second", tmp_path / "first")
            detect = Detect(lambda: [Rule()], one.windows, alerts, ["webhook"], clock=lambda: NOW)
            assert not await detect.tick()
            await one.handle(log[315:])
            assert not await detect.tick()
            assert await alerts.load(Rule().name) == (0, None)
            await one.look()
            assert not await detect.tick()
            await one.look(COMMITTED_WITHIN)
            while await detect.tick():
                pass
            calm = _Deployment(server, log)
            await calm.look()
            await calm.handle(log)
            undisturbed = Detect(lambda: [Rule()], calm.windows, alone, ["webhook"], clock=lambda: NOW)
            while await undisturbed.tick():
                pass
            assert len(await alone.alerts(None, 10)) == 1
            assert await alerts.alerts(None, 10) == await alone.alerts(None, 10)
            assert (await alerts.load(Rule().name))[1] == (await alone.load(Rule().name))[1]
            await close(one.client)
            await close(calm.client)

    asyncio.run(work())


class _Interrupted:
    """The windows of a deployment, whatever they are now, of which once the server goes back between two questions."""

    def __init__(self, one: _Deployment) -> None:
        self._one = one
        self.goes_back: Callable[[], Awaitable[None]] | None = None
        self.is_mended: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one.windows, name)

    async def changes_since(self, change: Any) -> Any:
        if self.goes_back is not None:
            await self.goes_back()
            self.goes_back = None
        return await self._one.windows.changes_since(change)

    async def counts(self, *asked: int) -> Any:
        found = await self._one.windows.counts(*asked)
        if self.is_mended is not None:
            await self.is_mended()
            self.is_mended = None
        return found


def test_a_server_that_goes_back_and_is_mended_within_a_tick_hides_no_surge(server: Valkey, tmp_path: Path) -> None:
    log, begins = [(0, document) for document in _crisis()], 288

    async def work() -> None:
        with server:
            one, alerts = _Deployment(server, log), FakeAlertStore()
            windows = _Interrupted(one)
            detect = Detect(lambda: [Rule()], cast(Any, windows), alerts, ["webhook"], clock=lambda: NOW)
            await one.look()
            await one.handle(log[:begins])
            while await detect.tick():
                pass
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[begins:])

            async def mended() -> None:
                await one.look()
                await one.look(COMMITTED_WITHIN)
                assert await one.windows.complete()

            windows.goes_back = lambda: one.stop(tmp_path / "second", tmp_path / "first")
            windows.is_mended = mended
            while windows.is_mended is not None:
                await detect.tick()
            while await detect.tick():
                pass
            assert len(await alerts.alerts(None, 10)) == 1
            await close(one.client)

    asyncio.run(work())


@pytest.mark.parametrize("shards", [1, 3])
def test_a_store_that_was_set_back_has_another_mark_when_it_is_whole(server: Valkey, shards: int) -> None:
    """Also where it was set back by hand, in one run of the server, and by a worker of before, which wrote the run."""
    log = _of_many_topics(_log(100))

    async def work() -> None:
        with server:
            one = _Deployment(server, log, shards=shards)
            await one.look()
            await one.handle(log)
            first = await one.windows.complete()
            assert first
            for name in one.layout.all:
                await one.client.set(f"{{{name}}}:sure", (await one.follow.server_run()).run)
            of_before = await one.windows.complete()
            assert of_before
            await one.client.hset(f"{{{one.layout.parts[-1]}}}:reached", "2", 3)
            await one.look(LOOK_EVERY)
            assert await one.windows.complete() is None
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete() not in (None, first, of_before)
            await close(one.client)

    asyncio.run(work())


@pytest.mark.parametrize("known", [True, False], ids=["from the start", "added later"])
def test_the_first_batch_of_a_partition_is_missed_too(server: Valkey, tmp_path: Path, known: bool) -> None:
    log = _log(100, partitions=1)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            if known:
                one.offsets[0] = 0  # The broker tells of the partition, which is empty.
            await one.look()
            assert await one.follow.reached() == ({0: 0} if known else {})
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[:40])
            await one.stop(tmp_path / "second", tmp_path / "first")
            await one.handle(log[40:])
            assert await one.windows.minutes(SPAN) == recount(_read(log))
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            await close(one.client)

    asyncio.run(work())


@pytest.mark.parametrize("shards", [1, 3])
def test_no_worker_proves_what_it_had_handled_and_the_store_has_lost(
    server: Valkey, tmp_path: Path, shards: int
) -> None:
    """It dies before it commits that, and who comes after it finds nothing missing by what was committed."""
    log = _of_many_topics(_log(100, partitions=1))
    counts = {RAW: {"bellwether.news": 1}, SCORED: {"bellwether.scored": 1}}

    async def prove(one: _Deployment, provers: Mapping[str, Prover]) -> None:
        store = RedisStores(one.client, one.layout).proofs()
        for kind, partition in ((RAW, "bellwether.news/0"), (SCORED, "0")) * 3:
            position = ConsumerPosition(100, 100, time.monotonic() + 1, None, 100)
            baseline = await store.prove(kind, counts[kind], provers[kind].find_proven({partition: position}))
            provers[kind].set_baseline(baseline, time.monotonic())

    async def work() -> None:
        with server:
            one, provers = _Deployment(server, log, shards=shards), {RAW: Prover(), SCORED: Prover()}
            await one.look()
            await one.handle(log[:50])
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[50:], commit=False)
            await one.stop(tmp_path / "second", tmp_path / "first")
            await prove(one, provers)
            one.offsets = dict(one.committed)
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            await prove(one, provers)
            assert (await one.windows.event_time()).proofs == {}
            await one.handle(log[50:])
            await prove(one, provers)
            assert (await one.windows.event_time()).proofs
            await close(one.client)

    asyncio.run(work())


def test_what_one_shard_has_the_others_have_before_anything_is_decided(server: Valkey) -> None:
    """A shard's server comes back older, and what was added since was not committed: the worker has died."""
    log = _of_many_topics(_log(100, partitions=1))

    async def work() -> None:
        with server:
            one = _Deployment(server, log, shards=3)
            await one.look()
            await one.handle(log[:50])
            client: Any = one.client
            older = {key: await client.dump(key) async for key in client.scan_iter(f"{{{one.layout.parts[1]}}}*")}
            await one.handle(log[50:], commit=False)
            whole = await one.windows.minutes(SPAN)
            await client.delete(*[key async for key in client.scan_iter(f"{{{one.layout.parts[1]}}}*")])
            for key, value in older.items():
                if not key.endswith(b":sure"):
                    await client.restore(key, 0, value)
            assert await one.windows.minutes(SPAN) != whole
            one.offsets = dict(one.committed)
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            assert await one.windows.minutes(SPAN) == whole == recount(_read(log))
            await close(one.client)

    asyncio.run(work())


def test_event_time_moves_when_all_shards_have_what_was_missing(server: Valkey) -> None:
    """Batches were finished and not committed when the store went back, and the worker goes on behind them."""
    log = _of_many_topics(_log(120, partitions=1))

    async def work() -> None:
        with server:
            one = _Deployment(server, log, shards=3)
            await one.look()
            await one.handle(log[:50])
            moved = (await one.windows.event_time()).progress
            seen: list[Any] = []
            for part in one.continuity.parts:
                cast(Any, part.windows).add = _looking(part.windows.add, one, seen)
            one.offsets[0] = 100
            await one.handle(log[100:])
            assert seen == [(moved, None)] * 4  # Of the control, too, which is the last.
            assert await one.windows.minutes(SPAN) == recount(_read(log))
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            await close(one.client)

    asyncio.run(work())


def _looking(add: Any, one: _Deployment, seen: list[Any]) -> Any:
    """Return ``add`` that notes before what the detector would see."""

    async def noted(*given: Any) -> Any:
        seen.append(((await one.windows.event_time()).progress, await one.windows.complete()))
        return await add(*given)

    return noted


def test_what_is_committed_late_is_waited_for(server: Valkey, tmp_path: Path) -> None:
    """What a batch added just before the server went down is committed only after it is back."""
    log = _log(200, partitions=1)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            await one.look()
            await one.handle(log[:100])
            await one.stop(tmp_path / "first")
            await one.look()
            await one.look(COMMITTED_WITHIN)
            await one.handle(log[100:], commit=False)
            await one.stop(tmp_path / "second", tmp_path / "first")
            await one.look()  # What is committed by now is all there.
            assert await one.windows.complete() is None
            one.commit()
            await one.look(COMMITTED_WITHIN - 1)
            await one.look(1)
            assert await one.windows.complete()
            assert await one.windows.minutes(SPAN) == recount(_read(log))
            await close(one.client)

    asyncio.run(work())


def test_an_older_state_without_a_restart_is_found_within_seconds(server: Valkey) -> None:
    log = _log(100)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            await one.look()
            await one.handle(log)
            await one.client.hset(f"{{{one.layout.name}}}:reached", "2", 3)
            await one.look(LOOK_EVERY)
            assert await one.windows.complete() is None
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            assert await one.windows.minutes(SPAN) == recount(_read(log))
            await close(one.client)

    asyncio.run(work())


def test_a_broker_that_is_away_ends_no_worker_whose_windows_are_sure(server: Valkey) -> None:
    log = _log(100)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            await one.look()
            await one.handle(log)
            one.broker_is_there = False
            await one.look(LOOK_EVERY)
            assert await one.windows.complete()
            # In a new run of the server nobody can say what it lacks, without the broker.
            await one.client.delete(f"{{{one.layout.name}}}:sure")
            with pytest.raises(BrokerError):
                await one.look()
            one.broker_is_there = True
            await one.look()
            await one.look(COMMITTED_WITHIN)
            assert await one.windows.complete()
            await close(one.client)

    asyncio.run(work())


@pytest.mark.parametrize("seed", range(5))
def test_in_normal_running_nothing_is_ever_missing(server: Valkey, seed: int) -> None:
    """Two workers, killed at any step, read on from what was committed, or from long before."""
    log, pick = _log(400), random.Random(seed)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            other = _Deployment(server, log, one.layout.name)
            assert await one.follow.behind({}) == {}
            for _ in range(60):
                worker = pick.choice([one, other])
                if pick.random() < 0.3:  # it gets the partition, or is started again
                    worker.offsets = dict(worker.committed)
                if pick.random() < 0.1:  # somebody sets the group back
                    one.committed = other.committed = {number: at // 2 for number, at in one.committed.items()}
                    worker.offsets = dict(worker.committed)
                partition = pick.randrange(3)
                start = worker.offsets.get(partition, 0)
                records = [item for item in log if item[0] == partition][start : start + pick.randrange(1, 30)]
                spans = {partition: range(start, start + len(records))}
                assert await worker.follow.missing(spans) == {}
                await worker.handle(records, commit=False)
                if pick.random() < 0.7:
                    one.committed[partition] = other.committed[partition] = worker.offsets.get(partition, 0)
                assert await one.follow.behind(one.committed) == {}
            await close(one.client)
            await close(other.client)

    asyncio.run(work())


@pytest.fixture(params=["fake", "real"])
def followed(request: pytest.FixtureRequest, server: Valkey) -> OnStore:
    async def run(work: Callable[[ContinuityStore], Awaitable[None]]) -> None:
        if request.param == "fake":
            await work(FakeContinuityStore())
            return
        with server:
            client = client_of(server.url)
            await work(RedisContinuityStore(client, uuid4().hex))
            await close(client)

    return lambda work: asyncio.run(run(work))


def test_a_store_from_before_partitions_were_followed_lacks_nothing(followed: OnStore) -> None:
    async def work(store: ContinuityStore) -> None:
        assert await store.behind({0: 70, 1: 5}) == {}
        assert await store.behind({0: 70, 1: 5}) == {}
        await store.reach({0: range(70, 75)})
        assert await store.behind({0: 76, 1: 5, 2: 1}) == {0: range(75, 76), 2: range(1)}

    followed(work)


def test_a_store_that_is_set_back_between_two_steps_is_not_taken_for_whole(followed: OnStore) -> None:
    async def work(store: ContinuityStore) -> None:
        assert await store.missing({}) == await store.missing({0: range(5, 9)}) == {}
        await store.reach({0: range(5)})
        with pytest.raises(StoreError, match="set back while partition 0"):
            await store.reach({1: range(3), 0: range(7, 9)})
        assert await store.missing({0: range(9, 10), 1: range(3, 4)}) == {0: range(5, 9)}
        await store.begin({0: 9, 1: 1})
        assert await store.missing({0: range(9, 10), 1: range(3, 4)}) == {}

    followed(work)


def test_of_a_partition_that_nobody_has_reached_nothing_was_added(followed: OnStore) -> None:
    async def work(store: ContinuityStore) -> None:
        await store.begin({0: 0})
        assert await store.missing({0: range(9), 1: range(9)}) == {}
        assert await store.missing({0: range(5, 9), 1: range(3, 9)}) == {0: range(5), 1: range(3)}
        for partition in (0, 1):
            with pytest.raises(StoreError, match=f"set back while partition {partition}"):
                await store.reach({partition: range(5, 9)})
        await store.reach({0: range(9), 1: range(9)})
        assert await store.reached() == {0: 9, 1: 9}

    followed(work)


def test_a_run_of_the_server_is_sure_when_it_was_confirmed_and_nothing_is_missing(followed: OnStore) -> None:
    async def work(store: ContinuityStore) -> None:
        run = (await store.server_run()).run
        assert not (await store.server_run()).sure
        await store.confirm("another")
        assert not (await store.server_run()).sure
        await store.confirm(run)
        assert await store.server_run() == ServerRun(run, True)
        await store.reach({0: range(5)})
        assert await store.behind({0: 5}) == {}
        assert (await store.server_run()).sure
        assert await store.behind({0: 6}) == {0: range(5, 6)}
        assert not (await store.server_run()).sure
        await store.confirm(run)
        await store.doubt()
        assert not (await store.server_run()).sure

    followed(work)


@pytest.mark.parametrize("rights", ["+info", ""])
def test_a_user_that_may_not_ask_for_the_run_is_served(server: Valkey, rights: str) -> None:
    """With the rights that docs/windows.md names, and without the one to ask; then a loss shows at the next look."""
    log = _log(60)

    async def work() -> None:
        with server:
            one = _Deployment(server, log)
            named = f"on >x ~{{{one.layout.name}}}* +@read +@write +@scripting +time {rights} +command".split()
            asked: Any = one.client
            await asked.execute_command("ACL", "SETUSER", "few", *named)
            await close(one.client)
            host = server.url.rpartition("@")[2]
            one.connect(f"redis://few:x@{host}")
            await one.look()
            await one.handle(log)
            assert (await one.follow.server_run()).sure
            assert bool((await one.follow.server_run()).run) is bool(rights)
            assert await one.windows.complete()
            one.committed[0] = one.offsets[0] + 1
            await one.look(LOOK_EVERY)
            assert await one.windows.complete() is None
            await close(one.client)

    asyncio.run(work())
