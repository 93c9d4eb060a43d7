"""The stage as a whole: who reads what, the file that changes, and what people are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from stream.adapters.files.sources import Sources
from stream.errors import FeedError
from stream.pipeline.feeds.health import silent_for, state_of
from stream.pipeline.feeds.ports import Claim, FeedDocument, Gathered, Health, Position
from stream.pipeline.feeds.sources import Source, SourceSpec
from stream.worker.feeds.gathering import LEASE, Gathering
from stream.worker.feeds.looking import Tools
from stream.worker.feeds.wiring import masked
from tests.contracts.sources import source
from tests.fakes.sources import FakeSourceStore
from tests.publishers import Answer, item, publishing
from tests.served import FakeIntake
from tests.stream.worker.feeds.gathered import NOW, Desk, wire

MINUTE = timedelta(minutes=1)


class Stream:
    """A source that gives a document and then waits for more without end."""

    def __init__(self) -> None:
        self.closed = False

    async def read(self, position: Position) -> AsyncIterator[Gathered]:
        number = int(position.cursor or 0) + 1
        content = b'{"id": "%d", "source": "s", "text": "news"}' % number
        try:
            yield Gathered(
                documents=[FeedDocument(str(number), content, b"")],
                position=msgspec.structs.replace(position, cursor=str(number)),
                remember=False,
            )
            await asyncio.sleep(3600)
        finally:
            self.closed = True


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the stage tells nobody."""
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def test_a_stream_is_held_by_one_worker_renewed_and_let_go_when_it_leaves_the_file() -> None:
    now = [NOW]
    store, intake, streams = FakeSourceStore(), FakeIntake(), list[Stream]()
    current = Sources({"one": source("one")})

    def make(_: Source, __: str | None) -> Stream:
        streams.append(Stream())
        return streams[-1]

    def worker() -> Gathering:
        return Gathering(lambda: current, lambda: False, {"rss": make}, Tools(store, intake, lambda: now[0]))

    async def work() -> None:
        nonlocal current
        mine, other = worker(), worker()
        for _ in range(8):
            await mine.tick()
            await other.tick()
            await until(lambda: len(intake.taken) == 1)
            now[0] += LEASE / 3
        assert (len(streams), len(intake.taken)) == (1, 1)
        current = Sources({})
        await mine.tick()
        await mine.idle()
        assert streams[0].closed
        current = Sources({"one": source("one")})
        await other.tick()
        await until(lambda: len(intake.taken) == 2)  # another goes on from the cursor, at once
        await until(lambda: store.rows["one"].position.cursor == "2")
        await other.on_stop()
        await mine.on_stop()

    asyncio.run(work())


def test_a_claim_that_is_renewed_while_a_step_is_stored_does_not_take_the_position_back() -> None:
    now = [NOW]

    class Slow(FakeSourceStore):
        async def renew(self, claim: Claim, until: datetime) -> Claim | None:
            renewed = await super().renew(claim, until)
            await asyncio.sleep(0.3)
            return renewed

    class Failing(Stream):
        async def read(self, position: Position) -> AsyncIterator[Gathered]:
            await asyncio.sleep(0.2)
            async for step in super().read(position):
                yield step
                await asyncio.sleep(0.3)
                raise FeedError("it closes")

    async def work() -> None:
        store = Slow()
        tools = Tools(store, FakeIntake(), lambda: now[0])
        stage = Gathering(lambda: Sources({"one": source("one")}), lambda: False, {"rss": lambda *_: Failing()}, tools)
        await stage.tick()
        await asyncio.sleep(0.05)
        now[0] += LEASE / 2
        await stage.tick()
        await stage.idle()
        assert store.rows["one"].health.error == "it closes"
        assert store.rows["one"].position.cursor == "1"

    asyncio.run(work())


def test_sources_that_are_not_well_are_told_by_name() -> None:
    store, now = FakeSourceStore(), datetime.now(UTC)
    current = Sources({name: source(name) for name in ("good", "bad")})
    stage = Gathering(lambda: current, lambda: False, {}, Tools(store, FakeIntake()))

    async def work() -> None:
        await store.claim(list(current.sources.values()), now, MINUTE, 9)
        store.rows["good"].health = Health(tried_at=now)
        store.rows["bad"].health = Health(tried_at=now, failures=1, error="x")
        await stage._count_states()

    asyncio.run(work())
    assert stage.warnings() == ["sources that are failing: bad; see `bellwether feeds list`"]


def test_a_source_is_silent_against_its_own_rhythm() -> None:
    with publishing() as publisher:
        publisher.pages["/f"] = Answer(200, b"")
        desk = Desk(wire(publisher.url + "/f"))
        for number in range(7):
            publisher.feed("/f", *(item(f"News {n}", str(n)) for n in range(number + 1)))
            desk.look(90 * MINUTE)
        health = desk.health()
        assert (health.arrivals, round(health.longest_gap)) == (6, 90 * 60)
        assert silent_for(health, desk.now + 170 * MINUTE) is None
        assert state_of(health, desk.now + 190 * MINUTE) == "silent"


def test_personal_data_is_masked_where_the_source_says_so() -> None:
    with publishing() as publisher:
        url = publisher.feed("/f", item("Write to jane.doe@bank.example about $AAPL", "1"))
        publisher.feed("/g", item("Write to jane.doe@bank.example about $AAPL", "1"))
        other = SourceSpec(name="open", url=publisher.url + "/g", allow_http=True, allow_private=True)
        desk = Desk(wire(url, mask=("email",)), other)
        desk.prepare = masked
        texts = {one["source"]: one["title"] for one in desk.look()}
    assert "jane" not in texts["wire"]
    assert "$AAPL" in texts["wire"]
    assert "jane" in texts["open"]
