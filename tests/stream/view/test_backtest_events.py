"""Alerts of a backtest as events: what is told of together, headed by whom, and how high it came."""

from typing import Any

import msgspec
import pytest

from stream.pipeline.backtest import BacktestResult, Band, RaisedAlert
from stream.pipeline.backtest.rule_run import Point
from stream.pipeline.notify import Grouping, Route, Routing, parse_matcher
from stream.pipeline.rules import Reason
from stream.view.backtest.events import event_lines, events_of, messages_words
from tests.contracts.alerts import MINUTE, decision, document

STORY = tuple(document(n, story=f"story{n}") for n in range(4))
OTHER = tuple(document(n, story=f"other{n}") for n in range(4, 8))


def raised(series: str, after: int = 0, evidence: Any = STORY, **changes: Any) -> RaisedAlert:
    fired = decision(Reason.FIRING, series, MINUTE + after)
    seen = msgspec.structs.replace(fired.observation, score=4.0, threshold=3.0)
    fields: dict[str, Any] = {"severity": "warning", "resolved": MINUTE + after + 20} | changes
    return RaisedAlert("negative-surge", msgspec.structs.replace(fired, observation=seen), evidence=evidence, **fields)


def result(*alerts: RaisedAlert, bands: dict[tuple[str, str], Band] | None = None) -> BacktestResult:
    by_time = tuple(sorted(alerts, key=lambda one: (one.minute, one.series)))
    return BacktestResult((), by_time, bands or {}, MINUTE - 1440, MINUTE + 1440, {})


def names(found: BacktestResult, routing: Routing) -> list[list[str]]:
    return [[one.series for one in event.members] for event in events_of(found, routing)]


def test_alerts_of_one_event_are_one_message_and_the_most_exact_name_heads_it() -> None:
    topic, entry = raised("topic:Macro", severity="critical"), raised("entry:Acme", 10)
    other = raised("topic:Politics", 12, OTHER, resolved=None)
    one, two = events_of(result(topic, entry, other), Routing())
    assert (one.head, one.members, one.severity, one.resolved) == (entry, (topic, entry), "critical", MINUTE + 30)
    assert (two.head, two.members, two.resolved) == (other, (other,), None)
    words = messages_words((one, two), 3, 2.0)
    assert words == "2 events, one message each (30.0 a month), of 3 alerts (45.0 a month) in 2.0 days"
    first, _, members, headline = event_lines(one)
    assert first.endswith("entry:Acme with 1 more (negative-surge, critical): peak 4.0, threshold 3.0, lasted 30 min")
    assert members == f"  with topic:Macro {first[11:16]}"
    assert headline == '  "“Ünrest” 0" · wire'
    assert next(event_lines(two)).endswith("still on")


def test_what_fires_when_the_others_have_resolved_is_an_event_of_its_own() -> None:
    early = raised("topic:Macro", resolved=MINUTE + 5)
    assert names(result(early, raised("entry:Acme", 4)), Routing()) == [["topic:Macro", "entry:Acme"]]
    assert names(result(early, raised("entry:Acme", 5)), Routing()) == [["topic:Macro"], ["entry:Acme"]]


def test_the_file_of_routes_says_what_is_one_event_and_who_is_told() -> None:
    alerts = raised("topic:Macro"), raised("topic:Politics", 3, OTHER)
    to_desk = Route(("desk",), (parse_matcher('topic="Macro"'),))
    routing = Routing(("others",), (to_desk,), Grouping(by=("rule",)), always=("kafka",))
    (event,) = events_of(result(*alerts), routing)
    assert event.receivers == ("desk", "others")
    assert next(event_lines(event)).endswith(", to desk, others")
    assert "; to desk 1; to others 1)" in messages_words((event,), 2, 30.0)
    assert len(events_of(result(*alerts), Routing())) == 2


@pytest.mark.parametrize(
    ("resolved", "peak"), [(MINUTE + 20, (9.0, 6.0)), (MINUTE + 5, (4.0, 3.0)), (None, (50.0, 6.0))]
)
def test_the_peak_is_of_the_time_that_the_alert_was_on(resolved: int | None, peak: tuple[float, float]) -> None:
    points = [
        Point(MINUTE + at, Reason.KEEP_FIRING, 30, 1, 1, 1, 1, score, threshold)
        for at, score, threshold in ((-3, 90.0, 3.0), (10, 9.0, 6.0), (60, 50.0, 6.0))
    ]
    bands = {("negative-surge", "topic:Macro"): Band("negative-surge", "topic:Macro", points)}
    (event,) = events_of(result(raised("topic:Macro", resolved=resolved), bands=bands), Routing())
    assert (event.peak, event.threshold) == peak
