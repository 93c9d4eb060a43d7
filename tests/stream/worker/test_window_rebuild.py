"""Windows rebuilt from the log, on a real Valkey: equal to a plain recount, beside a running stream, after a loss."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import msgspec
import pytest

from models.classifier import Prediction
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import Client, connected
from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.spread_rebuild import SpreadRebuildStore
from stream.adapters.redis.spread_windows import SpreadWindowStore
from stream.adapters.redis.stores import RedisStores
from stream.adapters.redis.story_store import RedisStoryStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import BrokerError, StoreError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import Origin, ScoredDocument
from stream.pipeline.progress.liveness import Offsets, Partition, Position
from stream.pipeline.progress.watermark import Progress, ProgressTracker, Stamp
from stream.pipeline.rules import Rule
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.units import DAY
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.rebuild import Logged, RebuildStore
from stream.pipeline.windows.store import WindowStore
from stream.worker.continuity import Continuity, Part
from stream.worker.log_records import LogSource
from stream.worker.stages import Detect, Guard, Project
from stream.worker.window_rebuild import project_again, rebuild_windows
from tests.contracts.windows import scored
from tests.fakes.alerts import FakeAlertStore, FakeSeriesStore
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import recount
from tests.postgres import opened_engine
from tests.stream.worker.test_stages import NOW, _crisis, _detect

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
FIRST = milliseconds(START) // 60_000
SPAN = range(FIRST - 60, FIRST + 12 * 60)
LATE = timedelta(minutes=40)
Stores = tuple[WindowStore, RebuildStore]


def _log(count: int, partitions: int = 3) -> list[tuple[int, ScoredDocument]]:
    """Documents of eight hours around midnight, in disorder: one in nine is written twice, one in fifty is late."""
    pick, log = random.Random(count), []
    for number in range(count):
        at = START + timedelta(hours=8) * number / count + timedelta(seconds=pick.uniform(-200, 200))
        if number % 50 == 49:
            at -= LATE
        partition = number % partitions
        log += [(partition, _document(number, at, partition))] * (2 if number % 9 == 0 else 1)
    return log


def _document(number: int, at: datetime, partition: int) -> ScoredDocument:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    origin = Origin("bellwether.news", partition, number, milliseconds(at) + 1000)
    changes = {"source": f"s{number % 7}", "story": f"story {number % 23}", "topic": Prediction("Macro", {})}
    return scored(number, published_at=at, origin=origin, **changes)


def _read(log: Sequence[tuple[int, ScoredDocument]], late_for: int = 900_000) -> list[Contribution]:
    """Say plainly what the log adds: each partition in its order, the first record of an id alone."""
    tracker = ProgressTracker({}, late_for)
    found: dict[str, Contribution] = {}
    for partition, document in log:
        late = tracker.advance(document, Stamp(partition, milliseconds(document.published_at), by_broker=False))
        found.setdefault(document.id, replace(contribution_of(document), late=late))
    return list(found.values())


class _Log:
    """The log by hand; ``meanwhile`` happens in the middle of the reading."""

    def __init__(self, log: Sequence[tuple[int, ScoredDocument]], meanwhile: Callable[[], None] = lambda: None) -> None:
        self.log, self.meanwhile, self.since = list(log), meanwhile, -1

    def read(self, since: int) -> Iterator[list[Logged]]:
        self.since = since
        for at in range(0, len(self.log), 100):
            yield [
                Logged(number, milliseconds(document.published_at), msgspec.json.encode(document))
                for number, document in self.log[at : at + 100]
            ]
            self.meanwhile()

    def begins(self) -> int:
        return min((milliseconds(document.published_at) for _, document in self.log), default=0)

    def between(self, partition: int, offsets: range) -> Iterator[list[Logged]]:
        """A partition's offsets count its own documents."""
        own = [document for number, document in self.log if number == partition]
        for at in range(offsets.start, min(offsets.stop, len(own)), 100):
            yield [
                Logged(
                    partition, milliseconds(own[offset].published_at), msgspec.json.encode(own[offset]), offset=offset
                )
                for offset in range(at, min(at + 100, offsets.stop, len(own)))
            ]
            yield []


class _Broken(_Log):
    def read(self, since: int) -> Iterator[list[Logged]]:
        yield from super().read(since)
        raise BrokerError("away")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


def _of_deployment(client: Client, windows: WindowStore) -> RedisStores:
    if isinstance(windows, SpreadWindowStore):
        return RedisStores(client, windows._layout)
    return RedisStores(client, Layout(cast(RedisWindowStore, windows)._prefix.strip("{}")))


def _continuity(client: Client, windows: WindowStore, log: Sequence[tuple[int, ScoredDocument]]) -> Continuity:
    parts = [Part(*part) for part in _of_deployment(client, windows).parts()]
    return Continuity(LogSource(_Log(log)), windows, parts, FakeStoryStore())


def _prefixes(client: Client, windows: WindowStore) -> list[str]:
    """What the keys of all parts begin with."""
    return [f"{{{name}}}" for name in _of_deployment(client, windows).layout.all]


async def _keys(client: Client, windows: WindowStore, pattern: str) -> list[bytes]:
    return [key for name in _prefixes(client, windows) async for key in client.scan_iter(f"{name}:{pattern}")]


Opened = Callable[[Callable[[Client, Stores], Awaitable[Any]]], Any]


@pytest.fixture(params=[("one server", 1), ("cluster", 1), ("one server", 3), ("cluster", 5)], ids=str)
def opened(request: pytest.FixtureRequest) -> Opened:
    """On one server and on a cluster, in one place and spread over shards."""
    name, (servers, shards) = uuid4().hex, request.param
    if servers == "cluster":
        url = request.getfixturevalue("cluster").url(name)
    else:
        url = request.getfixturevalue("valkey").url

    async def run(work: Callable[[Client, Stores], Awaitable[Any]]) -> None:
        async with connected(url) as client:
            stores = RedisStores(client, Layout(name, shards))
            await work(client, (stores.windows(), stores.rebuilds()))

    return lambda work: asyncio.run(run(work))


def test_what_is_rebuilt_equals_a_plain_recount_of_shuffled_repeated_and_late_documents(opened: Opened) -> None:
    log = _log(900)
    expected = _read(log)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        rebuilt = await rebuild_windows(LogSource(_Log(log)), store, None, 0)
        assert rebuilt is not None
        assert rebuilt.documents == 900
        assert rebuilt.days == (FIRST // DAY, FIRST // DAY + 1)
        assert await windows.minutes(SPAN) == recount(expected)
        late = await windows.late(SPAN)
        assert sum(sum(row.values()) for row in late.values()) == sum(item.late for item in expected) > 10
        minutes = {item.minute for item in expected}
        days = {minute - minute % DAY for minute in minutes}  # as a bound, in the step in which the days are switched
        assert set(await windows.changed(5000)) == minutes | days

    opened(work)


def test_the_stream_goes_on_meanwhile_and_nothing_is_lost_or_counted_twice(opened: Opened) -> None:
    log = _log(600)
    everything = _read(log)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await windows.add(everything[:350], {})
        live = iter([everything[at : at + 40] for at in range(350, 600, 40)])
        loop = asyncio.get_running_loop()

        def meanwhile() -> None:
            if (batch := next(live, None)) is not None:
                asyncio.run_coroutine_threadsafe(windows.add(batch, {}), loop).result()

        before = await windows.minutes(SPAN)
        # The log ends where it ended when the reading began; what comes later comes through the stream alone.
        days = [FIRST // DAY, FIRST // DAY + 1]
        reading = _Log(log[:400], meanwhile)
        rebuilt = await rebuild_windows(LogSource(reading), store, days, 0)
        for batch in live:
            await windows.add(batch, {})
        assert rebuilt is not None
        assert await windows.minutes(SPAN) == recount(everything) != before

    opened(work)


def test_days_before_stay_and_wrong_windows_are_put_right_in_postgres_too(opened: Opened) -> None:
    log = _log(300)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        series = FakeSeriesStore()
        wrong = [contribution_of(_document(number, START + timedelta(hours=5), 0)) for number in range(5000, 5050)]
        await windows.add([*_read(log), *wrong], {})
        await project_again(windows, series, [FIRST // DAY, FIRST // DAY + 1])
        day = FIRST // DAY + 1
        rebuilt = await rebuild_windows(LogSource(_Log(log)), store, [day], 0)
        assert rebuilt is not None
        assert rebuilt.days == (day,)
        assert await windows.minutes(SPAN) == recount(_read(log))
        assert await series.minutes(SPAN.start, SPAN.stop) != recount(_read(log))
        await project_again(windows, series, rebuilt.days)
        assert await series.minutes(SPAN.start, SPAN.stop) == recount(_read(log))

    opened(work)


class _Littered(_Log):
    """The log, with what others wrote to the topic among it."""

    def read(self, since: int) -> Iterator[list[Logged]]:
        bad = [b"", b"nonsense", b"\xff", b"[" * 50_000, b'{"id": "", "source": "s"}']
        bad.append(msgspec.json.encode({**msgspec.to_builtins(self.log[0][1]), "sentiment": {"label": "odd"}}))
        for batch in super().read(since):
            yield [*batch, *(Logged(0, batch[0].timestamp, value) for value in bad)]


class _Picky:
    """A store that cannot count every tenth document; all else is the store's."""

    def __init__(self, store: RebuildStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def count(self, contributions: Sequence[Contribution]) -> int:
        if any(item.member.id.endswith("7") for item in contributions):
            raise OverflowError("int too big to convert")
        return await self._store.count(contributions)


def test_what_the_stream_could_not_count_is_left_out_and_ends_no_rebuild(opened: Opened) -> None:
    log = _log(60)
    sevens = {document.id for _, document in log if document.id.endswith("7")}

    def entries_in(text: str) -> list[Any]:
        if text == log[0][1].content:
            raise RecursionError("too deep")
        return []

    async def work(client: Client, stores: Stores) -> None:
        rebuilt = await rebuild_windows(LogSource(_Littered(log), entries_in), cast(Any, _Picky(stores[1])), None, 0)
        assert rebuilt is not None
        unmatched = {document.id for _, document in log if document.content == log[0][1].content}
        assert rebuilt.documents == 60 - len(sevens | unmatched) < 60

    opened(work)


def test_rows_say_what_was_late_and_a_rebuild_with_a_larger_lateness_counts_it(opened: Opened, database: str) -> None:
    log = _log(400)
    days = [FIRST // DAY, FIRST // DAY + 1]

    async def rows(store: PostgresSeriesStore) -> tuple[int, int]:
        """Return the documents that counted, and those that were late, over all minutes."""
        counted, late = await store.minutes(SPAN.start, SPAN.stop), await store.late(SPAN.start, SPAN.stop)
        assert len(late) == sum(item for row in late.values() for item in row.values())  # one a minute, as _log has it
        return sum(bucket.documents for row in counted.values() for bucket in row.values()), len(late)

    async def work(client: Client, stores: Stores) -> None:
        async with opened_engine(database) as engine:
            windows, store = stores
            series = PostgresSeriesStore(engine)
            await store.mark()
            await windows.add(_read(log), {})
            project = Project(windows, series)
            while await project.tick():
                pass
            assert await rows(series) == (392, 8)
            # By the stage alone, as after a loss, and by the command, which replaces whole days.
            for late_for, expected in ((3_600_000, (400, 0)), (900_000, (392, 8))):
                assert await rebuild_windows(LogSource(_Log(log), late_for=late_for), store, None, 0)
                while await project.tick():
                    pass
                assert await rows(series) == expected
                assert await series.minutes(SPAN.start, SPAN.stop) == recount(_read(log, late_for))
            await rebuild_windows(LogSource(_Log(log), late_for=3_600_000), store, days, 0)
            await project_again(windows, series, days)
            assert await rows(series) == (400, 0)

    opened(work)


def test_a_minute_of_late_documents_alone_is_projected_after_the_switch_too(opened: Opened) -> None:
    late = [replace(item, late=True) for item in _read(_log(3))]

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        series = FakeSeriesStore()
        project = Project(windows, series)
        await store.mark()
        assert await store.begin(None)
        await store.count(late)
        while await project.tick():  # What is being built does not count yet, and its minutes are settled without it.
            pass
        assert await series.late(SPAN.start, SPAN.stop) == {}
        await store.switch({})
        while await project.tick():
            pass
        assert await series.late(SPAN.start, SPAN.stop) == {item.minute: {"topic:Macro": 1} for item in late}

    opened(work)


def test_one_rebuild_at_a_time_and_one_that_fails_changes_nothing(opened: Opened) -> None:
    log = _log(200)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await windows.add(_read(log)[:100], {})
        before = await windows.minutes(SPAN)
        with pytest.raises(BrokerError):
            await rebuild_windows(LogSource(_Broken(log)), store, None, 0)
        assert await store.rebuilding() is None
        assert await windows.minutes(SPAN) == before
        assert await store.begin(None)
        assert await rebuild_windows(LogSource(_Log(log)), store, None, 0) is None

    opened(work)


class _Offsets:
    def __init__(self, committed: int, lag: int = 0) -> None:
        self.committed, self.lag = committed, lag

    def read(self) -> dict[str, Offsets]:
        position = Position(self.committed or None, self.committed + self.lag)
        return {"g": Offsets({Partition("t", 0): position})}

    def close(self) -> None:
        pass


def test_an_emptied_redis_is_noticed_and_rebuilt_with_its_stories(valkey: Valkey) -> None:
    log = _log(400)
    everything = _read(log)

    async def work() -> None:
        async with connected(valkey.url) as client:
            name = uuid4().hex
            windows, store, stories = RedisWindowStore(client, name), RedisRebuildStore(client, name), FakeStoryStore()
            offsets, source = _Offsets(0), _Log(log)
            now = START + timedelta(days=1)
            part = Part(windows, RedisContinuityStore(client, name))
            continuity = Continuity(LogSource(source), windows, [part], stories)
            guard = Guard(continuity, store, (offsets, "g"), timedelta(hours=48), lambda: now)
            with pytest.raises(StoreError, match="holds no windows"):
                await guard.check()
            await guard.tick()  # A new stream: nothing to rebuild.
            await guard.check()
            assert source.since == -1
            await windows.add(everything[:300], {"0": Progress(1, 2, 3)})
            offsets.committed = 300
            await guard.tick()
            assert source.since == -1
            await client.flushall()
            # The stream goes on before the loss is noticed.
            await windows.add(everything[300:350], {})
            with pytest.raises(StoreError, match="holds no windows"):
                await guard.check()
            await guard.tick()
            await guard.check()
            assert source.since == milliseconds(now - timedelta(hours=48))
            await windows.add(everything[350:], {})
            assert await windows.minutes(SPAN) == recount(everything)
            assert set(await windows.progress()) == {
                "0/bellwether.news/0",
                "1/bellwether.news/1",
                "2/bellwether.news/2",
            }
            assert await stories.assign([signature_of(log[0][1])]) == [log[0][1].story]

    asyncio.run(work())


def test_a_group_that_the_broker_has_forgotten_is_no_new_stream(opened: Opened) -> None:
    """Kafka forgets the offsets of a group that was away for a week; Redis was lost meanwhile, too."""
    log = _log(60)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        offsets, now = _Offsets(committed=0, lag=60), START + timedelta(days=1)
        guard = Guard(_continuity(client, windows, log), store, (offsets, "g"), timedelta(hours=48), lambda: now)
        await guard.tick()
        assert await windows.complete()
        assert await windows.minutes(SPAN) == recount(_read(log))

    opened(work)


def test_a_rebuild_that_dies_at_its_very_end_is_finished_by_the_guard(opened: Opened, database: str) -> None:
    """Rows are written again and old keys expire, although nobody was left to see to it."""
    log = _log(60)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await store.mark()
        await windows.add(_read(log)[:30], {})
        async with opened_engine(database) as engine:
            series = PostgresSeriesStore(engine)
            project = Project(windows, series)
            assert await store.begin(None)
            await store.count(_read(log))
            while await project.tick():
                pass
            shards = store._shards if isinstance(store, SpreadRebuildStore) else [store]
            for shard in shards:
                cast(Any, shard)._retire_all = _dies
            with pytest.raises(_KilledError):
                await store.switch({})
            survivor = _of_deployment(client, windows).rebuilds()
            guard = Guard(_continuity(client, windows, []), survivor, (_Offsets(0), "g"), timedelta(hours=48))
            await guard.tick()
            while await project.tick():
                pass
            assert await series.minutes(SPAN.start, SPAN.stop) == recount(_read(log))
        old = await _keys(client, windows, "*.0:*")
        assert old
        assert all([0 < await client.ttl(key) <= 60 for key in old])

    opened(work)


class _KilledError(Exception):
    """Stands for an end of the process."""


async def _dies() -> None:
    raise _KilledError


def test_a_rebuild_that_the_store_loses_a_part_of_is_begun_again(opened: Opened) -> None:
    log = _log(400)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        loop = asyncio.get_running_loop()

        def older() -> None:
            asyncio.run_coroutine_threadsafe(set_back(), loop).result()

        async def set_back() -> None:
            await client.set(f"{_prefixes(client, windows)[-1]}:rebuild", 1)

        with pytest.raises(StoreError, match="lost what was rebuilt so far"):
            await rebuild_windows(LogSource(_Log(log, older)), store, None, 0)
        assert await store.rebuilding() is None
        assert await rebuild_windows(LogSource(_Log(log)), store, None, 0)
        assert await windows.minutes(SPAN) == recount(_read(log))

    opened(work)


def test_an_older_reading_that_is_written_last_does_not_stay(opened: Opened, database: str) -> None:
    """Two workers project one minute; between their readings weights change, and no count."""
    first, second = _document(1, START + timedelta(seconds=20), 0), _document(24, START + timedelta(seconds=10), 1)

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await store.mark()
        async with opened_engine(database) as engine:
            series = PostgresSeriesStore(engine)
            # Two documents of one story. A third one, earlier and in the minute before, takes weight from both.
            await windows.add([contribution_of(item) for item in (first, second)], {})
            seen = await windows.changed(10)
            read = await windows.minutes_and_late(seen)
            await windows.add([contribution_of(_document(47, START - timedelta(seconds=10), 2))], {})
            while await Project(windows, series).tick():
                pass
            newer = await windows.minutes(SPAN)
            assert {minute: newer[minute] for minute in read[0]} != read[0]
            await series.upsert(*read)
            await windows.settle(seen)
            while await Project(windows, series).tick():
                pass
            assert await series.minutes(SPAN.start, SPAN.stop) == newer

    opened(work)


def test_an_emptied_redis_stops_decisions_until_it_is_rebuilt(valkey: Valkey) -> None:
    # A crisis in the scored topic; Redis is emptied in the middle of it, and the rest comes before that is noticed.
    log, now = [(0, document) for document in _crisis()], NOW
    everything = [contribution_of(document) for _, document in log]
    progress = {"0": Progress(everything[0].member.millisecond, everything[-1].member.millisecond, milliseconds(now))}

    async def work() -> None:
        async with connected(valkey.url) as client:
            name = uuid4().hex
            windows, store = RedisWindowStore(client, name), RedisRebuildStore(client, name)
            offsets, alerts, alone = _Offsets(0), FakeAlertStore(), FakeAlertStore()
            continuity = _continuity(client, windows, log)
            guard = Guard(continuity, store, (offsets, "g"), timedelta(hours=999), lambda: now)
            detect = Detect(lambda: [Rule()], windows, alerts, ["webhook"], clock=lambda: now)
            await windows.add(everything[:310], progress)
            assert not await detect.tick()
            assert await alerts.load(Rule().name) == (0, None)  # Nobody has looked yet whether the stream is new.
            await guard.tick()
            assert await detect.tick()
            before = await alerts.load(Rule().name)
            offsets.committed = 310
            await client.flushall()
            await windows.add(everything[310:], progress)
            assert not await detect.tick()
            assert await alerts.load(Rule().name) == before
            await guard.tick()
            while await detect.tick():
                pass
            await _detect(alone, [document for _, document in log])
            assert len(await alone.alerts(None, 10)) == 1
            assert await alerts.alerts(None, 10) == await alone.alerts(None, 10)
            assert (await alerts.load(Rule().name))[1] == (await alone.load(Rule().name))[1]

    asyncio.run(work())


def test_while_lost_windows_are_rebuilt_nothing_is_decided_and_it_is_said(opened: Opened) -> None:
    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await windows.add([], {"0": Progress(1, 2, 3)})
        assert await store.begin(None)
        assert await windows.complete() is None
        await store.count(_read(_log(30)))
        assert await store.rebuilding() == 30
        await store.switch({})
        assert await windows.complete() is not None
        # The late rule goes on from it the whole time.
        kept = (await windows.progress())["0"]
        assert (kept.first, kept.latest) == (1, 2)
        assert await store.rebuilding() is None

    opened(work)


def test_some_days_that_are_rebuilt_by_hand_do_not_make_up_for_a_loss(opened: Opened) -> None:
    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        assert await rebuild_windows(LogSource(_Log(_log(30))), store, [FIRST // DAY], 0)
        assert await windows.complete() is None
        assert await store.emptied()
        assert await rebuild_windows(LogSource(_Log(_log(30))), store, None, 0)
        mark = await windows.complete()
        assert mark
        await store.mark()
        assert await windows.complete() == mark
        await client.delete(f"{_prefixes(client, windows)[-1]}:complete")
        await store.mark()
        assert await windows.complete() not in (None, mark)

    opened(work)


def test_what_a_dead_rebuild_left_is_swept_up(opened: Opened) -> None:
    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        assert await store.begin([FIRST // DAY])
        assert not await store.sweep()
        for name in _prefixes(client, windows):  # As when its lease has run out.
            await client.delete(f"{name}:rebuild")
        assert await store.sweep()
        assert not await store.sweep()
        await windows.add(_read(_log(30)), {})
        assert await _keys(client, windows, "*.1:*") == []

    opened(work)


def test_old_keys_expire_after_the_switch(opened: Opened) -> None:
    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        await windows.add(_read(_log(30)), {})
        await rebuild_windows(LogSource(_Log(_log(30))), store, None, 0)
        old, new = await _keys(client, windows, "*.0:*"), await _keys(client, windows, "*.1:*")
        assert len(old) == len(new) > 10
        assert all([0 < await client.ttl(key) <= 60 for key in old])
        assert all([await client.ttl(key) > 60 for key in new])

    opened(work)


def test_story_ids_survive_in_redis(valkey: Valkey) -> None:
    async def work() -> None:
        async with connected(valkey.url) as client:
            stories = RedisStoryStore(client, uuid4().hex)
            document = _document(1, START, 0)
            await stories.remember([signature_of(document)], [document.story])
            assert await stories.assign([signature_of(document)]) == [document.story]

    asyncio.run(work())
