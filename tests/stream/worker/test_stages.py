"""The stages project, detect and notify over in-memory ports and a hand-cranked clock."""

import asyncio
import copy
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from models.classifier import Prediction
from stream import metrics
from stream.adapters.files.watchlist import WatchlistFile
from stream.errors import DeliveryError
from stream.pipeline.detect import DetectorSpec
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ArtifactRef, ScoredDocument
from stream.pipeline.notify import Delivery, Status
from stream.pipeline.notify.payload import decode
from stream.pipeline.notify.retries import SCHEDULE
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.rules import Rule
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from stream.worker.stages import Detect, Notify, Project, Reload
from tests.contracts.alerts import RULE, firing, tick
from tests.fakes.alerts import FakeAlertStore, FakeOutbox, FakeSeriesStore
from tests.fakes.windows import FakeWindowStore

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = datetime(2026, 3, 5, tzinfo=UTC)
HOT = "topic:Financials"


def _scored(number: int, at: datetime, negative: bool) -> ScoredDocument:
    probability = 0.9 if negative else 0.1
    label = "negative" if negative else "neutral"
    return ScoredDocument(
        id=f"d{number}",
        source=f"s{number % 9}",
        published_at=at,
        text=f"text {number}",
        sentiment=Prediction(label, {"negative": probability, "neutral": 1 - probability, "positive": 0.0}),
        topic=Prediction("Financials", {}),
        artifact=ArtifactRef("a", "h"),
    )


def _crisis() -> list[ScoredDocument]:
    """Two quiet days, one document in ten minutes, then forty negatives in half an hour and three quiet hours."""
    quiet = [START + timedelta(minutes=10 * n) for n in range(2 * 144)]
    hot = [START + timedelta(days=2, seconds=45 * n) for n in range(40)]
    after = [START + timedelta(days=2, minutes=40 + 10 * n) for n in range(18)]
    times = (
        [(at, n % 5 == 0) for n, at in enumerate(quiet)] + [(at, True) for at in hot] + [(at, False) for at in after]
    )
    return [_scored(number, at, negative) for number, (at, negative) in enumerate(times)]


async def _windows(documents: list[ScoredDocument]) -> FakeWindowStore:
    windows = FakeWindowStore()
    times = [milliseconds(document.published_at) for document in documents]
    progress = {"0": Progress(min(times), max(times), milliseconds(NOW))}
    await windows.add([contribution_of(document) for document in documents], progress)
    return windows


async def _detect(store: FakeAlertStore, documents: list[ScoredDocument]) -> None:
    detect = Detect(lambda: [Rule()], await _windows(documents), store, ["webhook"], clock=lambda: NOW)
    while await detect.tick():
        pass


class _Unsteady:
    """A receiver that fails so many times, then takes everything."""

    name = "webhook"

    def __init__(self, failures: int, permanent: bool = False, is_log: bool = False) -> None:
        self.sent: list[Delivery] = []
        self.is_log = is_log
        self.failures, self._permanent = failures, permanent

    async def send(self, delivery: Delivery) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise DeliveryError("answered 500", permanent=self._permanent)
        self.sent.append(delivery)

    async def aclose(self) -> None:
        pass


def test_a_surge_becomes_one_alert_with_evidence_that_resolves() -> None:
    store = FakeAlertStore()
    asyncio.run(_detect(store, _crisis()))

    async def stories() -> None:
        (alert,) = await store.alerts(None, 10)
        assert (alert.series, alert.status) == (HOT, Status.RESOLVED)
        story = await store.story(alert.id)
        assert story is not None
        assert [step.step for step in story.transitions] == ["firing", "severity:critical", "resolved"]
        assert len(story.evidence) >= Rule().detector.support
        assert all(item.negative == 0.9 and item.text.startswith("text ") for item in story.evidence)
        assert len({item.source for item in story.evidence}) == len(story.evidence)
        assert [item.type for item in story.deliveries] == ["alert.firing", "alert.updated", "alert.resolved"]

    asyncio.run(stories())


@pytest.mark.parametrize("seed", range(3))
def test_workers_that_take_turns_or_race_decide_as_one(seed: int) -> None:
    documents, pick = _crisis(), Random(seed)
    alone, shared = FakeAlertStore(), FakeAlertStore()

    async def race() -> None:
        windows = await _windows(documents)
        workers = [Detect(lambda: [Rule()], windows, shared, ["webhook"], clock=lambda: NOW) for _ in range(3)]
        for _ in range(30):
            chosen = pick.sample(workers, pick.randint(1, 3))
            await asyncio.gather(*(worker.tick() for worker in chosen))

    async def same() -> None:
        await _detect(alone, documents)
        assert await shared.alerts(None, 10) == await alone.alerts(None, 10)
        assert (await shared.load(Rule().name))[1] == (await alone.load(Rule().name))[1]
        assert await shared.latest_decisions() == await alone.latest_decisions()

    asyncio.run(race())
    asyncio.run(same())


def test_of_a_series_that_is_forgotten_the_latest_decision_goes() -> None:
    rule = Rule(detector=DetectorSpec(level=60, share=60))
    documents = [
        msgspec.structs.replace(item, topic=Prediction("Macro", {})) if number < 20 else item
        for number, item in enumerate(_crisis())
    ]
    store = FakeAlertStore()

    async def work() -> None:
        hour = START + timedelta(hours=5)
        first = await _windows([item for item in documents if item.published_at < hour])
        await Detect(lambda: [rule], first, store, ["webhook"], clock=lambda: NOW).tick()
        assert {name for _, name in await store.latest_decisions()} == {"topic:Macro", HOT}
        detect = Detect(lambda: [rule], await _windows(documents), store, ["webhook"], clock=lambda: NOW)
        while await detect.tick():
            pass
        assert {name for _, name in await store.latest_decisions()} == {HOT}

    asyncio.run(work())


class _Losing:
    """Windows that are lost at the call of number ``at``; the stream goes on, and nobody has noticed yet."""

    def __init__(self, windows: FakeWindowStore, at: int) -> None:
        self.windows, self.calls, self._at = windows, 0, at

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls == self._at:
                await self._lose()
            return await getattr(self.windows, name)(*arguments)

        return call

    async def _lose(self) -> None:
        progress = await self.windows.progress()
        self.windows = FakeWindowStore()
        self.windows.mark = None
        await self.windows.add([], {"0": msgspec.structs.replace(progress["0"], first=progress["0"].latest)})


def test_nothing_is_decided_between_a_loss_and_the_rebuild_whenever_it_comes() -> None:
    documents = _crisis()
    hot = START + timedelta(days=2)

    async def lost(at: int, begun: FakeAlertStore) -> int:
        """Return how many calls were made before all was decided; what was decided is checked."""
        store, full = copy.deepcopy(begun), await _windows(documents)
        windows = _Losing(full, at)
        detect = Detect(lambda: [Rule()], windows, store, ["webhook"], clock=lambda: NOW)
        while await detect.tick():
            pass
        calls, decided = windows.calls, await store.load(Rule().name)
        assert not await detect.tick()
        assert await store.load(Rule().name) == decided
        windows.windows, full.mark = full, "another"
        while await detect.tick():
            pass
        assert await store.alerts(None, 10) == await alone.alerts(None, 10)
        assert (await store.load(Rule().name))[1] == (await alone.load(Rule().name))[1]
        return calls

    quiet = FakeAlertStore()
    asyncio.run(_detect(quiet, [document for document in documents if document.published_at < hot]))
    alone = copy.deepcopy(quiet)
    asyncio.run(_detect(alone, documents))
    calls = asyncio.run(lost(0, quiet))
    assert calls > 5  # also what an alert is told with
    for at in range(1, calls + 1):
        asyncio.run(lost(at, quiet))
    # Where nothing was decided yet, the beginning must not be what the stream brought after the loss.
    asyncio.run(lost(2, FakeAlertStore()))


def test_an_alert_whose_state_was_lost_still_resolves() -> None:
    store, documents = FakeAlertStore(), _crisis()
    end = START + timedelta(days=2, minutes=20)

    async def work() -> None:
        await _detect(store, [document for document in documents if document.published_at < end])
        (alert,) = await store.alerts(Status.FIRING, 10)
        store.states.clear()
        await _detect(store, documents)
        assert await store.alerts(Status.FIRING, 10) == []
        assert alert.id in [item.id for item in await store.alerts(Status.RESOLVED, 10)]

    asyncio.run(work())


def test_copies_of_one_text_raise_no_alert() -> None:
    copies = [
        msgspec.structs.replace(
            _scored(1000 + n, START + timedelta(days=2, seconds=n), True), text=f"Bank X is DOWN  https://t.co/{n}"
        )
        for n in range(1500)
    ]
    store = FakeAlertStore()
    quiet = [document for document in _crisis() if document.sentiment.label == "neutral"]
    asyncio.run(_detect(store, [*quiet, *copies]))
    assert asyncio.run(store.alerts(None, 10)) == []


def test_projected_rows_equal_the_windows_and_are_written_once() -> None:
    async def work() -> None:
        windows, series = await _windows(_crisis()), FakeSeriesStore()
        project = Project(windows, series)
        while await project.tick():
            pass
        first, last = minute_of(START), minute_of(NOW)
        assert await series.minutes(first, last) == await windows.minutes(range(first, last))
        assert await windows.changed(10) == {}
        pool = await windows.pool(range(first, last))
        assert {(name, minute) for minute, row in pool.items() for name in row} == set(series.evidence)
        assert sum(map(len, series.evidence.values())) >= 40
        assert not await project.tick()

    asyncio.run(work())


def _notified(receiver: _Unsteady, after: timedelta) -> FakeAlertStore:
    store, clock = FakeAlertStore(), [NOW]

    async def work() -> None:
        await _detect(store, _crisis())
        notify = Notify(FakeOutbox(store), receiver, lambda: clock[0], Random(1))
        for _ in range(4):
            while await notify.tick():
                pass
            clock[0] += after

    asyncio.run(work())
    return store


def test_what_fails_is_sent_again_and_resolved_never_overtakes_firing() -> None:
    receiver = _Unsteady(failures=2, is_log=True)
    _notified(receiver, timedelta(minutes=10))
    assert [delivery.type for delivery in receiver.sent] == ["alert.firing", "alert.updated", "alert.resolved"]


def test_the_log_says_once_that_a_receiver_fails_and_that_it_takes_again(caplog: pytest.LogCaptureFixture) -> None:
    _notified(_Unsteady(failures=2, is_log=True), timedelta(minutes=10))
    told = [record.getMessage() for record in caplog.records if "receiver '" in record.getMessage()]
    begins, ends = told
    assert "tried again, and further failures are not logged" in begins
    assert ends.endswith("it takes notifications again")


def test_a_receiver_that_takes_again_gets_at_once_what_it_missed() -> None:
    store, clock, receiver = FakeAlertStore(), [NOW], _Unsteady(failures=3)

    async def fire(version: int, name: str) -> None:
        await store.commit(RULE, version, tick(firing(name), receivers=["webhook"], now=clock[0]))

    async def work() -> None:
        outbox = FakeOutbox(store)
        notify = Notify(outbox, receiver, lambda: clock[0], Random(1))
        await fire(0, "a")
        for minutes in (1, 10, 3):  # the fourth attempt is half an hour after the third
            await notify.tick()
            clock[0] += timedelta(minutes=minutes)
        assert receiver.sent == []
        await fire(1, "b")
        while await notify.tick():
            pass
        assert [delivery.alert_id for delivery in receiver.sent] == [firing(one).alert_id for one in "ba"]
        # Of one that is refused while others are taken, the attempts are not over in no time.
        receiver.failures = 1
        await fire(2, "c")
        await notify.tick()
        await fire(3, "d")
        while await notify.tick():
            pass
        assert receiver.sent[-1].alert_id == firing("d").alert_id

    asyncio.run(work())


def test_a_failure_after_one_that_was_gone_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    errors = [DeliveryError("answered 410", permanent=True, status=410), DeliveryError("answered 500", status=500)]

    class Gone(_Unsteady):
        async def send(self, delivery: Delivery) -> None:
            raise errors.pop(0)

    async def work() -> None:
        store = FakeAlertStore()
        await _detect(store, _crisis())
        outbox = FakeOutbox(store)
        notify = Notify(outbox, Gone(0, is_log=True), lambda: NOW, Random(1))
        await notify.tick()
        await outbox.enable("webhook")
        await notify.tick()

    asyncio.run(work())
    told = [record.getMessage() for record in caplog.records if "receiver '" in record.getMessage()]
    assert ["disabled until" in line for line in told] == [True, False]
    assert "answered 500; it is tried again" in told[1]


def test_the_log_names_what_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    store, clock = FakeAlertStore(), [NOW]
    receiver = _Unsteady(failures=100, is_log=True)

    async def work() -> None:
        await _detect(store, _crisis())
        notify = Notify(FakeOutbox(store), receiver, lambda: clock[0], Random(1))
        for _ in range(len(SCHEDULE) + 1):
            await notify.tick()
            clock[0] += timedelta(hours=12)

    asyncio.run(work())
    told = [record.getMessage() for record in caplog.records if "given up after failure 7" in record.getMessage()]
    assert told[0].startswith(f"receiver '{receiver.name}': delivery 1 is given up after failure 7: ")


def test_alerts_are_counted_from_zero() -> None:
    """In a process of its own, where nothing has fired."""
    script = (
        "from stream.worker.stages import Detect; from stream import metrics;"
        "Detect(list, None, None, None);"
        "print([metrics.REGISTRY.get_sample_value('bellwether_alerts_total', {'status': one})"
        " for one in ('firing', 'resolved')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[0.0, 0.0]\n"


def test_people_are_not_told_as_news_what_is_over() -> None:
    receiver = _Unsteady(failures=2)
    store = _notified(receiver, timedelta(minutes=10))
    assert [delivery.type for delivery in receiver.sent] == ["alert.resolved"]
    assert [item.error for item in store.sent if not item.delivered_at] == ["not sent: the incident had resolved"] * 2
    # One message tells of both: whoever was not told of the beginning would not know what has ended.
    (told,) = [decode(delivery.payload).data for delivery in receiver.sent]
    assert told.unannounced
    assert told.resolved_at is not None
    assert told.fired_at < told.resolved_at


def test_an_end_that_follows_its_beginning_does_not_tell_of_both() -> None:
    receiver = _Unsteady(failures=0, is_log=True)
    _notified(receiver, timedelta(minutes=10))
    assert [decode(delivery.payload).data.unannounced for delivery in receiver.sent] == [False] * 3


def test_nothing_is_sent_before_its_time() -> None:
    receiver = _Unsteady(failures=1)
    _notified(receiver, timedelta(seconds=1))
    assert receiver.sent == []


def test_a_permanent_refusal_is_given_up_and_does_not_block() -> None:
    receiver = _Unsteady(failures=1, permanent=True, is_log=True)
    _notified(receiver, timedelta(minutes=10))
    assert [delivery.type for delivery in receiver.sent] == ["alert.updated", "alert.resolved"]


def test_a_changed_watchlist_is_taken_and_a_wrong_one_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "w.yaml"
    path.write_text("entries:\n  - name: Tesla\n")
    file = WatchlistFile(path)
    stage = Reload("watchlist", file.refresh, lambda: len(file.current.entries))

    def change(content: str, at: int) -> None:
        path.write_text(content)
        os.utime(path, ns=(at, at))
        assert asyncio.run(stage.tick()) is False

    change("entries:\n  - name: Tesla\n  - name: Ford\n", 1)
    assert len(file.current.entries) == 2
    change("entries:\n  - nam: Tesla\n", 2)
    assert len(file.current.entries) == 2
    assert "line 2" in caplog.text
    assert metrics.FILE_ENTRIES.labels("watchlist")._value.get() == 2
