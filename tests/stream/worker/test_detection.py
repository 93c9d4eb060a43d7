"""The stage detect on documents: copies, wordings, records, and rules that change while it runs."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from models.classifier import Prediction
from stream.pipeline.backtest import HistoryCollector, backtest_rules, compare
from stream.pipeline.detect import ClassifierErrors, DetectorSpec, Kind, Observation
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ArtifactRef, ScoredDocument
from stream.pipeline.notify import Routing, Status, Tick
from stream.pipeline.progress.watermark import HISTORY, Progress
from stream.pipeline.rules import (
    Decision,
    DecisionRecord,
    Mute,
    Outcome,
    Reason,
    Rule,
    Severity,
    begin,
    differences,
    replay,
)
from stream.pipeline.units import DAY
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.earlier import Earlier
from stream.view.backtest.events import event_lines, events_of
from stream.view.backtest.report import MAX_DOCUMENTS, report
from stream.worker.stages import ClassifierFacts, Detect
from stream.worker.stages.latest import latest_to_write
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.windows import FakeWindowStore

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = datetime(2026, 3, 5, tzinfo=UTC)
SURGE = START + timedelta(days=2)
SERIES = "topic:Financials"
FACTS = ClassifierFacts("artifact-hash", ClassifierErrors.of([[950, 50], [50, 1950]], 0))


def _scored(key: str, at: datetime, source: str, text: str, negative: bool) -> ScoredDocument:
    probability = 0.9 if negative else 0.1
    return ScoredDocument(
        id=key,
        source=source,
        published_at=at,
        text=text,
        sentiment=Prediction(
            "negative" if negative else "neutral",
            {"negative": probability, "neutral": 1 - probability, "positive": 0.0},
        ),
        topic=Prediction("Financials", {}),
        artifact=ArtifactRef("a", "h"),
    )


def _quiet() -> list[ScoredDocument]:
    """Two days of one document in ten minutes and three quiet hours after the surge; a fifth of them negative."""
    times = [START + timedelta(minutes=10 * n) for n in range(2 * 144)]
    times += [SURGE + timedelta(minutes=40 + 10 * n) for n in range(18)]
    return [_scored(f"q{n}", at, f"s{n % 9}", f"ordinary text {n}", n % 5 == 0) for n, at in enumerate(times)]


def _wordings(count: int = 40, sources: int = 25) -> list[ScoredDocument]:
    """One event in as many wordings, from so many sources, within half an hour."""
    return [
        _scored(
            f"w{n}", SURGE + timedelta(seconds=45 * n), f"outlet {n % sources}", f"the bank is failing, said {n}", True
        )
        for n in range(count)
    ]


def _copies(count: int = 1500, sources: int = 6) -> list[ScoredDocument]:
    """One text, over and over, from a few accounts."""
    return [
        _scored(
            f"c{n}", SURGE + timedelta(seconds=1.2 * n), f"account {n % sources}", "SELL before it is too late", True
        )
        for n in range(count)
    ]


async def _windows(documents: Sequence[ScoredDocument]) -> FakeWindowStore:
    windows = FakeWindowStore()
    times = [milliseconds(document.published_at) for document in documents]
    progress = {"0": Progress(min(times), max(times), milliseconds(NOW))}
    await windows.add([contribution_of(document) for document in documents], progress)
    return windows


async def _decide(store: FakeAlertStore, documents: Sequence[ScoredDocument], *rules: Rule) -> None:
    detect = Detect(lambda: rules or (Rule(),), await _windows(documents), store, ["webhook"], FACTS, lambda: NOW)
    while await detect.tick():
        pass


def test_fifteen_hundred_copies_of_one_text_are_silent() -> None:
    store = FakeAlertStore()
    asyncio.run(_decide(store, [*_quiet(), *_copies()]))
    assert asyncio.run(store.alerts(None, 9)) == []


def test_an_event_in_forty_wordings_from_twenty_five_sources_fires_without_its_largest_too() -> None:
    store = FakeAlertStore()
    asyncio.run(_decide(store, [*_quiet(), *_wordings()]))

    async def look() -> None:
        (alert,) = await store.alerts(None, 10)
        story = await store.story(alert.id)
        assert story is not None
        decision = story.transitions[0].decision
        assert decision is not None
        seen = decision.observation
        for without in (decision.without_source, decision.without_story):
            assert without is not None
            assert without.negatives < seen.negatives
            assert without.score < seen.score
        # One source of twenty-five, or one wording of forty, does not carry it.
        assert decision.without_source is not None
        assert decision.without_source.largest.startswith("outlet ")
        assert seen.estimated_low is not None
        assert seen.estimated_low >= Rule().detector.support

    asyncio.run(look())


def test_what_was_written_before_is_asked_for_once_its_rows_are_written() -> None:
    async def work(settled: bool) -> Earlier | None:
        store, windows = FakeAlertStore(), await _windows([*_quiet(), *_wordings()])
        store.written_before = Earlier(30)
        if settled:
            await windows.settle(await windows.changed(10_000))
        detect = Detect(lambda: (Rule(),), windows, store, ["webhook"], FACTS, lambda: NOW)
        while await detect.tick():
            pass
        (alert,) = await store.alerts(None, 9)
        return alert.earlier

    assert asyncio.run(work(settled=True)) == Earlier(30)
    assert asyncio.run(work(settled=False)) is None


def test_one_source_that_carries_an_alert_is_named() -> None:
    # Twelve texts an hour of one source, and a few of others: what is left without it would not fire.
    loud = [_scored(f"l{n}", SURGE + timedelta(seconds=40 * n), "loud", f"ruin, part {n}", True) for n in range(20)]
    few = [_scored(f"f{n}", SURGE + timedelta(minutes=4 * n), f"o{n}", f"worry {n}", True) for n in range(4)]
    store = FakeAlertStore()
    asyncio.run(_decide(store, [*_quiet(), *loud, *few]))
    fired = list(store.records.values())
    assert len(fired) == 1
    decision = DecisionRecord.decode(fired[0].content).decision
    assert decision.without_source is not None
    assert (decision.without_source.largest, decision.without_source.fires) == ("loud", False)


def test_the_record_of_an_alert_replays_to_the_same_decision() -> None:
    store = FakeAlertStore()
    asyncio.run(_decide(store, [*_quiet(), *_wordings()]))
    (record,) = store.records.values()
    recorded = DecisionRecord.decode(record.content)
    assert (record.rule_hash, record.artifact_hash) == (Rule().hash, "artifact-hash")
    assert differences(recorded.decision, replay(recorded)) == []
    assert {item.id for item in recorded.members} <= {item.id for item in (*_quiet(), *_wordings())}
    # Without one of its documents the robustness differs, and the replay says so.
    fewer = msgspec.structs.replace(recorded, members=recorded.members[:1])
    assert any("without_source" in line for line in differences(recorded.decision, replay(fewer)))
    # A record of the release before knows no level, and replays all the same.
    old = msgspec.structs.replace(recorded, decision=msgspec.structs.replace(recorded.decision, level=None))
    assert differences(old.decision, replay(old)) == []


def test_a_record_of_before_the_classifiers_errors_were_asked_for_replays_as_it_was_decided() -> None:
    store, little = FakeAlertStore(), _wordings(13, 13)
    asyncio.run(_decide(store, [*_quiet(), *little]))
    (record,) = store.records.values()
    now = DecisionRecord.decode(record.content)
    without = now.decision.without_source
    assert without is not None
    assert without.negatives >= Rule().detector.support > FACTS.errors.correct(without.negatives, without.documents)[1]
    assert without.score >= now.decision.observation.threshold
    assert not without.fires
    assert differences(now.decision, replay(now)) == []
    fires = msgspec.structs.replace(without, fires=True)
    story = now.decision.without_story and msgspec.structs.replace(now.decision.without_story, fires=True)
    then = msgspec.structs.replace(now.decision, without_source=fires, without_story=story)
    old = DecisionRecord.decode(msgspec.structs.replace(now, decision=then, version=1).encode())
    assert differences(old.decision, replay(old)) == []


def test_what_fires_by_a_rule_that_is_gone_resolves() -> None:
    store, documents = FakeAlertStore(), [*_quiet()[:288], *_wordings()]

    async def work() -> None:
        rules = [Rule()]
        detect = Detect(lambda: rules, await _windows(documents), store, ["webhook"], FACTS, lambda: NOW)
        while await detect.tick():
            pass
        assert len(await store.alerts(Status.FIRING, 9)) == 1
        rules[:] = [Rule(name="other", series=("entry:*",))]
        while await detect.tick():
            pass
        assert await store.alerts(Status.FIRING, 9) == []
        (alert,) = await store.alerts(Status.RESOLVED, 9)
        story = await store.story(alert.id)
        assert story is not None
        last = story.transitions[-1].decision
        assert last is not None
        assert last.detail == f"resolved: rule '{alert.rule}' no longer watches this; the event may go on"

    asyncio.run(work())


class _Overtaken(FakeAlertStore):
    """A store in which another worker moves the state on just before so many commits."""

    def __init__(self) -> None:
        super().__init__()
        self.overtaking = 0

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        if self.overtaking:
            self.overtaking -= 1
            kept, content = self.states[rule]
            self.states[rule] = kept + 1, content
        return await super().commit(rule, version, tick)


@pytest.mark.parametrize("lost", [1, 3])
def test_what_fires_by_a_rule_that_is_gone_resolves_though_another_was_faster(lost: int) -> None:
    store, documents = _Overtaken(), [*_quiet()[:288], *_wordings()]

    async def work() -> None:
        rules = [Rule()]
        detect = Detect(lambda: rules, await _windows(documents), store, ["webhook"], FACTS, lambda: NOW)
        while await detect.tick():
            pass
        assert len(await store.alerts(Status.FIRING, 9)) == 1
        rules[:], store.overtaking = [Rule(name="other", series=("entry:*",))], lost
        while await detect.tick():
            pass
        assert store.overtaking == 0
        assert await store.alerts(Status.FIRING, 9) == []

    asyncio.run(work())


def test_the_end_of_an_alert_has_the_numbers_of_its_own_rule() -> None:
    store, documents = FakeAlertStore(), [*_quiet()[:288], *_wordings()]

    async def work() -> None:
        rules = [Rule(), Rule(name="watching", detector=DetectorSpec(kind=Kind.VOLUME, windows=(60,), support=1e6))]
        detect = Detect(lambda: rules, await _windows(documents), store, ["webhook"], FACTS, lambda: NOW)
        while await detect.tick():
            pass
        latest = await store.latest_decisions()
        assert [latest[rule.name, SERIES].observation.window for rule in rules] == [30, 60]
        del rules[0]
        while await detect.tick():
            pass
        (alert,) = await store.alerts(Status.RESOLVED, 9)
        story = await store.story(alert.id)
        assert story is not None
        last = story.transitions[-1].decision
        assert last is not None
        assert (last.observation.kind, last.observation.window) == ("negative", 30)

    asyncio.run(work())


def test_a_rule_that_joins_learns_from_the_past_and_is_silent_about_it() -> None:
    store, documents = FakeAlertStore(), [*_quiet(), *_wordings()]
    asyncio.run(_decide(store, documents))
    before = asyncio.run(store.alerts(None, 9))
    asyncio.run(_decide(store, documents, Rule(), Rule(name="joined")))
    assert asyncio.run(store.alerts(None, 9)) == before != []
    _, state = asyncio.run(store.load("joined"))
    assert state is not None
    assert state.evaluated == asyncio.run(store.last_evaluated_minute())
    assert float(state.baselines.share_documents.sum()) > 0


def test_every_decision_has_a_reason_and_the_past_is_kept_for_the_band() -> None:
    store = FakeAlertStore()
    asyncio.run(_decide(store, [*_quiet(), *_wordings()]))
    reasons = {decision.reason for decision in store.past}
    assert {Reason.WARMING_UP, Reason.TOO_FEW, Reason.FIRING, Reason.KEEP_FIRING, Reason.RESOLVING} <= reasons
    assert all(decision.observation.expected_low <= decision.observation.expected_high for decision in store.past)


def _collected(documents: Sequence[ScoredDocument]) -> HistoryCollector:
    collector = HistoryCollector()
    for document in documents:
        collector.add(document)
    return collector


def test_a_backtest_raises_what_the_stage_raises() -> None:
    documents = [*_quiet(), *_wordings()]
    store = FakeAlertStore()
    asyncio.run(_decide(store, documents))
    # In any order, and with documents that come twice.
    collected = _collected([*reversed(documents), *documents[:50]]).collected()
    result = backtest_rules([Rule()], collected, FACTS.errors)
    (raised,) = result.alerts
    (record,) = store.records.values()
    assert collected.repeated == tuple(document.id for document in documents[:50])
    assert raised.decision == DecisionRecord.decode(record.content).decision
    (alert,) = asyncio.run(store.alerts(None, 9))
    assert (raised.series, raised.resolved is not None) == (alert.series, alert.status is Status.RESOLVED)
    assert {item.id for item in raised.evidence} <= {document.id for document in documents}


def test_a_backtest_decides_on_nothing_that_is_yet_to_come() -> None:
    collected = _collected([*_quiet(), *_wordings()]).collected()
    (alert,) = backtest_rules([Rule()], collected).alerts
    assert alert.resolved is not None
    now = alert.resolved - 1
    result = backtest_rules([Rule()], collected, now=now)
    assert [one.resolved for one in result.alerts] == [None]
    assert result.last == now
    assert " still on" in next(event_lines(events_of(result, Routing())[0]))
    assert backtest_rules([Rule()], collected, now=alert.minute - 1).alerts == ()  # documents of a clock that is ahead
    for too_early in (collected.first - 1, collected.first):
        assert backtest_rules([Rule()], collected, now=too_early).last == collected.first
    assert backtest_rules([Rule()], collected, now=alert.resolved + DAY).alerts == (alert,)


def test_a_comparison_explains_each_difference() -> None:
    collected = _collected([*_quiet(), *_wordings()]).collected()
    usual = backtest_rules([Rule()], collected)
    cases = {
        "no rule of kind 'negative' watches": Rule(series=("entry:*",)),
        "too few": Rule(detector=DetectorSpec(support=500.0)),
        "muted": Rule(mutes=(Mute(0, 23 * 60 + 59),)),
        "pending": Rule(pending=300),
    }
    for why, rule in cases.items():
        (found,) = compare(usual, backtest_rules([rule], collected))
        assert (found.sign, found.alert.series) == ("+", SERIES)
        assert why in found.why, found.why
        (turned,) = compare(backtest_rules([rule], collected), usual)
        assert turned.sign == "-"
    assert compare(usual, backtest_rules([Rule(budget=5.0)], collected)) == []


def test_a_comparison_tells_of_an_alert_that_fires_later_or_is_less_severe() -> None:
    collected = _collected([*_quiet(), *_wordings()]).collected()
    usual = backtest_rules([Rule()], collected)
    (alert,) = usual.alerts
    begin = alert.minute % DAY
    muted = backtest_rules([Rule(mutes=(Mute(begin - 10, begin + 11),))], collected)
    (later,) = muted.alerts
    (found,) = compare(muted, usual)
    assert (found.sign, found.alert, found.other) == ("~", later, alert)
    late = later.minute - alert.minute
    assert late >= 10
    assert found.why.startswith(f"{late} min later than by the others (negative-surge: muted, score ")
    (turned,) = compare(usual, muted)
    assert (turned.sign, turned.alert, turned.other) == ("~", alert, later)
    assert turned.why.startswith(f"{late} min earlier than by them (negative-surge: muted, score ")
    mild = backtest_rules([Rule(severities=(Severity("info", 1.0),))], collected)
    (found,) = compare(usual, mild)
    assert (found.sign, found.why) == ("~", f"severity {alert.severity}, by the others info")


def test_the_report_stands_alone_and_escapes_what_others_wrote() -> None:
    bad = "<script>alert(1)</script><TSLA> can&#39;t pay & the bank is failing, said "
    documents = [msgspec.structs.replace(item, text=f"{bad}{n}") for n, item in enumerate(_wordings())]
    collected = _collected([*_quiet(), *documents]).collected()
    result = backtest_rules([Rule()], collected)
    (alert,) = result.alerts
    of_name = tuple(msgspec.structs.replace(item, negative=0.9, negative_of_text=0.2) for item in alert.evidence)
    result = replace(result, alerts=(msgspec.structs.replace(alert, evidence=of_name),))
    page = report(
        "a <file>",
        result,
        events_of(result, Routing()),
        compare(result, backtest_rules([Rule(series=("entry:*",))], collected)),
    )
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "<li>&lt;TSLA&gt; can&#x27;t pay &amp; the bank is failing, said" in page
    assert "&amp;#39;" not in page
    assert page.count("90 % negative of it, 20 % as a whole</small>") == min(len(of_name), MAX_DOCUMENTS) > 0
    # A story is called by its headline.
    told = result.alerts[0].decision.without_story
    assert told is not None
    assert told.largest not in page
    assert re.search(r"Without the largest story \((&lt;TSLA&gt; can&#x27;t pay|none of its documents)", page)
    assert "+1 / -0 alerts" in page
    assert page.count("<svg") == len(result.alerts) == 1
    for outside in ("http://", "https://", "src=", "@import", "url("):
        assert outside not in page


def test_a_backtest_of_nothing_and_of_another_kind() -> None:
    empty = backtest_rules([Rule()], HistoryCollector().collected())
    assert (empty.alerts, report("nothing", empty, ()).count("<svg")) == ((), 0)
    volume = Rule(name="volume", detector=DetectorSpec(kind=Kind.VOLUME, support=10.0))
    (raised,) = backtest_rules([volume], _collected([*_quiet(), *_wordings()]).collected()).alerts
    assert raised.decision.observation.kind == "volume"
    assert "documents in" in raised.decision.detail


@pytest.mark.parametrize(("series", "every"), [(40, 1), (1500, 1), (1500, 15)])
def test_of_many_series_the_quiet_ones_are_written_in_turn_and_all_of_them_in_five_minutes(
    series: int, every: int
) -> None:
    rule = Rule(detector=DetectorSpec(every=every))
    written: dict[str, int] = {}
    for minute in range(30_000, 30_000 + 5 * every, every):
        latest = {f"s{n}": _plain(f"s{n}", minute, 3.0 if n == 7 else 0.5) for n in range(series)}
        latest["fires"] = msgspec.structs.replace(_plain("fires", minute, 9.0), reason=Reason.KEEP_FIRING)
        state = replace(begin(rule, 0), evaluated=minute)
        told = latest_to_write(rule, Outcome(state, (), latest, {}))
        assert {"s7", "fires"} <= told.keys()
        if series > 1000 and every == 1:
            assert series / 10 < len(told) < series / 3
        else:
            assert len(told) == series + 1
        for name in told:
            written[name] = written.get(name, 0) + 1
    assert len(written) == series + 1
    assert set(written.values()) == ({1, 5} if series > 1000 and every == 1 else {5})


def _plain(name: str, minute: int, score: float) -> Decision:
    seen = Observation(name, minute, 30, 4, 1, 0.2, 1.0, score, threshold=5.0)
    return Decision(Reason.EXPECTED, seen, None, "warning")


def test_history_alone_is_not_decided_on_and_beside_the_stream_only_learned_from_by_who_brings_it_in() -> None:
    store = FakeAlertStore()

    async def work() -> None:
        windows, past = FakeWindowStore(), Progress(milliseconds(START), milliseconds(SURGE), milliseconds(NOW))
        await windows.add([contribution_of(item) for item in _quiet()], {HISTORY: past})
        detect = Detect(lambda: (Rule(),), windows, store, ["webhook"], FACTS, lambda: NOW)
        assert await detect.tick() is False
        assert await store.load("negative-surge") == (0, None)
        live = milliseconds(SURGE + timedelta(hours=1))
        await windows.add([], {"0": Progress(live, live + 3_600_000, milliseconds(NOW))})
        await detect.tick()
        _, state = await store.load("negative-surge")
        assert state is not None
        assert state.since == live // 60_000

    asyncio.run(work())
