"""Decisions follow from the documents alone: not from how many minutes are decided on at once, nor from a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest

from stream.pipeline.backtest import backtest_rules
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.notify import Route, Routing, RoutingSource, parse_matcher
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.rules import Mute, Reason, Rule, RuleState, Severity, begin
from stream.pipeline.windows.bucket import minute_of
from stream.view.backtest.events import told_to
from stream.worker.stages import ClassifierFacts, Detect, pieces
from tests.events import (
    DAYS,
    EVENT,
    GROUP,
    MIDNIGHT,
    NAME,
    NOW,
    SPARSE,
    START,
    Said,
    calm,
    contributions,
    event,
    history,
    late,
    quickly,
    says,
    watching,
)
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.windows import FakeWindowStore

HOUR = timedelta(hours=1)
AT_ONCE = timedelta(days=99)


class Decided(NamedTuple):
    alerts: list[tuple[str, str, str, datetime]]
    decisions: list[tuple[str, int, Reason]]
    states: list[RuleState | None]


class Worker:
    """The stage, on fakes; event time goes on as far as it is told."""

    def __init__(self, rules: Sequence[Rule], begin: datetime, receivers: RoutingSource = ("desk",)) -> None:
        self.store, self.windows = FakeAlertStore(), FakeWindowStore()
        self._rules, self._begin, self._receivers = rules, milliseconds(begin), receivers
        self.restart()

    def restart(self) -> None:
        facts = ClassifierFacts()
        self._detect = Detect(lambda: self._rules, self.windows, self.store, self._receivers, facts, lambda: NOW)

    async def come(self, said: Sequence[Said]) -> None:
        await self.windows.add(contributions(said), {})

    async def go_on(self, until: datetime) -> None:
        progress = Progress(self._begin, milliseconds(until), milliseconds(NOW))
        await self.windows.add([], {"0": progress})
        while await self._detect.tick():
            pass

    async def go_on_by(self, step: timedelta, first: datetime, last: datetime) -> None:
        """Go on to ``first`` at once, and from there to ``last`` by steps."""
        while True:
            await self.go_on(first)
            if first >= last:
                return
            first = min(first + step, last) if step < AT_ONCE else last

    async def decided(self) -> Decided:
        alerts = [(item.rule, item.series, item.severity, item.fired_at) for item in await self.store.alerts(None, 99)]
        decisions = [(item.observation.series, item.observation.minute, item.reason) for item in self.store.past]
        states = [(await self.store.load(rule.name))[1] for rule in self._rules]
        return Decided(sorted(alerts), sorted(decisions), states)


def _usual(begin: datetime) -> list[Said]:
    return [says(f"u{n}", begin + timedelta(minutes=3 * n), negative=n % 5 == 0) for n in range(660)]


LONG = msgspec.structs.replace(Rule().detector, windows=(15, 180))


def test_each_minute_is_decided_on_as_if_alone() -> None:
    """What is held back is asked about in each minute: in a piece of hours as in one of a minute."""
    begin, new, end = EVENT - timedelta(hours=30), EVENT + timedelta(minutes=83), EVENT + timedelta(minutes=100)
    said = [*_usual(begin), *quickly("s", EVENT, 30), *quickly("new", new, 30, "Corvo")]
    # The second is muted until the first is over.
    second = Rule(name="second", series=(GROUP,), detector=LONG, mutes=(Mute(10 * 60, 15 * 60),))
    rules = [Rule(series=(NAME,), keep_firing=5), second]

    async def decided(minutes: int) -> Decided:
        worker = Worker(rules, begin)
        await worker.come(said)
        await worker.go_on_by(timedelta(minutes=minutes), EVENT + timedelta(minutes=55), end)
        return await worker.decided()

    in_minutes, in_pieces, at_once = (asyncio.run(decided(minutes)) for minutes in (1, 7, 9 * 60))
    assert in_minutes == in_pieces == at_once
    fired = [minute_of(at) for _, _, _, at in in_minutes.alerts]
    assert fired == [minute_of(EVENT) + 6, minute_of(new) + 6]
    assert Reason.TOLD in {reason for _, _, reason in in_minutes.decisions}


def test_who_was_told_does_not_follow_from_pieces() -> None:
    """An alert that becomes worse is told to more; whom it told of is known when it is over, within a piece, too."""
    severities = Severity("warning"), Severity("critical", 9)
    first = msgspec.structs.replace(watching(NAME), severities=severities)
    second = msgspec.structs.replace(late(GROUP), severities=(Severity("warning"), Severity("critical", 0.3)))
    pager = Route(("pager",), (parse_matcher('severity="critical"'),))
    routing = Routing(("desk",), (Route(("desk",), (), True), pager))
    said = [*calm(), *event(8)]

    async def decided(step: timedelta) -> Decided:
        worker = Worker([first, second], START, lambda: routing)
        await worker.come(said)
        await worker.go_on_by(step, EVENT, MIDNIGHT + timedelta(hours=4))
        return await worker.decided()

    by_hours, at_once = (asyncio.run(decided(step)) for step in (HOUR, AT_ONCE))
    assert by_hours == at_once
    found = [(series, severity) for _, series, severity, _ in by_hours.alerts]
    assert found == [(NAME, "critical")]
    back = backtest_rules([first, second], history(said), receivers=lambda alert: told_to(alert, routing)).alerts
    assert [(alert.series, alert.severity) for alert in back] == found


@pytest.mark.parametrize("cells", [2_000_000, 300])
def test_rules_of_many_and_of_few_series_decide_up_to_the_same_minute(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "DETECT_CELLS", cells)
    many = msgspec.structs.replace(SPARSE, name="many", series=("entry:*",))
    few = msgspec.structs.replace(SPARSE, name="few", series=(GROUP,), mutes=(Mute(10 * 60, 19 * 60),))

    async def decided() -> Decided:
        worker = Worker([many, few], START)
        await worker.come([*calm(), *event(4)])
        await worker.go_on_by(AT_ONCE, EVENT - HOUR, MIDNIGHT + timedelta(hours=12))
        return await worker.decided()

    assert [series for _, series, _, _ in asyncio.run(decided()).alerts] == [NAME]


def test_what_comes_hours_later_and_is_not_late_is_seen_without_a_restart() -> None:
    """A feed was away for two hours, and brings what was written in them: its own partition had not gone on."""
    rule = watching(NAME, "sparse")
    later = EVENT + timedelta(hours=2)

    async def decided(restart: bool) -> Decided:
        worker = Worker([rule], START)
        await worker.come(calm())
        await worker.go_on(EVENT)
        await worker.go_on(later)
        await worker.come([says(f"o{n}", EVENT + timedelta(minutes=5 * n)) for n in range(6)])
        if restart:
            worker.restart()
        await worker.go_on(later + HOUR)
        return await worker.decided()

    with_restart, without = (asyncio.run(decided(restart)) for restart in (True, False))
    assert without == with_restart
    assert [series for _, series, _, _ in without.alerts] == [NAME]


def test_what_comes_late_to_an_alert_that_is_over_was_told_of_with_it_without_a_restart() -> None:
    begin = EVENT - timedelta(hours=30)
    # It may fire from 14:48 on, when the first alert is over.
    second = Rule(name="second", series=(GROUP,), detector=LONG, mutes=(Mute(10 * 60, 14 * 60 + 48),))

    async def decided(restart: bool) -> Decided:
        worker, at = Worker([Rule(series=(NAME,), keep_firing=5), second], begin), EVENT + timedelta(minutes=55)
        await worker.come([*_usual(begin), *quickly("s", EVENT, 30)])
        await worker.go_on_by(timedelta(minutes=1), EVENT + timedelta(minutes=40), at)
        await worker.come([says(f"l{n}", at + timedelta(minutes=-13, seconds=15 * n)) for n in range(14)])
        if restart:
            worker.restart()
        await worker.go_on_by(timedelta(minutes=1), at, EVENT + timedelta(minutes=70))
        return await worker.decided()

    with_restart, without = (asyncio.run(decided(restart)) for restart in (True, False))
    assert without == with_restart
    assert [series for _, series, _, _ in without.alerts] == [NAME]


def test_a_backtest_has_the_evidence_of_a_worker() -> None:
    """Copies of what was told of come on the next day beside five new headlines."""
    rules, again = [watching(NAME), late(GROUP)], MIDNIGHT + timedelta(hours=2)
    told = event(8)
    copies = [
        (
            msgspec.structs.replace(
                document, id=f"copy{k}-{n}", source=f"copier {k} {n}", published_at=again + timedelta(minutes=1 + k)
            ),
            names,
        )
        for k, (document, names) in enumerate(told[:2])
        for n in range(10)
    ]
    said = [*calm(), *told, *copies, *(says(f"f{n}", again + timedelta(minutes=2 + n), "Bolt") for n in range(5))]

    async def decided() -> Decided:
        worker = Worker(rules, START)
        await worker.come(said)
        await worker.go_on_by(HOUR, EVENT, START + timedelta(days=DAYS + 1, hours=8))
        return await worker.decided()

    by_worker = [(rule, series, minute_of(at)) for rule, series, _, at in asyncio.run(decided()).alerts]
    by_backtest = [(alert.rule, alert.series, alert.minute) for alert in backtest_rules(rules, history(said)).alerts]
    assert by_worker == sorted(by_backtest)
    assert len(by_worker) == 2


def test_nobody_waits_for_a_rule_that_is_back_after_weeks() -> None:
    now = 60 * 1440
    there, back = (replace(begin(Rule(), at), evaluated=at) for at in (now, now - 19 * 1440))
    assert pieces.ends_of_pieces([(Rule(), there), (Rule(), back)], now + 1) == [now + 1, now - 19 * 1440 + 720]
    near = replace(begin(Rule(), now - 700), evaluated=now - 700)
    assert pieces.ends_of_pieces([(Rule(), there), (Rule(), near)], now + 900) == [now + 20, now + 20]
    learns = replace(back, silent_until=now)
    assert pieces.ends_of_pieces([(Rule(), there), (Rule(), learns)], now + 1) == [now + 1, now - 19 * 1440 + 720]
