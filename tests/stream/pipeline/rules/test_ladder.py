"""Severities of any name: a ladder rises, is told, routed and coloured, and ladders of two rules compare."""

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.http.slack import AMBER, RED, slack_message
from stream.pipeline.notify import Board, Change, Route, Routing, Status, parse_matcher
from stream.pipeline.notify.payload import decode
from stream.pipeline.rules import AlertState, Decision, Reason, Rule, Severity, adapt, begin
from stream.pipeline.rules.ladder import LEVELS, levels
from stream.pipeline.rules.life import Assessment, next_state
from tests.contracts.alerts import MINUTE, NOW, RULE, decision, document, resolved

PAGING = Rule(severities=(Severity("warning"), Severity("page", 3.0)))
LADDERS = [
    ("warning", "page"),
    ("warning", "critical"),
    ("low", "high"),
    ("info", "page"),
    ("p3", "p2", "p1"),
    ("critical", "warning"),
    ("info", "warning", "critical", "page"),
]
names = st.sampled_from([*LEVELS, "page", "low", "high", "p1", "notice"])


def _change(reason: Reason, ladder: tuple[str, ...], place: int, series: str = "topic:Macro", after: int = 0) -> Change:
    made = decision(reason, series, after=after)
    made = msgspec.structs.replace(made, severity=ladder[place], level=levels(ladder)[place])
    return Change(RULE, made, (document(1),))


@given(st.lists(names, min_size=1, max_size=10, unique=True))
def test_a_higher_step_is_always_worse(ladder: list[str]) -> None:
    made = levels(ladder)
    assert len(made) == len(ladder)
    assert list(made) == sorted(set(made))
    known = [name for name in ladder if name in LEVELS]
    if known == sorted(known, key=LEVELS.__getitem__):
        assert all(made[ladder.index(name)] == LEVELS[name] for name in known)
    if len(ladder) > 1 and ladder[-1] not in LEVELS:
        assert made[-1] >= LEVELS["critical"]


@pytest.mark.parametrize("ladder", LADDERS)
def test_every_ladder_rises_and_is_told_to_whom_its_names_are_routed(ladder: tuple[str, ...]) -> None:
    routing = Routing(("mail",), (Route(("pager",), (parse_matcher(f"severity={ladder[-1]}"),)),))
    changes = [_change(Reason.FIRING, ladder, 0)]
    changes += [_change(Reason.ESCALATED, ladder, place, after=place) for place in range(1, len(ladder))]
    made = Board([], [], routing, NOW).apply(changes)
    (alert,) = made.alerts.values()
    assert (alert.severity, alert.level) == (ladder[-1], levels(ladder)[-1])
    assert [notice.type for notice in made.notices if notice.receiver == "pager"] == ["alert.firing"]
    assert decode(made.notices[-1].payload).data.severity == ladder[-1]


def test_the_worst_of_a_group_leads_it_whatever_its_rule_calls_that() -> None:
    made = Board([], [], Routing(("mail",)), NOW).apply(
        [
            _change(Reason.FIRING, ("low", "high"), 0, "topic:A"),
            _change(Reason.FIRING, ("warning", "page"), 1, "topic:B"),
            _change(Reason.FIRING, ("info", "warning", "critical"), 1, "topic:C"),
        ]
    )
    (notice,) = made.notices
    data = decode(notice.payload).data
    assert (data.series, data.severity, data.level, data.members_total) == ("topic:B", "page", 30, 3)


@pytest.mark.parametrize(
    ("ladder", "place", "color"),
    [
        (("warning", "page"), 1, RED),
        (("warning", "page"), 0, AMBER),
        (("p3", "p2", "p1"), 2, RED),
        (("info",), 0, AMBER),
    ],
)
def test_slack_is_red_for_what_is_critical_by_any_name(ladder: tuple[str, ...], place: int, color: str) -> None:
    (notice,) = Board([], [], Routing(("chat",)), NOW).apply([_change(Reason.FIRING, ladder, place)]).notices
    assert json.loads(slack_message(decode(notice.payload)))["attachments"][0]["color"] == color


def test_a_message_of_the_release_before_is_still_read() -> None:
    (notice,) = Board([], [], Routing(("chat",)), NOW).apply([_change(Reason.FIRING, ("critical",), 0)]).notices
    content = json.loads(notice.payload)
    del content["data"]["level"]
    assert decode(json.dumps(content).encode()).data.severity == "critical"


def test_a_decision_of_the_release_before_rises_by_its_name() -> None:
    changes = [
        Change(RULE, msgspec.structs.replace(decision(reason, after=after), severity=severity))
        for after, (reason, severity) in enumerate([(Reason.FIRING, "warning"), (Reason.ESCALATED, "critical")])
    ]
    (alert,) = Board([], [], Routing(("mail",)), NOW).apply(changes).alerts.values()
    assert (alert.severity, alert.level) == ("critical", 30)
    old = msgspec.to_builtins(decision(Reason.FIRING))
    del old["level"]
    assert msgspec.convert(old, Decision).level is None


def test_what_resolves_keeps_the_worst_it_was() -> None:
    ladder = ("warning", "page")
    changes = [_change(Reason.FIRING, ladder, 0), _change(Reason.ESCALATED, ladder, 1, after=1), resolved()]
    (alert,) = Board([], [], Routing(("mail",)), NOW).apply(changes).alerts.values()
    assert (alert.status, alert.severity, alert.level) == (Status.RESOLVED, "page", 30)


def test_a_ladder_that_becomes_shorter_while_an_alert_fires() -> None:
    state = begin(PAGING, MINUTE, names=("topic:Macro",))
    state = replace(state, alert_states={"topic:Macro": AlertState(fired=MINUTE, last_over=MINUTE, rank=1)})
    shorter = Rule(severities=(Severity("warning"),))
    incident = adapt(shorter, state, MINUTE).alert_states["topic:Macro"]
    assert shorter.severities[incident.rank].name == "warning"
    reason, after = next_state(shorter, incident, Assessment(MINUTE + 1, 99.0, 4.0))
    assert (reason, after and after.rank) == (Reason.KEEP_FIRING, 0)
    assert adapt(PAGING, state, MINUTE) == state
