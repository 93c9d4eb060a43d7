"""What people are told of an event in a few lines: which numbers are of when, who has acknowledged what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from stream.adapters.http.alertmanager import alertmanager_body
from stream.adapters.http.escaping import GAP
from stream.adapters.http.robot_messages import feishu_message
from stream.adapters.http.slack import slack_message
from stream.pipeline.detect import Observation
from stream.pipeline.notify import AlertSnapshot, Board, Change, NotificationHistory, Routing, Transition, moment_of
from stream.pipeline.notify.compose import encode_test, encode_unannounced
from stream.pipeline.notify.payload import Notification, decode
from stream.pipeline.notify.plan import Plan
from stream.pipeline.rules import Decision, Reason
from tests.contracts.alerts import MINUTE, NOW, RULE, document

ROUTING = Routing(("pager",))
SHARED = tuple(document(n) for n in range(3))


def seen(reason: Reason, after: int, counts: tuple[float, float], series: str = "entry:Acme", **more: Any) -> Change:
    """A change ``after`` minutes, of ``counts`` documents and negatives, that much above what is usual."""
    documents, negatives = counts
    observation = Observation(series, MINUTE + after, 15, documents, negatives, 0.25, 3.1, negatives / 2)
    rule, fired = more.pop("rule", RULE), more.pop("fired", MINUTE)
    return Change(rule, Decision(reason, observation, fired, **more), SHARED)


def stored(plan: Plan) -> list[AlertSnapshot]:
    """The alerts of a plan as a store would return them."""
    steps: dict[str, list[Transition]] = {}
    for alert_id, step in plan.transitions:
        steps.setdefault(alert_id, []).append(step)
    return [AlertSnapshot.of(alert, steps[alert.id], SHARED) for alert in plan.alerts.values()]


def told(changes: Sequence[Change]) -> Notification:
    """The last notification of these changes, made at once."""
    return decode(Board([], [], ROUTING, NOW).apply(changes).notices[-1].payload)


def lines(note: Notification) -> list[str]:
    """The lines of a chat below the title."""
    text: str = json.loads(slack_message(note))["attachments"][0]["text"]
    return text.replace(GAP, "").splitlines()


def title(note: Notification) -> str:
    """The title of a chat."""
    text: str = json.loads(slack_message(note))["text"]
    return text.replace(GAP, "").strip("*")


FIRES = seen(Reason.FIRING, 0, (40, 30))
RISES = seen(Reason.ESCALATED, 4, (60, 50), severity="critical")
ENDS = seen(Reason.RESOLVED, 34, (5, 1))
HEIGHT = (
    "at its height, 21:24 UTC: 50 negative of 60 independent documents (83%) in 15 min; expected 15.0 (25%), usual 3.1"
)
END = "at the end, 21:54 UTC: 1 negative of 5 independent documents (20%) in 15 min; expected 1.2 (25%), usual 3.1"


def test_an_end_tells_of_its_height_without_a_score() -> None:
    note = told([FIRES, RISES, ENDS])
    for one in (note, decode(encode_unannounced(msgspec.json.encode(note)))):
        assert lines(one)[:2] == [HEIGHT, END]
        (alert,) = json.loads(alertmanager_body(one, "am"))["alerts"]
        assert alert["annotations"]["description"].splitlines()[:2] == [HEIGHT, END]
        assert "score" not in json.dumps([feishu_message(one, ""), alert])


def test_the_height_is_found_in_what_is_stored() -> None:
    risen = Board([], [], ROUTING, NOW).apply([FIRES, RISES])
    note = decode(Board(stored(risen), [], ROUTING, NOW).apply([ENDS]).notices[-1].payload)
    assert lines(note)[:2] == [HEIGHT, END]
    assert (note.data.observed.negatives, note.data.score) == (1, 0.5)  # as before, for those who read JSON


@pytest.mark.parametrize("kind", ["negative", "volume"])
def test_an_end_of_an_older_release_is_told_without_a_score(kind: str) -> None:
    note = told([FIRES, ENDS])
    old = json.loads(msgspec.json.encode(note))
    del old["data"]["height"]
    old["data"]["kind"] = kind
    first, second, *_ = lines(decode(json.dumps(old).encode()))
    assert "independent documents" in first
    assert "score" not in first
    assert second.startswith("fired ")


def test_what_still_fires_has_a_score_and_no_height() -> None:
    note = told([FIRES])
    assert isinstance(note.data.height, msgspec.UnsetType)
    assert lines(note)[0].endswith("usual 3.1; score 15.0")


def reminder(*acknowledged: tuple[str, str]) -> Notification:
    """What a reminder says of three alerts of one event, of which these series were acknowledged by these people."""
    interval = timedelta(hours=4)
    critical = seen(Reason.FIRING, 1, (30, 20), "topic:Macro", severity="critical", fired=MINUTE + 1)
    changes = [FIRES, critical, seen(Reason.FIRING, 1, (30, 20), "entry:Bolt", fired=MINUTE + 1)]
    made = Board([], [], ROUTING, NOW).apply(changes)
    for series, name in acknowledged:
        snapshots = stored(made)
        (alert,) = [one.alert.id for one in snapshots if one.alert.series == series]
        more = Board(snapshots, [], ROUTING, NOW).acknowledge([alert], name, "")
        made.alerts |= more.alerts
        made.transitions += more.transitions
    history = NotificationHistory(NOW - interval, 1, NOW)
    (group,) = {alert.group_id for alert in made.alerts.values()}
    board = Board(stored(made), [], ROUTING, NOW + interval, {(group, "pager"): history})
    return decode(board.remind().notices[-1].payload)


@pytest.mark.parametrize(
    ("acknowledged", "words"),
    [
        ([], ""),
        ([("entry:Acme", "ann")], ", 1 of 3 acknowledged by ann"),
        ([("topic:Macro", "bob")], ", 1 of 3 acknowledged by bob"),  # not the head
        ([("entry:Acme", "ann"), ("topic:Macro", "bob")], ", 2 of 3 acknowledged by ann, bob"),
        ([("entry:Acme", "ann"), ("topic:Macro", "ann")], ", 2 of 3 acknowledged by ann"),
    ],
)
def test_a_title_says_how_much_was_acknowledged(acknowledged: list[tuple[str, str]], words: str) -> None:
    assert title(reminder(*acknowledged)) == f"FIRING (critical, reminder 1{words}): entry:Acme and 2 more"


def test_what_is_acknowledged_as_a_whole_says_by_whom() -> None:
    snapshots = stored(Board([], [], ROUTING, NOW).apply([FIRES]))
    made = Board(snapshots, [], ROUTING, NOW).acknowledge([snapshots[0].alert.id], "ann", "")
    note = decode(made.notices[-1].payload)
    assert title(note) == "UPDATED (warning, acknowledged by ann): entry:Acme"
    assert (note.data.members_acknowledged, note.data.acknowledgers) == (1, ("ann",))


def test_what_joins_later_is_not_acknowledged() -> None:
    made = Board([], [], ROUTING, NOW).apply([FIRES])
    more = Board(stored(made), [], ROUTING, NOW).acknowledge(list(made.alerts), "ann", "")
    made.alerts |= more.alerts
    made.transitions += more.transitions
    critical = seen(Reason.FIRING, 2, (30, 20), "topic:Macro", severity="critical", fired=MINUTE + 2)
    note = decode(Board(stored(made), [], ROUTING, NOW).apply([critical]).notices[-1].payload)
    assert title(note) == "UPDATED (critical, 1 of 2 acknowledged by ann): entry:Acme and 1 more"


def test_a_reminder_says_of_when_its_numbers_are() -> None:
    note = reminder()
    assert lines(note)[0].startswith("at 2025-02-19 21:20 UTC: 30 negative of 40 independent documents")  # another day
    note = msgspec.structs.replace(note, timestamp=moment_of(MINUTE + 100))
    first, *rest = lines(note)
    assert first.startswith("at 21:20 UTC: 30 negative of 40 independent documents")
    assert [line.endswith(", at 21:21 UTC") for line in rest if line.startswith("• ")] == [True, True]
    (alert, *_) = json.loads(alertmanager_body(note, "am"))["alerts"]
    assert alert["annotations"]["description"].splitlines()[0] == first


def test_an_update_says_of_when_the_numbers_of_those_are_that_did_not_change() -> None:
    calm = seen(Reason.RESOLVED, 16, (4, 0), "entry:Bolt", fired=MINUTE)
    note = told([FIRES, seen(Reason.FIRING, 0, (30, 20), "entry:Bolt"), calm])
    first, *rest = lines(note)
    assert first.startswith("at 21:20 UTC: 30 negative")
    assert next(line for line in rest if line.startswith("• ")).endswith(": 0 negative in 15 min, 1.0 expected")


def test_what_a_step_tells_is_of_its_own_minute() -> None:
    for note in (told([FIRES]), told([FIRES, RISES]), decode(encode_test(NOW, "pager", None))):
        assert not lines(note)[0].startswith("at ")


def test_alerts_of_one_series_are_told_apart() -> None:
    """Two tests of a rule see the same surge: which is which, and what to type to acknowledge it."""
    twice = [seen(Reason.FIRING, 0, (40, 30), rule=rule) for rule in ("names.fast", "names.slow")]
    other = seen(Reason.FIRING, 0, (40, 30), "topic:Macro", rule="b*d")
    for changes, words in ((twice, "entry:Acme"), ([*twice, other], "entry:Acme and 1 more")):
        assert title(told(changes)) == f"FIRING (warning): {words}"
    note = told([*twice, other])
    _, when, *members = lines(note)
    head, *others = note.data.members
    assert when == f"fired 2025-02-19 21:20 UTC; rule {head.rule}, id {head.alert_id[:8]}"
    assert head.series == "entry:Acme"
    counted = "30 negative in 15 min, 10.0 expected"
    assert members[:2] == [
        f"• {one.series} (warning, firing; {one.rule.replace('*', '∗')}, {one.alert_id[:8]}): {counted}"
        for one in others
    ]


def test_a_rule_of_volume_is_compared_with_what_is_usual() -> None:
    note = told([FIRES, seen(Reason.FIRING, 0, (30, 20), "entry:Bolt")])
    member = msgspec.structs.replace(note.data.members[1], kind="volume", observed=30, expected=12.0)
    old = msgspec.structs.replace(member, window_minutes=0, observed_at=None)  # as an older release wrote it
    for one, words in ((member, ": 30 documents in 15 min, 12.0 usual"), (old, ": 30 documents, 12.0 usual")):
        data = msgspec.structs.replace(note.data, members=(note.data.members[0], one))
        assert any(line.endswith(words) for line in lines(msgspec.structs.replace(note, data=data)))


def test_a_test_names_no_alert() -> None:
    assert "id" not in lines(decode(encode_test(NOW, "pager", None)))[1].split()


def test_a_severity_of_ones_own_says_how_bad_it_is() -> None:
    page = [seen(Reason.FIRING, 0, (40, 30), f"entry:{name}", severity="page", level=30) for name in ("Acme", "Bolt")]
    note = told(page)
    assert title(note).startswith("FIRING (page (critical)): entry:")
    assert note.data.severity == "page"
    assert " (page (critical), firing; " in next(line for line in lines(note) if line.startswith("• "))
    member = msgspec.structs.replace(note.data.members[1], level=None)  # as an older release wrote it
    note = msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, members=(member, member)))
    assert " (page, firing; " in next(line for line in lines(note) if line.startswith("• "))


@pytest.mark.parametrize("length", [20, 172, 400])
def test_a_title_for_a_robot_keeps_its_end(length: int) -> None:
    series = f"entry:{'Société ' * (length // 8)}/topic:Macro"
    note = told([seen(Reason.FIRING, 0, (40, 30), series), seen(Reason.FIRING, 0, (40, 30), "topic:Macro")])
    shown = feishu_message(note, "")["card"]["header"]["title"]["content"]
    assert len(shown) <= 200
    assert shown.startswith("FIRING (warning): entry:Société")
    assert shown.endswith("and 1 more")
    assert ("…" in shown) == (length > 150)
    if length < 300:  # longer ones are cut at 300 characters before
        assert shown.endswith("/topic:Macro and 1 more")


def test_a_title_with_a_long_severity_and_name_is_not_too_long() -> None:
    note = told([seen(Reason.FIRING, 0, (40, 30), f"entry:{'x' * 290}", severity="y" * 290)])
    shown = feishu_message(note, "")["card"]["header"]["title"]["content"]
    assert len(shown) == 200
    assert "…" in shown
