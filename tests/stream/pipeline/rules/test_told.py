"""One event is told of once: what an alert that is over has told of fires no other series, and what is new does."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import msgspec
import pytest

from stream.pipeline.backtest import backtest_rules
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.notify import Route, Routing, parse_matcher
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.rules import Reason, Rule
from stream.pipeline.rules.life import AlertState, Assessment, next_state
from stream.pipeline.windows.bucket import minute_of
from stream.view.backtest.events import told_to
from stream.worker.stages import ClassifierFacts, Detect
from tests.events import (
    EVENT,
    GROUP,
    MIDNIGHT,
    NAME,
    NOW,
    START,
    TOPIC,
    Said,
    calm,
    contributions,
    event,
    history,
    late,
    watching,
)
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.windows import FakeWindowStore


def raised(said: Iterable[Said], *rules: Rule) -> list[tuple[str, str]]:
    return [(alert.rule, alert.series) for alert in backtest_rules(rules, history(said)).alerts]


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
            first, last = (milliseconds(at) for at in (START, until or NOW))
            await windows.add(contributions(come), {"0": Progress(first, min(last, end), milliseconds(NOW))})
            while await detect.tick():
                pass
        return sorted(alert.series for alert in await store.alerts(None, 9))

    assert asyncio.run(work()) == [NAME, GROUP][:told]


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
