"""One event is told of once: what an alert that is over has told of fires no other series, and what is new does."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest

from models.classifier import Prediction
from stream.pipeline.backtest import DocumentHistory, HistoryCollector, backtest_rules
from stream.pipeline.documents.classify import ArtifactRef, ScoredDocument
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify import Route, Routing, parse_matcher
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.rules import Mute, Reason, Rule, RuleState
from stream.pipeline.rules.life import AlertState, Assessment, next_state
from stream.pipeline.rules.parted import parted
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from stream.view.backtest.events import told_to
from stream.worker.stages import ClassifierFacts, Detect
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.windows import FakeWindowStore

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 8
EVENT = START + timedelta(days=DAYS, hours=14)
ENTRIES = {name: Entry(name=name, group="exchanges") for name in ("Acme", "Bolt", "Corvo")}
NOW = START + timedelta(days=DAYS + 3)
NAME, GROUP, TOPIC = "entry:Acme", "group:exchanges", "topic:Markets"
SPARSE = parted(Rule(), ())[2]
Said = tuple[ScoredDocument, tuple[str, ...]]  # and the names of the entries


def says(key: str, at: datetime, names: str = "Acme", topic: str = "Markets", *, negative: bool = True) -> Said:
    label = "negative" if negative else "neutral"
    probabilities = {"negative": 0.9 if negative else 0.1, "neutral": 0.1 if negative else 0.9, "positive": 0.0}
    document = ScoredDocument(
        id=key,
        source=f"outlet {key}",
        published_at=at,
        text=f"{names} in words of its own, {key}",
        sentiment=Prediction(label, probabilities),
        topic=Prediction(topic, {}),
        artifact=ArtifactRef("a", "h"),
    )
    return document, tuple(names.split())


def calm() -> list[Said]:
    """Of each name three documents a day; of the others of the group one in three is negative."""
    found = []
    for n in range((DAYS + 2) * 3):
        at = START + timedelta(hours=8 * n)
        found.append(says(f"a{n}", at, "Acme", negative=False))
        found += [says(f"{name}{n}", at + timedelta(hours=2), name, negative=n % 9 == 1) for name in ("Bolt", "Corvo")]
    return found


def event(count: int = 8, begin: datetime = EVENT, names: str = "Acme", key: str = "e") -> list[Said]:
    return [says(f"{key}{n}", begin + timedelta(minutes=20 * n), names) for n in range(count)]


def history(said: Iterable[Said]) -> DocumentHistory:
    collector = HistoryCollector()
    for document, names in said:
        collector.add(document, [ENTRIES[name] for name in names])
    return collector.collected()


def watching(series: str, name: str = "first", *, late: bool = False) -> Rule:
    """The test of sparse series, of one of them; the late one is silent until midnight, when the first is over."""
    mutes = (Mute(10 * 60, 24 * 60),) if late else ()
    return msgspec.structs.replace(SPARSE, name=name, series=(series,), mutes=mutes)


def late(series: str) -> Rule:
    return watching(series, "late", late=True)


def raised(said: Iterable[Said], *rules: Rule) -> list[tuple[str, str]]:
    return [(alert.rule, alert.series) for alert in backtest_rules(rules, history(said)).alerts]


MIDNIGHT = START + timedelta(days=DAYS + 1)
FOLLOWS = event(8, MIDNIGHT + timedelta(hours=2), "Bolt", "f")
BOTH = "Acme Corvo"


@pytest.mark.parametrize(
    ("names", "first", "second"),
    [
        ("Acme", NAME, GROUP),
        ("Acme", NAME, TOPIC),
        ("Acme", NAME, NAME),  # two rules
        (BOTH, NAME, "entry:Corvo"),  # two names of the same documents
        (BOTH, GROUP, TOPIC),
        ("Acme", GROUP, NAME),  # all of what the group told was about the name
    ],
)
def test_what_an_alert_told_fires_no_second_one_when_it_is_over(names: str, first: str, second: str) -> None:
    said = [*calm(), *event(names=names)]
    assert raised(said, late(second)) == [("late", second)]
    assert raised(said, watching(first), late(second)) == [("first", first)]
    assert raised(said, late(second), watching(first)) == [("first", first)]


@pytest.mark.parametrize("second", [GROUP, TOPIC])
def test_what_is_new_the_next_day_is_told(second: str) -> None:
    result = backtest_rules([watching(NAME), late(second)], history([*calm(), *event(), *FOLLOWS]))
    assert [alert.series for alert in result.alerts] == [NAME, second]
    # Not at midnight, for what was told of; but when enough has come beside that.
    assert result.alerts[1].minute > minute_of(FOLLOWS[2][0].published_at)
    assert result.reasons[Reason.TOLD] > 0


def test_one_more_headline_of_an_event_that_was_told_of_is_no_new_one() -> None:
    more = event(2, MIDNIGHT + timedelta(hours=2), "Bolt", "f")
    assert raised([*calm(), *event(), *more], watching(NAME), late(GROUP)) == [("first", NAME)]


def test_copies_of_what_was_told_of_are_told_of() -> None:
    copies = [
        (msgspec.structs.replace(document, id=f"copy{n}", source=f"copier {n}", published_at=MIDNIGHT), names)
        for n, (document, names) in enumerate(event())
    ]
    assert raised([*calm(), *event(), *copies], watching(NAME), late(GROUP)) == [("first", NAME)]


def test_that_a_topic_of_many_has_become_one_of_a_name_is_news() -> None:
    said = [*event(16, names="Bolt"), *event(6, key="x"), *event(1, MIDNIGHT + timedelta(hours=1), key="m")]
    assert raised([*calm(), *said], watching(TOPIC), late(NAME)) == [("first", TOPIC), ("late", NAME)]


def test_who_was_not_told_of_the_first_is_told_of_the_second() -> None:
    routing = Routing(("desk",), (Route(("others",), (parse_matcher('rule="late"'),)),))
    rules, feed = [watching(NAME), late(GROUP)], history([*calm(), *event()])
    apart = backtest_rules(rules, feed, receivers=lambda alert: told_to(alert, routing)).alerts
    assert [alert.series for alert in apart] == [NAME, GROUP]
    routing = Routing(("desk", "others"), (Route(("others",), (parse_matcher('rule="late"'),)),))
    assert len(backtest_rules(rules, feed, receivers=lambda alert: told_to(alert, routing)).alerts) == 1


@pytest.mark.parametrize(("receivers", "told"), [(Routing(("desk",)), 1), (None, 2)])
@pytest.mark.parametrize("rules", [(watching(NAME), late(GROUP)), (late(GROUP), watching(NAME))])
def test_the_stage_holds_back_what_a_backtest_does(
    receivers: Routing | None, told: int, rules: tuple[Rule, ...]
) -> None:
    apart = Routing(("desk",), (Route(("others",), (parse_matcher('rule="late"'),)),))
    store, windows = FakeAlertStore(), FakeWindowStore()
    said = [*calm(), *event()]
    end = max(milliseconds(document.published_at) for document, _ in said)

    async def work() -> list[str]:
        detect = Detect(lambda: rules, windows, store, lambda: receivers or apart, ClassifierFacts(), lambda: NOW)
        # Before the event, within it, and when its alert is over: as a worker sees it, in three pieces.
        for until in (EVENT, EVENT + timedelta(hours=6), None):
            come = [one for one in said if until is None or one[0].published_at < until]
            items = [contribution_of(document, [ENTRIES[name] for name in names]) for document, names in come]
            first, last = (milliseconds(at) for at in (START, until or NOW))
            await windows.add(items, {"0": Progress(first, min(last, end), milliseconds(NOW))})
            while await detect.tick():
                pass
        return sorted(alert.series for alert in await store.alerts(None, 9))

    assert asyncio.run(work()) == [NAME, GROUP][:told]


def quickly(key: str, begin: datetime, count: int, names: str = "Acme") -> list[Said]:
    return [says(f"{key}{n}", begin + timedelta(seconds=30 * n), names) for n in range(count)]


class Decided(NamedTuple):
    alerts: list[tuple[str, str, datetime]]
    decisions: list[tuple[str, int, Reason]]
    states: list[RuleState | None]


def test_in_whatever_pieces_minutes_come_each_is_decided_on_as_if_alone() -> None:
    """What is held back is asked about in each minute: in a piece of hours as in one of a minute."""
    begin, new, end = EVENT - timedelta(hours=30), EVENT + timedelta(minutes=83), EVENT + timedelta(minutes=100)
    usual = [says(f"u{n}", begin + timedelta(minutes=3 * n), negative=n % 5 == 0) for n in range(660)]
    said = [*usual, *quickly("s", EVENT, 30), *quickly("new", new, 30, "Corvo")]
    items = [contribution_of(document, [ENTRIES[name] for name in names]) for document, names in said]
    long = msgspec.structs.replace(Rule().detector, windows=(15, 180))
    # The second is muted until the first is over.
    second = Rule(name="second", series=(GROUP,), detector=long, mutes=(Mute(10 * 60, 15 * 60),))
    rules = [Rule(series=(NAME,), keep_firing=5), second]

    async def decided(step: timedelta) -> Decided:
        store, windows = FakeAlertStore(), FakeWindowStore()
        detect = Detect(lambda: rules, windows, store, ["desk"], ClassifierFacts(), lambda: NOW)
        await windows.add(items, {"0": Progress(milliseconds(begin), milliseconds(EVENT), milliseconds(NOW))})
        until = EVENT + timedelta(minutes=55)
        while until < end:
            until = min(until + step, end)
            await windows.add([], {"0": Progress(milliseconds(begin), milliseconds(until), milliseconds(NOW))})
            while await detect.tick():
                pass
        alerts = sorted((item.rule, item.series, item.fired_at) for item in await store.alerts(None, 99))
        decisions = sorted((item.observation.series, item.observation.minute, item.reason) for item in store.past)
        return Decided(alerts, decisions, [(await store.load(rule.name))[1] for rule in rules])

    in_minutes, in_pieces, at_once = (asyncio.run(decided(timedelta(minutes=step))) for step in (1, 7, 9 * 60))
    assert in_minutes == in_pieces == at_once
    assert [minute_of(fired) for _, _, fired in in_minutes.alerts] == [minute_of(EVENT) + 6, minute_of(new) + 6]
    assert Reason.TOLD in {reason for _, _, reason in in_minutes.decisions}


def test_a_cool_down_and_a_pending_alert_outlive_that_something_was_told() -> None:
    now = Assessment(100, 9.0, 5.0, told=True)
    cooling = AlertState(quiet_until=200, rank=0)
    assert next_state(Rule(), None, now) == (Reason.TOLD, None)
    assert next_state(Rule(), cooling, now) == (Reason.TOLD, cooling)
    assert next_state(Rule(), cooling, msgspec.structs.replace(now, score=5.0)) == (Reason.COOLING_DOWN, cooling)
    pending = AlertState(pending_since=90)
    assert next_state(Rule(pending=5), pending, now) == (Reason.TOLD, pending)
    assert next_state(Rule(pending=5), pending, msgspec.structs.replace(now, told=False))[0] is Reason.FIRING
    on = AlertState(fired=50, last_over=99, rank=1)
    assert next_state(Rule(), on, now)[0] is Reason.KEEP_FIRING
