"""Matchers, routes, grouping and payloads: what follows from a change, without any store."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.http.alertmanager import alertmanager_body
from stream.adapters.http.slack import slack_message
from stream.errors import SettingsError
from stream.pipeline.detect import Observation
from stream.pipeline.notify import (
    EXPIRES,
    LABELS,
    SCHEDULE,
    Alert,
    AlertSnapshot,
    Board,
    Change,
    Grouping,
    Plan,
    Route,
    Routing,
    Status,
    next_attempt,
    parse_matcher,
)
from stream.pipeline.notify.compose import MAX_BYTES, encode_test
from stream.pipeline.notify.grouping import MAX_MEMBERS, relation
from stream.pipeline.notify.payload import decode
from stream.pipeline.rules import Decision, Reason
from stream.pipeline.windows.evidence import Evidence
from tests.contracts.alerts import MINUTE, NOW, RULE, decision, document, firing, resolved

SCHEMAS = Path(__file__).parents[4] / "stream" / "schemas"
ROUTING = Routing(("pager",), grafana="https://grafana.test/")
texts = st.text(st.characters(codec="utf-8"), max_size=600)


def plan(*changes: Change, routing: Routing = ROUTING) -> Plan:
    return Board([], [], routing, NOW).apply(changes)


def labels(**changes: str) -> dict[str, str]:
    return {name: changes.get(name, "") for name in LABELS}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("severity=critical", True),
        ('severity = "critical"', True),
        ("severity != critical", False),
        ("topic=~Mac.*", True),
        ("topic=~ac", False),  # the whole value
        ("topic!~Mac.*", False),
        ("entry=", True),  # what is not there is empty
        ('topic="Macro "', False),
    ],
)
def test_matchers_hold_as_in_alertmanager(text: str, holds: bool) -> None:
    assert parse_matcher(text).matches(labels(severity="critical", topic="Macro")) is holds


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("severity", "'label=value'"),
        ("severty=critical", "'severty' is none of series, topic"),
        ("topic=a\0b", "null byte or half of a character"),
        ("topic=\ud83d", "null byte or half of a character"),
        ("topic=~(", "no regular expression: missing )"),
        ("topic=" + "x" * 301, "300 characters"),
        ("", "'label=value'"),
    ],
)
def test_what_is_no_matcher_says_why(text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(problem)):
        parse_matcher(text)


def test_a_pattern_that_would_take_ages_elsewhere_does_not() -> None:
    """Python's own engine needs hours for this one; RE2 is linear."""
    assert not parse_matcher("topic=~(a+)+b").matches(labels(topic="a" * 5000))


@given(st.sampled_from(LABELS), st.sampled_from(["=", "!=", "=~", "!~"]), texts)
def test_a_matcher_reads_back_what_it_prints(label: str, op: str, value: str) -> None:
    try:
        matcher = parse_matcher(f'{label}{op}"{value}"')
    except SettingsError:
        return
    assert parse_matcher(str(matcher)) == matcher


def test_the_first_route_that_matches_counts_unless_it_says_further() -> None:
    critical, macro = (parse_matcher(text) for text in ("severity=critical", "topic=Macro"))
    routing = Routing(
        ("mail",), (Route(("pager",), (critical,), continue_=True), Route(("desk",), (macro,)), Route(("x",), (macro,)))
    )
    assert routing.receivers(labels(severity="critical", topic="Macro")) == ("pager", "desk")
    assert routing.receivers(labels(severity="critical")) == ("pager",)
    assert routing.receivers(labels(topic="Macro")) == ("desk",)
    assert routing.receivers(labels()) == ("mail",)
    assert msgspec.structs.replace(routing, always=("kafka",)).receivers(labels()) == ("kafka", "mail")


def test_one_event_is_one_notification() -> None:
    """A topic, three companies, their tickers: every series by itself, and one message."""
    story = [document(n, story=f"story{n}", entries=("Acme", "Bolt", "Core")) for n in range(10)]
    names = ["topic:Macro", *(f"entry:{name}" for name in ("Acme", "Bolt", "Core", "ACM", "BLT", "COR"))]
    # Each saw a part of the stories, as other documents under the same story.
    evidence = [
        [msgspec.structs.replace(item, id=f"{name}{item.id}") for item in story[n : n + 5]]
        for n, name in enumerate(names)
    ]
    made = plan(*(firing(name, MINUTE, items) for name, items in zip(names, evidence, strict=True)))
    (notice,) = made.notices
    data = decode(notice.payload).data
    assert (notice.type, data.members_total, {item.series for item in data.members}) == ("alert.firing", 7, set(names))
    assert len({alert.group_id for alert in made.alerts.values()}) == 1


@pytest.mark.parametrize(
    ("other", "minutes", "grouped"),
    [
        ([document(n) for n in range(3, 13)], 0, True),  # 7 of 10 shared
        ([document(n) for n in range(7, 17)], 0, True),  # 3 of 10
        ([document(n) for n in range(8, 18)], 0, False),  # 2 of 10
        ([document(n) for n in range(3, 13)], 30, True),
        ([document(n) for n in range(3, 13)], 31, False),
        ([document(n) for n in range(20, 23)], 0, False),
        ([], 0, False),
        ([document(n, entries=("A",)) for n in range(20, 23)], 0, True),  # they name the other's entry
        ([document(n, entries=("B",)) for n in range(20, 23)], 0, False),
    ],
)
def test_the_rule_of_grouping(other: list[Evidence], minutes: int, grouped: bool) -> None:
    first = firing("entry:A", evidence=[document(n) for n in range(10)])
    made = plan(first, firing("topic:T", MINUTE + minutes, other))
    assert (len({alert.group_id for alert in made.alerts.values()}) == 1) is grouped


def test_labels_may_group_too() -> None:
    routing = msgspec.structs.replace(
        ROUTING, grouping=Grouping(by=("group",)), groups={"A": "banks", "B": "banks", "C": "cars", "D": ""}
    )
    made = plan(*(firing(f"entry:{name}") for name in "ABCDE"), routing=routing)
    groups = [alert.group_id for alert in made.alerts.values()]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 4  # what has no group is not grouped by having none


def test_what_is_over_is_not_joined_and_a_group_has_an_end() -> None:
    shared = [document(n) for n in range(3)]
    made = plan(firing("topic:A", evidence=shared), resolved("topic:A"), firing("topic:B", MINUTE + 20, shared))
    assert len({alert.group_id for alert in made.alerts.values()}) == 2
    made = plan(*(firing(f"topic:{n}", evidence=shared) for n in range(MAX_MEMBERS + 1)))
    assert len({alert.group_id for alert in made.alerts.values()}) == 2


@given(st.lists(st.integers(0, 9), max_size=10), st.lists(st.integers(0, 9), max_size=10))
def test_the_relation_is_symmetric_and_a_share(one: list[int], other: list[int]) -> None:
    def snapshot(name: str, numbers: list[int]) -> AlertSnapshot:
        alert = Alert(name, RULE, f"entry:{name}", Status.FIRING, NOW)
        return AlertSnapshot(alert, None, tuple(document(n, entries=("x",) if n % 2 else ("y",)) for n in set(numbers)))

    a, b = snapshot("x", one), snapshot("y", other)
    assert relation(a, b, ROUTING) == relation(b, a, ROUTING)
    assert 0 <= relation(a, b, ROUTING) <= 1


def test_receivers_see_the_members_that_are_routed_to_them() -> None:
    routing = Routing((), (Route(("macro",), (parse_matcher("topic=Macro"),), True), Route(("all",))))
    shared = [document(n) for n in range(3)]
    made = plan(firing("topic:Macro", evidence=shared), firing("entry:A", evidence=shared), routing=routing)
    series_told = {notice.receiver: {m.series for m in decode(notice.payload).data.members} for notice in made.notices}
    assert series_told == {"macro": {"topic:Macro"}, "all": {"topic:Macro", "entry:A"}}


def test_a_receiver_that_a_rising_severity_brings_in_is_told_that_it_fires() -> None:
    routing = Routing(("mail",), (Route(("pager",), (parse_matcher("severity=critical"),)),))
    risen = Change(RULE, msgspec.structs.replace(decision(Reason.ESCALATED, after=3), severity="critical"))
    made = plan(firing(), risen, resolved(), routing=routing)
    assert [(notice.receiver, notice.type) for notice in made.notices] == [
        ("mail", "alert.firing"),
        ("mail", "alert.updated"),
        ("pager", "alert.firing"),
        ("mail", "alert.resolved"),
        ("pager", "alert.resolved"),
    ]
    assert len({(notice.message_id, notice.receiver) for notice in made.notices}) == 5


def test_a_severity_never_falls() -> None:
    risen = [
        Change(RULE, msgspec.structs.replace(decision(Reason.ESCALATED, after=n), severity=severity))
        for n, severity in enumerate(["critical", "info", "warning"], 1)
    ]
    made = plan(firing(), *risen)
    assert [alert.severity for alert in made.alerts.values()] == ["critical"]


@given(texts, texts, st.lists(texts, max_size=4), st.integers(1, 60))
def test_every_payload_is_small_and_of_its_schema(series: str, text: str, more: list[str], members: int) -> None:
    evidence = [
        document(n, id=part * 3, source=part * 2, text=part * 9, url=f"https://x.test/{part}" * 4, story=str(n))
        for n, part in enumerate([text, *more])
    ]
    made = plan(*(firing(f"topic:{n}{series * 3}", evidence=evidence) for n in range(members)))
    validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "notification.schema.json").read_text()))
    for notice in made.notices:
        assert len(notice.payload) < MAX_BYTES
        validator.validate(json.loads(notice.payload))
        note = decode(notice.payload)
        assert note.data.members_total == members
        json.loads(slack_message(note))
        assert len(json.loads(alertmanager_body(note, "am"))["alerts"]) == len(note.data.members)


def test_a_notification_says_what_was_seen_against_what_was_expected() -> None:
    first, second = document(1, url="https://news.test/1?a=b&c=d"), document(2, text="x" * 900)
    note = decode(plan(firing(evidence=[first, second])).notices[0].payload)
    assert (note.type, note.version, note.timestamp) == ("alert.firing", 1, firing().at)
    data = note.data
    assert (data.observed.negatives, data.observed.documents, data.window_minutes) == (30, 40, 15)
    assert (data.expected.negatives, data.expected.share) == (10.04936, 0.251234)
    assert [(item.text, item.truncated) for item in data.evidence] == [(first.text, False), ("x" * 500, True)]
    at = int(firing().fired_at.timestamp() * 1000)
    assert data.links.dashboard is not None
    assert data.links.dashboard.startswith(
        f"https://grafana.test/d/bellwether-alert?var-alert_id={data.alert_id}&from="
    )
    found = re.search(r"from=(\d+)&to=(\d+)", data.links.dashboard)
    assert found is not None
    assert int(found[1]) < at < int(found[2])


def test_a_rule_of_volume_counts_documents() -> None:
    observation = Observation("topic:A", MINUTE, 15, 90, 20, 0.2, 3.0, 9.0, 4.0, 12.0, 30.0, "volume", 21.0)
    change = Change(RULE, Decision(Reason.FIRING, observation, MINUTE), (document(1),))
    (notice,) = plan(change).notices
    note = decode(notice.payload)
    (member,) = note.data.members
    assert (member.kind, member.observed, member.expected) == ("volume", 90, 21)
    text = json.loads(slack_message(note))["attachments"][0]["text"]
    assert "90 independent documents in 15 min, 20 of them negative; usual 21.0 (12 to 30); score 9.0" in text


def test_the_slack_message_is_readable_and_cannot_be_steered() -> None:
    rude = document(
        1, text="<!channel> @here *A&B*\n<https://evil.test|click>", url="https://a.test/x|y><z", source="a|b>"
    )
    note = decode(
        plan(firing("topic:A & <B>", evidence=[rude, *(document(n) for n in range(2, 9))])).notices[0].payload
    )
    message = json.loads(slack_message(note))
    (attachment,) = message["attachments"]
    whole = json.dumps(message, ensure_ascii=False)
    assert message["text"] == "*FIRING (warning): topic:A &amp; &lt;B&gt;*"
    assert "30 negative of 40 independent documents (75%) in 15 min; expected 10.0 (25%)" in attachment["text"]
    assert attachment["text"].count("\n> ") == 3
    assert "<!" not in whole
    assert "@here" not in whole
    assert "evil.test¦click" in whole  # as text
    assert "<https://evil" not in whole
    assert re.findall("<(https?://[^|>]+)[|]", attachment["text"])[-1].replace("&amp;", "&") == attachment["title_link"]


def test_alertmanagers_receivers_understand_it() -> None:
    shared = [document(n) for n in range(3)]
    made = plan(firing("topic:A", evidence=shared), firing("entry:B", evidence=shared), resolved("topic:A"))
    first, last = (json.loads(alertmanager_body(decode(notice.payload), "am")) for notice in made.notices)
    assert (first["version"], first["status"], first["receiver"]) == ("4", "firing", "am")
    assert set(first) == {
        *("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels"),
        *("commonAnnotations", "externalURL", "alerts"),
    }
    assert first["groupKey"] == last["groupKey"]
    assert last["status"] == "firing"
    by = {alert["labels"]["series"]: alert for alert in last["alerts"]}
    assert (by["topic:A"]["status"], by["entry:B"]["status"]) == ("resolved", "firing")
    assert by["entry:B"]["endsAt"] == "0001-01-01T00:00:00Z"
    assert last["commonLabels"] == {"alertname": RULE, "severity": "warning"}
    assert all(isinstance(text, str) for alert in last["alerts"] for text in alert["annotations"].values())
    assert datetime.fromisoformat(by["topic:A"]["startsAt"]) == firing().fired_at


def test_a_test_is_marked_as_one() -> None:
    note = decode(encode_test(NOW, "pager", None))
    assert (note.type, note.data.series) == ("alert.test", "topic:Test")
    assert b"TEST" in slack_message(note)


def test_the_schedule_of_attempts() -> None:
    random = Random(1)
    for number, seconds in enumerate(SCHEDULE, 1):
        at = next_attempt(number, NOW, random)
        assert at is not None
        assert 0.9 * seconds <= (at - NOW).total_seconds() <= 1.1 * seconds
    assert SCHEDULE == (5, 300, 1800, 7200, 18_000, 36_000)
    assert next_attempt(len(SCHEDULE) + 1, NOW, random) is None
    assert sum(SCHEDULE) * 1.1 < EXPIRES.total_seconds()


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(120.0, 120, 132), (0.0, 4.5, 5.5), (1e9, 3600, 3960), (1.0, 4.5, 5.5)]
)
def test_retry_after_is_honoured_within_bounds(asked: float, least: float, most: float) -> None:
    at = next_attempt(1, NOW, Random(2), asked)
    assert at is not None
    assert timedelta(seconds=least) <= at - NOW <= timedelta(seconds=most)


def test_a_backlog_of_minutes_is_told_at_intervals_too() -> None:
    """After an outage the minutes come in one commit: what opens the group, its state now, and its end."""
    shared = [document(n) for n in range(3)]
    changes = [firing(f"topic:{n}", MINUTE + n, shared) for n in range(20)]
    made = plan(*changes)
    assert [(notice.type, notice.due) for notice in made.notices] == [
        ("alert.firing", None),
        ("alert.updated", NOW + timedelta(minutes=5)),
    ]
    assert decode(made.notices[1].payload).data.members_total == 20
    over = [resolved(f"topic:{n}", MINUTE + n) for n in range(20)]
    assert [notice.type for notice in plan(*changes, *over).notices] == ["alert.firing", "alert.resolved"]


def test_a_log_gets_everything_when_it_happens_and_so_does_whoever_asks() -> None:
    shared = [document(n) for n in range(3)]
    changes = [firing(f"topic:{n}", MINUTE + n, shared) for n in range(4)]
    for routing in (
        Routing((), always=("kafka",)),
        Routing(("pager",), grouping=Grouping(interval=timedelta())),
    ):
        assert [notice.due for notice in plan(*changes, routing=routing).notices] == [None] * 4


def test_what_joins_and_is_worse_than_all_others_is_told_at_once() -> None:
    shared = [document(n) for n in range(3)]
    worse = firing("topic:B", MINUTE + 1, shared)
    worse = msgspec.structs.replace(worse, decision=msgspec.structs.replace(worse.decision, severity="critical"))
    made = plan(firing("topic:A", MINUTE, shared), worse, firing("topic:C", MINUTE + 2, shared))
    assert [notice.due is None for notice in made.notices] == [True, True, False]


def test_ids_do_not_depend_on_the_route() -> None:
    def ids(routing: Routing) -> set[str]:
        return {notice.message_id for notice in plan(firing(), resolved(), routing=routing).notices}

    assert ids(Routing(("a", "b"))) == ids(Routing(("c",))) == {firing().message_id, resolved().message_id}
