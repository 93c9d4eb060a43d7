"""The detector on simulated minutes: the traps it must not fall into, each by name, and what holds of any stream."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.pipeline.aggregate import UNIT, Bucket
from stream.pipeline.rules import Decision, Outcome, Reason, Rule, RuleState, advance, begin

DAY = 1440
RULE = Rule()
Minutes = dict[int, dict[str, Bucket]]


def _poisson(pick: random.Random, mean: float) -> int:
    count, left = 0, pick.expovariate(1.0)
    while left < mean:
        count, left = count + 1, left + pick.expovariate(1.0)
    return count


def _traffic(days: float, rate: float, share: float, seed: int = 1) -> Minutes:
    """Minutes of one series: ``rate`` documents a minute, of which ``share`` are negative."""
    pick = random.Random(seed)
    return {minute: {"s": _bucket(pick, rate, share)} for minute in range(int(days * DAY))}


def _bucket(pick: random.Random, rate: float, share: float) -> Bucket:
    documents = _poisson(pick, rate)
    negatives = sum(pick.random() < share for _ in range(documents))
    return Bucket(independent=documents * UNIT, independent_negative=negatives * UNIT)


def _event(minutes: Minutes, start: int, length: int, rate: float, share: float) -> Minutes:
    pick = random.Random(start)
    return minutes | {minute: {"s": _bucket(pick, rate, share)} for minute in range(start, start + length)}


def _run(minutes: Minutes, until: int | None = None) -> Outcome:
    return advance(RULE, begin(0), minutes, max(minutes) + 1 if until is None else until)


def _reasons(outcome: Outcome) -> list[Reason]:
    return [change.reason for change in outcome.changes]


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_days_are_silent(seed: int) -> None:
    assert _reasons(_run(_traffic(5, 1.0, 0.25, seed))) == []


def test_a_surge_of_negatives_fires_once_and_resolves() -> None:
    outcome = _run(_event(_traffic(3, 0.5, 0.2), 2 * DAY, 40, 2.0, 0.8))
    assert _reasons(outcome) == [Reason.FIRING, Reason.RESOLVED]
    fired, resolved = outcome.changes
    assert 2 * DAY < fired.observation.minute <= 2 * DAY + 20
    assert resolved.fired == fired.fired == fired.observation.minute
    assert fired.observation.negatives > 2 * fired.observation.expected_negatives


def test_a_rise_of_the_share_at_a_flat_volume_fires() -> None:
    assert Reason.FIRING in _reasons(_run(_event(_traffic(3, 3.0, 0.2), 2 * DAY, 45, 3.0, 0.5)))


@pytest.mark.parametrize("factor", [3, 10])
def test_a_neutral_event_does_not_fire(factor: int) -> None:
    assert _reasons(_run(_event(_traffic(3, 1.0, 0.2), 2 * DAY, 45, factor, 0.2))) == []


def test_a_quiet_hour_with_a_few_negatives_does_not_fire() -> None:
    assert _reasons(_run(_event(_traffic(3, 2.0, 0.2), 2 * DAY, 60, 0.2, 1.0))) == []


def test_nothing_fires_while_warming_up() -> None:
    outcome = _run(_event(_traffic(0.9, 0.5, 0.2), DAY // 2, 40, 3.0, 0.9))
    assert _reasons(outcome) == []
    assert set(outcome.reasons) == {Reason.WARMING_UP}


def test_an_alert_resolves_when_its_series_falls_silent() -> None:
    minutes = _event(_traffic(2, 0.5, 0.2), 2 * DAY, 20, 3.0, 0.9)
    assert _reasons(_run(minutes, 2 * DAY + 60)) == [Reason.FIRING, Reason.RESOLVED]


def test_a_new_normal_is_accepted_in_time() -> None:
    minutes = _event(_traffic(2, 1.0, 0.2), 2 * DAY, 4 * DAY, 3.0, 0.7)
    assert _reasons(_run(minutes)) == [Reason.FIRING, Reason.ACCEPTED]


def test_an_alarm_does_not_teach_the_baseline() -> None:
    minutes = _event(_traffic(2, 0.5, 0.2), 2 * DAY, 60, 3.0, 0.9)
    before, after = _run(minutes, 2 * DAY + 15), _run(minutes, 2 * DAY + 59)
    assert after.state.series["s"].baseline.share == pytest.approx(before.state.series["s"].baseline.share, abs=0.02)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 4 * DAY), max_size=6), st.integers(0, 5))
def test_a_restart_at_any_tick_changes_no_decision(cuts: list[int], seed: int) -> None:
    minutes = _event(_traffic(2, 0.3, 0.2, seed), int(1.5 * DAY), 40, 2.0, 0.9)
    whole, state = _run(minutes, 2 * DAY), begin(0)
    changes: list[Decision] = []
    for until in [*sorted(cut for cut in cuts if cut < 2 * DAY), 2 * DAY]:
        outcome = advance(RULE, _stored(state), minutes, until)
        state, changes = outcome.state, [*changes, *outcome.changes]
    assert tuple(changes) == whole.changes
    assert state == whole.state


def _stored(state: RuleState) -> RuleState:
    return msgspec.json.decode(msgspec.json.encode(state), type=RuleState)


@settings(max_examples=20)
@given(st.integers(0, 2 * DAY))
def test_cutting_the_future_changes_nothing_before_it(cut: int) -> None:
    minutes = _event(_traffic(2, 0.3, 0.2), int(1.5 * DAY), 40, 2.0, 0.9)
    past = {minute: buckets for minute, buckets in minutes.items() if minute < cut}
    assert _run(past | {-1: {}}, cut).changes == _run(minutes, cut).changes
