"""How the demo plays: fast, then slowly where the alert fires, and no further until it could be read."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream.demo.direction import PATIENCE, SHOWN, Direction
from stream.demo.ending import delivered
from stream.demo.picture import Picture
from stream.demo.player import Item, Part, Player, Record, Scene
from stream.demo.receiver import Received
from stream.demo.rumour import Rumour
from stream.demo.run import Options, run_demo
from stream.demo.summary import Counts, happened, next_steps, next_while_it_holds, webhook_note
from stream.errors import SettingsError
from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, DeliveryState, Status
from stream.view import AlertRow, Snapshot

START = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
SCENE = Scene(START + timedelta(minutes=10), START + timedelta(minutes=20), speed=6000.0)


def items(minutes: int) -> list[Item]:
    return [Item("t", b"x", f"d{n}", "s", START + timedelta(minutes=n)) for n in range(minutes)]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def playing(scene: Scene | None, count: int = 30) -> Iterator[tuple[Player, list[Record]]]:
    sent: list[Record] = []
    player = Player(items(count), sent.extend, None, scene)
    player.start()
    try:
        yield player, sent
    finally:
        player.stop()
        player.join(120)
    assert not player.is_alive()


def test_a_scene_begins_when_its_past_was_taken_and_ends_when_it_was_read() -> None:
    with playing(SCENE) as (player, sent):
        until(lambda: player.waits_for is Part.SCENE)
        assert len(sent) == 10
        player.allow(9)
        time.sleep(0.05)
        assert (len(sent), player.waits_for) == (10, Part.SCENE)
        began = time.monotonic()
        player.allow(10)
        until(lambda: player.waits_for is Part.AFTER)
        # Nine minutes lie between the scene's first and last item.
        assert time.monotonic() - began >= 9 * 60 / SCENE.speed
        assert len(sent) == 20
        player.go_on()
        until(lambda: len(sent) == 30)


def test_without_a_scene_nothing_is_waited_for() -> None:
    with playing(None) as (player, sent):
        until(lambda: len(sent) == 30)
        assert player.waits_for is None


@pytest.mark.parametrize("taken", [0, 10], ids=["before the scene", "after it"])
def test_a_player_that_waits_can_be_stopped(taken: int) -> None:
    with playing(SCENE) as (player, _):
        player.allow(taken)
        until(lambda: player.waits_for is (Part.AFTER if taken else Part.SCENE))


class Waits:
    """A player that waits at the end of its scene."""

    waits_for: Part | None = Part.AFTER
    went_on = False

    def go_on(self) -> None:
        self.went_on = True


def firing(series: str = "entry:Castermere", resolved: datetime | None = None) -> AlertRow:
    status = Status.RESOLVED if resolved else Status.FIRING
    alert = Alert("77387e7b-1f0c", "negative-surge", series, status, START, resolved, group_id="g")
    return AlertRow(alert, Observation(series, 1, 30, 19, 11, 0.02, 0.4, 12.9, 6.1))


def webhook(kind: str, verified: bool = True, series: str = "entry:Castermere") -> Received:
    data = {"series": series, "members_total": 2}
    content: dict[str, Any] = {"type": kind, "data": data} if verified else {}
    return Received(START, "msg_1", verified, content)


def test_the_play_goes_on_when_the_alert_stood_long_enough_and_its_webhook_came() -> None:
    clock, player = [0.0], Waits()
    direction = Direction(player, lambda: clock[0])
    calm, fires = Snapshot(START), Snapshot(START, alerts=(firing(),))
    direction.look(calm, [])
    clock[0] += 5
    direction.look(fires, [])
    clock[0] += SHOWN - 0.1
    direction.look(fires, [webhook("alert.firing")])
    assert not player.went_on
    clock[0] += 0.2
    direction.look(fires, [webhook("alert.firing", verified=False)])
    assert not player.went_on
    direction.look(fires, [webhook("alert.firing")])
    assert player.went_on


def test_the_play_goes_on_where_no_alert_comes() -> None:
    clock, player = [0.0], Waits()
    direction = Direction(player, lambda: clock[0])
    direction.look(Snapshot(START), [])
    clock[0] += PATIENCE - 1
    direction.look(Snapshot(START), [])
    assert not player.went_on
    clock[0] += 1
    direction.look(Snapshot(START), [])
    assert player.went_on


def test_what_happened_stands_in_five_lines_of_80_columns() -> None:
    over = START + timedelta(minutes=80)
    topics = [replace(firing(f"topic:{name}", over)) for name in ("Stock Movement", "Company | Product News")]
    later = [replace(row, alert=later_alert(row.alert, minutes)) for row, minutes in zip(topics, (3, 33), strict=True)]
    lines = happened(
        Counts(13_931, 13_931, 13_931, 0, 84.2),
        Rumour("Vantreel Bank", 1_503, 2.14, alerted=False),
        Snapshot(over, alerts=(*later, firing(resolved=over))),
        [webhook("alert.firing"), webhook("alert.updated"), webhook("alert.resolved")],
    )
    assert lines == [
        "Played 13,931 records, counted 13,931, dead letters 0, in 84 s.",
        "Rumour about Vantreel Bank: 1,503 posts, 1,500 copies, weighed 2.1: no alert.",
        "Castermere fired at 12:00 (alert 77387e7b): 11 of 19 negative, 0.4 expected.",
        "With it Stock Movement 12:03, Company | Product News 12:33; all over at 13:20.",
        "Webhooks: alert.firing, alert.updated, alert.resolved; signatures valid.",
    ]
    assert max(map(len, lines)) <= 78
    group = firing("group:banks", over)
    more = [replace(group, alert=later_alert(group.alert, 2)), *later]
    lines = happened(Counts(1, 1, 1, 0, 1), None, Snapshot(over, alerts=(*more, firing(resolved=over))), [])
    assert "With it group banks 12:02, Stock Movement 12:03 and 1 more; all over at 13:20." in lines


def later_alert(alert: Alert, minutes: int) -> Alert:
    return Alert(
        f"{minutes:08}", alert.rule, alert.series, alert.status, START + timedelta(minutes=minutes), alert.resolved_at,
        group_id="g",
    )  # fmt: skip


def test_a_feed_on_which_nothing_happens_is_told_so() -> None:
    lines = happened(Counts(51, 49, 49, 1, 20), None, Snapshot(START), [webhook("alert.firing", verified=False)])
    assert lines == [
        "Played 51 records with 49 distinct ids, counted 49, dead letters 1, in 20 s.",
        "No alert fired.",
        "Webhooks: one not valid; 0 of 1 signatures valid.",
    ]
    assert happened(Counts(1, 1, 1, 0, 1), None, Snapshot(START, alerts=(firing(),)), [])[1:] == [
        "Castermere fired at 12:00 (alert 77387e7b): 11 of 19 negative, 0.4 expected.",
        "It was alone, and is still firing.",
        "Webhooks received: none.",
    ]


def test_notes_and_next_steps_are_lines_of_80_columns() -> None:
    assert (
        webhook_note(webhook("alert.firing"))
        == "webhook 12:00:00 alert.firing of Castermere and 1 more, signature valid"
    )
    assert "NOT valid" in webhook_note(webhook("", verified=False))
    steps = [*next_steps(".venv/bin/bellwether"), *next_while_it_holds("bellwether", Path("/tmp/b/env"), "77387e7b-1")]
    assert max(len(f"  {step}") for step in steps) <= 80
    assert "bellwether alerts show 77387e7b" in steps


def test_a_picture_is_drawn_once_when_the_alert_fires_and_its_receiver_knows(tmp_path: Path) -> None:
    sent = DeliveryState("webhook", "alert.firing", "m", 0, START, delivered_at=START)
    fires, notes = Snapshot(START, alerts=(replace(firing(), deliveries=(sent,)),)), ["alert.firing of Castermere"]
    for suffix, size in ((".svg", None), (".txt", (80, 24))):
        path = tmp_path / f"demo{suffix}"
        picture = Picture(path)
        picture.end(["too early"])
        picture.look(Snapshot(START), "Bellwether demo", [])
        picture.look(Snapshot(START, alerts=(firing(),)), "Bellwether demo", notes)  # fires, but nobody was told
        assert not path.exists()
        picture.look(fires, "Bellwether demo", notes)
        first = path.read_text()
        picture.look(fires, "another title", notes)
        assert path.read_text() == first
        assert "Castermere" in first
        picture.end(["", "What happened", "  this"])
        assert path.read_text() == (first if size is None else first + "\nWhat happened\n  this\n")
        if size:
            assert "77387e7b" in first
            assert len(first.splitlines()) <= size[1]
            assert max(map(len, first.splitlines())) <= size[0]


def test_in_a_picture_a_chinese_character_is_as_wide_as_two_others(tmp_path: Path) -> None:
    sent = DeliveryState("webhook", "alert.firing", "m", 0, START, delivered_at=START)
    fires = Snapshot(START, alerts=(replace(firing(), deliveries=(sent,)),))
    path = tmp_path / "demo.svg"
    Picture(path).look(fires, "演示 a", ["alert.firing"])
    lengths = re.findall(r'textLength="([^"]*)"[^>]*>((?:演示|Alerts)[^<]*)<', path.read_text())
    [title, heads] = [(float(length), html.unescape(text)) for length, text in lengths]
    assert title[0] == pytest.approx(12.2 * (len(title[1]) + 2))
    assert heads[0] == pytest.approx(12.2 * len(heads[1]))


@pytest.mark.parametrize(
    ("path", "reason"),
    [("demo.png", r"must end in \.svg, or in \.txt"), ("none/demo.svg", "there is no folder none"), ("-", "must end")],
)
def test_a_picture_that_cannot_be_drawn_is_told_at_once(path: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=rf"--picture {path}: .*{reason}"):
        run_demo(Options(None, None, 1, hold=False, picture=Path(path)))


SENT = DeliveryState("webhook", "alert.updated", "m", 0, START)


@pytest.mark.parametrize(
    ("state", "is_over"),
    [
        (msgspec.structs.replace(SENT, delivered_at=START), True),
        (msgspec.structs.replace(SENT, next_at=START + timedelta(seconds=1)), False),
        (msgspec.structs.replace(SENT, next_at=START - timedelta(seconds=1)), False),
        (SENT, True),  # given up
        (
            msgspec.structs.replace(SENT, next_at=START + timedelta(minutes=5)),
            True,
        ),  # an update of an event that goes on
    ],
)
def test_the_end_waits_for_what_is_due_soon(state: DeliveryState, is_over: bool) -> None:
    assert delivered(Snapshot(START, alerts=(replace(firing(), deliveries=(state,)),))) is is_over
