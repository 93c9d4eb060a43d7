"""The past brought in: on a real Valkey, with alerts in memory; equal to what a live run would have left."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4
from zlib import crc32

import msgspec
import pytest

from models.calibration import Calibration
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENT, TOPIC
from stream.adapters.redis.client import Client, connected
from stream.adapters.redis.history import RedisHeldHistory
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import BrokerError, StoreError
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document, milliseconds
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument
from stream.pipeline.progress.watermark import HISTORY, Progress, ProgressTracker, Stamp
from stream.pipeline.rules import Reason, Rule
from stream.pipeline.units import HOUR_MS
from stream.pipeline.windows.contribution import contribution_of
from stream.worker.backfill import Backfill, Destination, Found
from stream.worker.relearning import KEPT, Learned, Relearning
from stream.worker.stages import ClassifierFacts, Detect, Project
from tests.fakes.alerts import FakeAlertStore, FakeSeriesStore
from tests.fakes.stories import FakeStoryStore
from tests.fakes.windows import recount

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, tzinfo=UTC)
SURGE = START + timedelta(days=2)
END = SURGE + timedelta(hours=4)
NOW = END + timedelta(minutes=5)
SPAN = range(milliseconds(START) // 60_000, milliseconds(NOW) // 60_000)
RULE = Rule()


class _Classifier:
    """What is bad is said to be bad."""

    name, hash = "fake", "f"
    calibrations: Mapping[str, Calibration] = {}
    languages = frozenset({"en"})

    def classify(self, texts: Sequence[str], names: object = ()) -> list[Classified | TextError]:
        return [self._classified(text) for text in texts]

    def _classified(self, text: str) -> Classified:
        negative = 0.9 if "bad" in text else 0.1
        probabilities = {NEGATIVE: negative, NEUTRAL: 1 - negative, POSITIVE: 0.0}
        sentiment = Prediction(NEGATIVE if "bad" in text else NEUTRAL, probabilities)
        return Classified({SENTIMENT: sentiment, TOPIC: Prediction("Macro", {})}, 1)


def _document(key: str, at: datetime, *, bad: bool) -> Document:
    words = "a bad day" if bad else "a day"
    return Document(id=key, source=f"s{crc32(key.encode()) % 9}", published_at=at, text=f"{key} {words} for {key}x")


def _past() -> list[Document]:
    """Two days of one document in ten minutes, a fifth of them bad; a surge of half an hour; some quiet hours."""
    times = [START + timedelta(minutes=10 * number) for number in range(2 * 144)]
    times += [SURGE + timedelta(minutes=40 + 10 * number) for number in range(20)]
    quiet = [_document(f"q{number}", at, bad=number % 5 == 0) for number, at in enumerate(times)]
    surge = [_document(f"w{number}", SURGE + timedelta(seconds=45 * number), bad=True) for number in range(40)]
    return sorted([*quiet, *surge], key=lambda item: item.published_at)


@dataclass
class _Deployment:
    """A deployment; ``log`` is what was written. ``cut`` is called before each step that something could end at."""

    windows: RedisWindowStore
    held: RedisHeldHistory
    alerts: FakeAlertStore = field(default_factory=FakeAlertStore)
    rows: FakeSeriesStore = field(default_factory=FakeSeriesStore)
    log: list[LoggedDocument] = field(default_factory=list)
    cut: Callable[[str], None] = lambda step: None

    async def hours(self, first: int) -> list[int]:
        minutes = await self.rows.minutes(first * 60, 10**9)
        return sorted({minute // 60 for minute in minutes})

    def publish(self, documents: Sequence[LoggedDocument]) -> None:
        self.cut("log")
        self.log += documents

    async def live(self, documents: Sequence[Document], until: datetime) -> None:
        """Count documents as the stream does, up to a time, and decide."""
        scored = [cast(ScoredDocument, item) for item in score(documents, _Classifier())]
        self.log += scored
        tracker = ProgressTracker(await self.windows.progress())
        stamps = [Stamp(0, milliseconds(item.published_at), by_broker=True) for item in scored]
        rows = [
            replace(contribution_of(item), late=tracker.advance(item, stamp))
            for item, stamp in zip(scored, stamps, strict=True)
        ]
        now = Progress(milliseconds(until), milliseconds(until), milliseconds(until))
        await self.windows.add(rows, {pair: item.merge(now) for pair, item in tracker.moved.items()} or {"0": now})
        detect = Detect(lambda: [RULE], self.windows, self.alerts, ["webhook"], clock=lambda: NOW)
        while await detect.tick():
            pass
        await self.project()

    async def project(self) -> None:
        while await Project(self.windows, self.rows).tick():
            pass

    async def bring_in(
        self, documents: Sequence[Document], *, size: int = 100, alerts: bool = False, now: datetime = NOW
    ) -> tuple[Backfill, list[Learned] | None]:
        windows = cast(RedisWindowStore, _Cut(self.windows, self))
        store = cast(FakeAlertStore, _Cut(self.alerts, self))
        to = Destination(
            windows, self.held, self, FakeStoryStore(), store, Project(windows, self.rows, 200), self.publish
        )
        backfill = Backfill(to, _Classifier(), [RULE], 90, lambda reason, where: None, now)
        await backfill.begin()
        for at in range(0, len(documents), size):
            await backfill.add([Found("", item) for item in documents[at : at + size]])
        await backfill.project()
        relearning = Relearning(windows, store, ClassifierFacts(), alerts_wanted=alerts, clock=lambda: NOW)
        return backfill, await backfill.learn(relearning)

    async def state(self) -> Any:
        return (await self.alerts.load(RULE.name))[1]

    async def seen(self) -> Any:
        """All that somebody could see."""
        alerts = await self.alerts.alerts(None, 99)
        state = await self.state()
        counted = await self.windows.minutes(SPAN), await self.windows.late(SPAN)
        rows = await self.rows.minutes(SPAN.start, SPAN.stop), await self.rows.late(SPAN.start, SPAN.stop)
        return counted, rows, self.rows.evidence, state, alerts, len(self.alerts.sent)


class _Cut:
    """A store that tells of what is about to be written."""

    def __init__(self, store: object, deployment: _Deployment) -> None:
        self._store, self._deployment = store, deployment

    def __getattr__(self, name: str) -> Any:
        if name in ("add", "settle", "commit"):
            self._deployment.cut(name)
        return getattr(self._store, name)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


Run = Callable[[Callable[[Callable[[], Awaitable[_Deployment]]], Awaitable[None]]], None]


@pytest.fixture
def run(valkey: Valkey) -> Run:
    """Runs work that is given a maker of fresh deployments."""

    async def on(client: Client, work: Callable[[Callable[[], Awaitable[_Deployment]]], Awaitable[None]]) -> None:
        async def fresh() -> _Deployment:
            name = uuid4().hex
            await client.set(f"{{{name}}}:complete", "mark")
            info = await client.info("server")
            await client.set(f"{{{name}}}:sure", info["run_id"])
            return _Deployment(RedisWindowStore(client, name), RedisHeldHistory(client, name))

        await work(fresh)

    async def opened(work: Callable[[Callable[[], Awaitable[_Deployment]]], Awaitable[None]]) -> None:
        async with connected(valkey.url) as client:
            await on(client, work)

    return lambda work: asyncio.run(opened(work))


def test_the_detector_knows_what_a_live_run_would_have_taught_it_and_nobody_is_told(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        live, warm = await fresh(), await fresh()
        past = _past()
        until = past[-1].published_at + timedelta(minutes=1)
        await live.live(past, until)
        assert [alert.status for alert in await live.alerts.alerts(None, 9)] == ["resolved"]
        _, learned = await warm.bring_in(past)
        assert learned == [Learned(RULE.name, 1, (milliseconds(until) - milliseconds(START)) // 60_000, 0)]
        assert await warm.state() == await live.state()
        assert await warm.windows.minutes(SPAN) == await live.windows.minutes(SPAN)
        assert await warm.rows.minutes(SPAN.start, SPAN.stop) == await live.rows.minutes(SPAN.start, SPAN.stop)
        assert warm.rows.evidence
        assert all(item.history for item in warm.log)
        assert (await warm.alerts.alerts(None, 9), warm.alerts.sent) == ([], [])

    run(work)


def test_alerts_of_the_past_are_stored_if_asked_for_and_told_to_nobody(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        live, warm = await fresh(), await fresh()
        await live.live(_past(), NOW)
        _, learned = await warm.bring_in(_past(), alerts=True)
        assert learned is not None
        assert learned[0].alerts == 1
        (alert,), (other,) = await warm.alerts.alerts(None, 9), await live.alerts.alerts(None, 9)
        assert (alert.id, alert.fired_at, alert.resolved_at) == (other.id, other.fired_at, other.resolved_at)
        shown = [[item.id for item in store.alerts.evidence[alert.id]] for store in (warm, live)]
        assert shown[0] == shown[1]
        assert warm.alerts.sent == []
        assert live.alerts.sent

    run(work)


def test_an_event_that_goes_on_fires_when_the_stream_goes_on_with_it(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        warm = await fresh()
        half = SURGE + timedelta(minutes=20)
        await warm.bring_in([item for item in _past() if item.published_at < half], now=half)
        assert await warm.alerts.alerts(None, 9) == []
        await warm.live([item for item in _past() if item.published_at >= half], NOW)
        (alert,) = await warm.alerts.alerts(None, 9)
        assert half <= alert.fired_at <= half + timedelta(minutes=3)

    run(work)


@pytest.mark.parametrize("step", ["log", "add", "settle", "commit"])
def test_cut_off_anywhere_and_run_again_it_ends_as_if_never_cut_off(run: Run, step: str) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        whole, cut = await fresh(), await fresh()
        await whole.bring_in(_past())
        expected = await whole.seen()
        left = [1, 0] if step in ("log", "add") else [0]

        def cut_off(name: str) -> None:
            if name == step and left:
                left[-1] -= 1
                if left[-1] < 0:
                    left.pop()
                    raise StoreError("cut off")

        cut.cut = cut_off
        for _ in list(left):
            with pytest.raises(StoreError):
                await cut.bring_in(_past())
        await cut.bring_in(_past())
        assert await cut.seen() == expected
        assert {item.id for item in cut.log} == {item.id for item in whole.log}
        logged = len(cut.log)
        again, learned = await cut.bring_in(_past())
        assert await cut.seen() == expected
        assert (len(cut.log), learned) == (logged, [])
        assert (again.tally.added, again.tally.known) == (0, len(_past()))

    run(work)


def test_beside_the_stream_the_past_is_learned_and_what_is_on_stays_on(run: Run) -> None:
    """What came live, and what would have come before it: together as if all had come live."""

    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        live, warm = await fresh(), await fresh()
        began, until = START + timedelta(days=1), SURGE + timedelta(minutes=35)
        before = [item for item in _past() if item.published_at < began]
        stream = [item for item in _past() if began <= item.published_at < until]
        await live.live([*before, *stream], until)
        await warm.live(stream, until)
        told = len(warm.alerts.sent)
        alone = await warm.state()
        _, learned = await warm.bring_in([*before, *stream[:50]])
        assert learned is not None
        state, other = await warm.state(), await live.state()
        assert (state.since, state.evaluated, state.names) == (other.since, other.evaluated, other.names)
        assert state.alert_states == alone.alert_states
        assert replace(state, alert_states=other.alert_states) == other
        assert len(warm.alerts.sent) == told
        assert recount([contribution_of(item) for item in warm.log]) == await warm.windows.minutes(SPAN)
        await warm.live([item for item in _past() if item.published_at >= until], NOW)
        assert [alert.status for alert in await warm.alerts.alerts(None, 9)] == ["resolved"] * len(
            await warm.alerts.alerts(None, 9)
        )

    run(work)


def test_what_came_too_late_counts_when_it_is_brought_in(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        warm = await fresh()
        await warm.live([_document("now", NOW - timedelta(minutes=1), bad=False)], NOW)
        old = _past()[:50]
        await warm.live(old, NOW)
        assert sum(sum(row.values()) for row in (await warm.windows.late(SPAN)).values()) == 50
        backfill, _ = await warm.bring_in(old)
        assert backfill.tally.added == 50
        assert await warm.windows.late(SPAN) == {}
        assert await warm.rows.late(SPAN.start, SPAN.stop) == {}
        assert recount([contribution_of(item) for item in warm.log]) == await warm.rows.minutes(SPAN.start, SPAN.stop)

    run(work)


def test_a_gap_in_the_stream_that_is_filled_does_not_fire(run: Run) -> None:
    """The feed was away during the surge, and nothing after it was decided on yet."""

    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        warm = await fresh()
        before = [item for item in _past() if item.published_at < SURGE]
        gap = [item for item in _past() if item.published_at >= SURGE]
        await warm.live(before, SURGE)
        await warm.bring_in(gap)
        await warm.live([_document("back", NOW - timedelta(seconds=1), bad=False)], NOW)
        assert await warm.alerts.alerts(None, 9) == []
        decision = (await warm.alerts.latest_decisions())[RULE.name, "topic:Macro"]
        assert decision.reason in (Reason.EXPECTED, Reason.TOO_FEW)

    run(work)


def test_hours_whose_windows_are_gone_are_left_out_and_what_was_learned_of_them_stays(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        warm = await fresh()
        stream = [item for item in _past() if item.published_at.hour != 5]
        await warm.live(stream, END)
        day, hour = milliseconds(START) // HOUR_MS // 24, milliseconds(START) // HOUR_MS + 3
        client = warm.windows._client
        await client.delete(f"{warm.windows._prefix}:{day}.0:sixty:{hour}")
        before = await warm.state()
        left, added = (
            _document("x", START + timedelta(hours=3), bad=False),
            _document("y", START + timedelta(hours=5), bad=False),
        )
        old = _document("z", NOW - timedelta(days=91), bad=False)
        backfill, learned = await warm.bring_in([left, added, old])
        tally = backfill.tally
        assert (tally.added, tally.old, tally.expired, tally.expired_from) == (1, 1, 1, hour)
        assert learned is None
        assert await warm.state() == before

    run(work)


def test_two_files_one_after_the_other_before_the_stream_are_as_one(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        whole, parts = await fresh(), await fresh()
        await whole.bring_in(_past())
        await parts.bring_in(_past()[150:250])
        await parts.bring_in(_past()[:150])
        _, learned = await parts.bring_in(_past()[250:])
        assert learned is not None
        state, expected = await parts.state(), await whole.state()
        assert state == expected
        kept = [item.observation.minute for item in whole.alerts.past]
        assert kept
        assert min(kept) >= expected.evaluated - KEPT - 720
        assert max(kept) < expected.evaluated

    run(work)


def test_two_at_once_count_once_and_one_of_them_learns(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        whole, both = await fresh(), await fresh()
        await whole.bring_in(_past())
        await asyncio.gather(both.bring_in(_past(), size=64), both.bring_in(_past()[::-1], size=50))
        assert await both.windows.minutes(SPAN) == await whole.windows.minutes(SPAN)
        assert await both.state() == await whole.state()

    run(work)


def test_a_broker_that_does_not_take_it_is_told_and_nothing_counts(run: Run) -> None:
    async def work(fresh: Callable[[], Awaitable[_Deployment]]) -> None:
        warm = await fresh()

        def away(step: str) -> None:
            if step == "log":
                raise BrokerError("away")

        warm.cut = away
        with pytest.raises(BrokerError):
            await warm.bring_in(_past())
        assert await warm.windows.minutes(SPAN) == {}
        assert await warm.windows.progress() == {}
        assert HISTORY not in await warm.windows.progress()

    run(work)


def test_the_mark_is_not_written_for_what_came_with_the_stream() -> None:
    (document,) = score([_document("a", NOW, bad=False)], _Classifier())
    assert isinstance(document, ScoredDocument)
    assert b"history" not in msgspec.json.encode(document)
    marked = msgspec.json.encode(msgspec.structs.replace(document, history=True))
    assert b'"history":true' in marked
