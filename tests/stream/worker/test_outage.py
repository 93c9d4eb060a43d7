"""No minute is closed before it was read: decisions after an outage are those of a run without one.

Here, on the fakes, outages last for an hour; test_outage_servers.py has short ones of real servers.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from models.classifier import Prediction
from stream.errors import StoreError
from stream.pipeline.detect import DetectorSpec
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ArtifactRef, Origin, ScoredDocument
from stream.pipeline.notify import Alert, Status
from stream.pipeline.progress.proofs import RAW, SCORED, ConsumerPosition, Prover
from stream.pipeline.progress.watermark import ProgressTracker, Stamp
from stream.pipeline.rules import Rule
from stream.pipeline.windows.contribution import contribution_of
from stream.worker.stages import Detect
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, tzinfo=UTC)
SURGE = START + timedelta(days=2)
END = SURGE + timedelta(hours=3)
SERIES = "topic:Financials"


def _scored(number: int, at: datetime, negative: bool) -> ScoredDocument:
    probability = 0.9 if negative else 0.1
    probabilities = {"negative": probability, "neutral": 1 - probability, "positive": 0.0}
    return ScoredDocument(
        id=f"d{number}",
        source=f"s{number % 9}",
        published_at=at,
        text=f"text {number}",
        sentiment=Prediction("negative" if negative else "neutral", probabilities),
        topic=Prediction("Financials", {}),
        artifact=ArtifactRef("a", "h"),
        # One raw partition is busy and one brings every ninth document; live, half a second under way.
        origin=Origin("news", number % 9 // 8, number, milliseconds(at) + 500),
    )


def _documents() -> list[ScoredDocument]:
    """Two quiet days, a document in ten minutes, then forty negatives in half an hour, and quiet again."""
    quiet = [START + timedelta(minutes=10 * n) for n in range(2 * 144 + 12)]
    times = sorted(
        [*((at, n % 5 == 0) for n, at in enumerate(quiet))]
        + [(SURGE + timedelta(seconds=45 * n), True) for n in range(40)]
    )
    return [_scored(number, at, negative) for number, (at, negative) in enumerate(times)]


Down = Callable[[datetime], bool]


class _World:
    """The two stages before the windows, and the detector, each of which may be away for a while.

    ``wrong`` is how far the worker's clock is ahead.
    """

    def __init__(self, documents: Sequence[ScoredDocument], wrong: timedelta = timedelta(0)) -> None:
        self.wrong = wrong
        self.documents, self.classified, self.counted = list(documents), 0, 0
        self.windows, self.alerts = FakeWindowStore(0), FakeAlertStore()
        self.store = FakeProofStore(self.windows)
        self.provers = {"news/0": Prover(), "news/1": Prover(), "0": Prover()}
        self.detect = Detect(lambda: [Rule()], self.windows, self.alerts, ["webhook"], clock=lambda: self.now + wrong)
        self.now = START

    async def run(self, classify: Down, aggregate: Down, detect: Down) -> None:
        """Live from the start to an hour after the last document, with outages."""
        self.now = START
        while self.now < END:
            self.windows.now = milliseconds(self.now)
            # As after a start: the detector looks before the consumers have joined their groups.
            if not detect(self.now):
                while await self.detect.tick():
                    pass
            if not classify(self.now):
                await self._prove(("news/0", "news/1"), RAW, {"news": 2}, self.classified, self._arrived())
                self.classified = self._arrived()
            if not aggregate(self.now):
                await self._prove(("0",), SCORED, {"scored": 1}, self.counted, self.classified)
                await self._count(self.classified)
            near = SURGE - timedelta(minutes=15) <= self.now < SURGE + timedelta(minutes=75)
            self.now += timedelta(seconds=30) if near else timedelta(minutes=5)

    async def told(self) -> list[Alert]:
        """The alerts, but for when the clock said they were made: an outage delays them."""
        return [msgspec.structs.replace(alert, created_at=START) for alert in await self.alerts.alerts(None, 9)]

    def _arrived(self) -> int:
        return sum(item.origin.timestamp <= milliseconds(self.now) for item in self.documents if item.origin)

    async def _prove(
        self, names: Sequence[str], kind: str, partitions: dict[str, int], position: int, end: int
    ) -> None:
        seconds = milliseconds(self.now) / 1000
        for name in names:
            proven = self.provers[name].find_proven({name: ConsumerPosition(position, end, seconds, None)})
            self.provers[name].set_baseline(await self.store.prove(kind, partitions, proven), seconds)

    async def _count(self, until: int) -> None:
        found, tracker = self.documents[self.counted : until], ProgressTracker(await self.windows.progress())
        for item in found:
            # With a wrong clock, on a topic that the broker does not stamp: the worst case.
            tracker.advance(item, Stamp(0, milliseconds(self.now + self.wrong), by_broker=not self.wrong))
        await self.windows.add([contribution_of(item) for item in found], tracker.moved, tracker.pace)
        self.counted = until


def _never(_: datetime) -> bool:
    return False


def _away(first: timedelta, last: timedelta) -> Down:
    return lambda now: SURGE + first <= now < SURGE + last


LONG = _away(timedelta(minutes=-10), timedelta(hours=1))
OUTAGES = {
    "everything is down for an hour": (LONG, LONG, LONG),
    "detect is back some minutes before the consumers are": (LONG, LONG, _away(timedelta(0), timedelta(minutes=50))),
    "classify is down": (LONG, _never, _never),
    "aggregate is down": (_never, LONG, _never),
    "a rebalance in the surge": (
        _away(timedelta(minutes=3), timedelta(minutes=5)),
        _away(timedelta(minutes=4), timedelta(minutes=6)),
        _never,
    ),
    "classify and aggregate take turns to be away": (
        lambda now: LONG(now) and now.minute % 4 < 2,
        lambda now: LONG(now) and now.minute % 4 >= 2,
        _never,
    ),
}


@pytest.fixture(scope="module")
def undisturbed() -> _World:
    world = _World(_documents())
    asyncio.run(world.run(_never, _never, _never))
    (alert,) = asyncio.run(world.alerts.alerts(None, 9))
    assert (alert.series, alert.status) == (SERIES, Status.RESOLVED)
    return world


@pytest.mark.parametrize("outage", OUTAGES)
def test_decisions_after_an_outage_are_those_of_a_run_without_one(outage: str, undisturbed: _World) -> None:
    world = _World(_documents())
    asyncio.run(world.run(*OUTAGES[outage]))
    _compare(world, undisturbed)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_worker_whose_clock_is_two_hours_off_changes_no_decision(hours: int, undisturbed: _World) -> None:
    world = _World(_documents(), timedelta(hours=hours))
    asyncio.run(world.run(*OUTAGES["a rebalance in the surge"]))
    _compare(world, undisturbed)


def test_what_was_decided_ahead_of_time_is_said(undisturbed: _World) -> None:
    """The store's clock was two hours ahead when it was decided on, and is set right."""

    async def work() -> None:
        await undisturbed.detect.tick()
        await undisturbed.detect.check()
        now = undisturbed.windows.now
        assert now is not None
        undisturbed.windows.now = now - 7_200_000
        try:
            await undisturbed.detect.tick()
            with pytest.raises(StoreError, match="ahead of the clock of Redis"):
                await undisturbed.detect.check()
        finally:
            undisturbed.windows.now = now

    asyncio.run(work())


def test_it_is_said_also_where_another_rule_is_not_ahead(undisturbed: _World) -> None:
    """The order of the rules is no matter."""
    rules = [Rule(), Rule(name="drift", detector=DetectorSpec(windows=(360, 1440), every=60))]
    windows, alerts = undisturbed.windows, undisturbed.alerts
    detect = Detect(lambda: rules, windows, alerts, ["webhook"], clock=lambda: undisturbed.now)

    async def work() -> None:
        now = windows.now
        assert now is not None
        await detect.tick()
        windows.now = now - 1_800_000
        try:
            await detect.tick()
            with pytest.raises(StoreError, match="ahead of the clock of Redis"):
                await detect.check()
        finally:
            windows.now = now

    asyncio.run(work())


def _compare(world: _World, undisturbed: _World) -> None:
    async def compare() -> None:
        assert await world.told() == await undisturbed.told()
        # All that was learned, and by it each minute that was counted.
        assert (await world.alerts.load(Rule().name))[1] == (await undisturbed.alerts.load(Rule().name))[1]
        # What was decided on each series, minute by minute.
        assert world.alerts.past == undisturbed.alerts.past

    asyncio.run(compare())
