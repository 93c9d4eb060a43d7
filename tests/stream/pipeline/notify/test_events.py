"""One event is one group of alerts with one head, whoever computes it, and in whatever pieces the alerts come."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, AlertSnapshot, Board, Change, Grouping, Plan, Routing, Status
from stream.pipeline.notify.grouping import by_event, head_of
from stream.pipeline.notify.payload import decode
from stream.pipeline.rules import Decision, Reason
from stream.pipeline.windows.evidence import Evidence
from tests.contracts.alerts import MINUTE, NOW, RULE, document, firing, resolved

ROUTING = Routing(("pager",))
DAY = 1440


def plan(*changes: Change) -> Plan:
    return Board([], [], ROUTING, NOW).apply(changes)


def fires(
    series: str, after: int, evidence: Iterable[Evidence], window: int = DAY, rule: str = f"{RULE}.sparse", **seen: Any
) -> Change:
    observation = Observation(series, MINUTE + after, window, 9, 6, 0.25, 3.1, 7.0, **seen)
    return Change(rule, Decision(Reason.FIRING, observation, MINUTE + after), tuple(evidence))


def groups(made: Plan) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for alert in made.alerts.values():
        found.setdefault(alert.group_id, set()).add(alert.series)
    return list(found.values())


STORY = [document(n, story=f"story{n}") for n in range(6)]


@pytest.mark.parametrize(
    ("after", "window", "evidence", "joined"),
    [
        (10 * 60, DAY, STORY[:3], True),  # the same stories, told of by a window that remembers them
        (DAY, DAY, STORY[:3], True),
        (DAY + 1, DAY, STORY[:3], False),  # not within the window
        (10 * 60, 360, STORY[:3], False),
        (DAY + 1, 7 * DAY, STORY[:3], False),  # a day is the most
        (10 * 60, DAY, [document(n, story=f"other{n}") for n in range(20, 24)], False),
        (31, 30, STORY[:3], False),  # windows of minutes: half an hour, as ever
        (30, 30, STORY[:3], True),
    ],
)
def test_an_event_that_a_long_window_tells_of_later_is_one(
    after: int, window: int, evidence: list[Evidence], joined: bool
) -> None:
    made = plan(fires("entry:Solana", 0, STORY, 15), fires("entry:Bridges", after, evidence, window))
    assert (len(groups(made)) == 1) is joined


def test_labels_hold_for_alerts_of_one_time_alone() -> None:
    routing = msgspec.structs.replace(
        ROUTING,
        grouping=msgspec.structs.replace(ROUTING.grouping, by=("group",)),
        groups={"Solana": "coins", "Bridges": "coins"},
    )
    changes = fires("entry:Solana", 0, STORY[:3]), fires("entry:Bridges", 600, STORY[3:])
    assert len(groups(Board([], [], routing, NOW).apply(changes))) == 2


@pytest.mark.parametrize("rules", [(RULE, f"{RULE}.sparse"), (RULE, "banks"), ("volume", RULE)])
def test_two_rules_on_one_series_are_one_message(rules: tuple[str, str]) -> None:
    made = plan(*(fires("entry:Acme", 0, (), 15, rule) for rule in rules))
    (notice,) = made.notices
    assert decode(notice.payload).data.members_total == 2


def test_the_head_says_most_exactly_whom_it_is_about() -> None:
    named = [document(n, story=f"s{n}", entries=("Solana", "Wormhole") if n else ("Wormhole",)) for n in range(5)]
    topic = msgspec.structs.replace(fires("topic:Markets", 0, named, 15), decision=_critical("topic:Markets"))
    made = plan(topic, fires("entry:Solana", 0, named), fires("entry:Wormhole", 0, named))
    (notice,) = made.notices
    data = decode(notice.payload).data
    # Both entries fired in the same minute; more documents name the one. The worst severity is that of the event.
    assert (data.series, data.severity, data.level) == ("entry:Wormhole", "critical", 30)
    assert data.members[0].series == "entry:Wormhole"
    assert {alert.series for alert in made.alerts.values() if alert.heads} == {"entry:Wormhole"}
    assert {alert.head for alert in made.alerts.values()} == {data.alert_id}


def test_a_group_of_the_watchlist_belongs_to_the_event_of_its_names() -> None:
    named = [document(n, story=f"s{n}", entries=("Acme", "Bolt")) for n in range(4)]
    # Other documents under other stories: that they name the entry is enough.
    others = [document(n, story=f"t{n}", entries=("Acme",)) for n in range(10, 14)]
    made = plan(fires("group:banks", 0, named), fires("entry:Acme", 15, others), fires("topic:Macro", 15, named))
    assert groups(made) == [{"group:banks", "entry:Acme", "topic:Macro"}]
    assert [decode(notice.payload).data.series for notice in made.notices] == ["group:banks", "entry:Acme"]


def _critical(series: str) -> Decision:
    decision = fires(series, 0, (), 15).decision
    return msgspec.structs.replace(decision, severity="critical", level=30)


def test_the_head_is_open_as_long_as_anything_is() -> None:
    opened = firing("entry:A", evidence=STORY[:3]), firing("topic:T", MINUTE + 1, STORY[:3])
    routing = Routing(("pager",), grouping=Grouping(interval=timedelta(0)))
    ends = resolved("entry:A"), resolved("topic:T", MINUTE + 1)
    made = Board([], [], routing, NOW).apply([*opened, *ends])
    assert [notice.type for notice in made.notices[1:]] == ["alert.updated", "alert.updated", "alert.resolved"]
    first, _, second, last = (decode(notice.payload).data for notice in made.notices)
    assert [first.series, second.series, last.series] == ["entry:A", "topic:T", "entry:A"]
    assert second.status == "firing"
    assert {alert.series for alert in made.alerts.values() if alert.heads} == {"entry:A"}


names = st.sampled_from(["topic:T", "topic:U", "entry:A", "entry:B", "entry:C", "entry:A/topic:T"])
evidences = st.lists(st.integers(0, 12), min_size=1, max_size=5, unique=True)


@st.composite
def courses(draw: st.DrawFn) -> list[Change]:
    """Alerts that fire and resolve, in the order of their minutes, none twice."""
    changes, seen = [], set()
    for after in sorted(draw(st.lists(st.integers(0, 2 * DAY), min_size=1, max_size=8))):
        series = draw(names)
        if series in seen:
            continue
        seen.add(series)
        items = [document(n, story=f"s{n}", entries=("A",) if n % 3 else ("B",)) for n in draw(evidences)]
        changes.append(fires(series, after, items, draw(st.sampled_from([15, 30, 360, DAY]))))
        if draw(st.booleans()):
            over = changes[-1].decision.observation
            over = msgspec.structs.replace(over, minute=over.minute + draw(st.integers(1, DAY)))
            changes.append(Change(f"{RULE}.sparse", Decision(Reason.RESOLVED, over, MINUTE + after)))
    return sorted(changes, key=lambda change: change.at)


def _in_pieces(changes: list[Change], size: int) -> dict[str, Alert]:
    """What is stored when each piece is a transaction of its own, on a board made from what is stored."""
    alerts: dict[str, Alert] = {}
    transitions: dict[str, list[Any]] = {}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for at in range(0, len(changes), size):
        snapshots = [AlertSnapshot.of(one, transitions[key], evidence[key]) for key, one in alerts.items()]
        made = Board(snapshots, [], ROUTING, NOW).apply(changes[at : at + size])
        alerts |= made.alerts
        for key, head in made.heads.items():
            alerts[key] = msgspec.structs.replace(alerts[key], head=head)
        for key, step in made.transitions:
            transitions.setdefault(key, []).append(step)
        for change in made.new_changes:
            evidence.setdefault(change.alert_id, change.evidence)
    return alerts


@settings(max_examples=60, deadline=None)
@given(courses(), st.integers(1, 4))
def test_events_and_heads_do_not_depend_on_the_pieces(changes: list[Change], size: int) -> None:
    whole = _in_pieces(changes, len(changes))
    assert _in_pieces(changes, size) == whole
    for alert in whole.values():
        group = [one for one in whole.values() if one.group_id == alert.group_id]
        assert sum(one.heads for one in group) == 1
        assert {one.head for one in group} == {alert.head}
        head = whole[alert.head]
        assert head.open or not any(one.open for one in group)


@given(st.lists(st.tuples(names, st.sampled_from(Status), st.integers(0, 60)), min_size=1, max_size=6), st.randoms())
def test_the_head_does_not_depend_on_the_order(rows: list[tuple[str, Status, int]], random: Any) -> None:
    members = [
        AlertSnapshot(Alert(str(n), RULE, series, status, NOW + timedelta(minutes=after)), None)
        for n, (series, status, after) in enumerate(rows)
    ]
    head = head_of(members)
    random.shuffle(members)
    assert head_of(members) == head
    if any(one.alert.open for one in members):
        assert head.alert.open


def test_a_list_has_the_members_of_an_event_behind_its_head() -> None:
    made = plan(fires("topic:T", 0, STORY, 15), fires("topic:X", 1, (), 15), fires("entry:A", 2, STORY, 15))
    newest_first = list(reversed(made.alerts.values()))
    assert [alert.series for alert in by_event(newest_first)] == ["entry:A", "topic:T", "topic:X"]
