"""The detector on simulated minutes: the traps it must not fall into, each by name, and what holds of any stream."""

import random
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.pipeline.detect import ClassifierErrors, DetectorSpec, Kind
from stream.pipeline.detect import daily as learning
from stream.pipeline.detect.packed import pack, unpack
from stream.pipeline.rules import (
    Decision,
    DecisionRecord,
    Mute,
    Outcome,
    Reason,
    Rule,
    RuleState,
    Severity,
    adapt,
    advance,
    begin,
    differences,
    read_counts,
    replay,
)
from stream.pipeline.rules.parted import parted
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.independence import UNIT

pytestmark = pytest.mark.slow

RULE = Rule()
Minutes = dict[int, dict[str, Bucket]]


def _poisson(pick: random.Random, mean: float) -> int:
    count, left = 0, pick.expovariate(1.0)
    while left < mean:
        count, left = count + 1, left + pick.expovariate(1.0)
    return count


def _traffic(days: float, rate: float, share: float, seed: int = 1, name: str = "s") -> Minutes:
    """Minutes of one series: ``rate`` documents a minute, of which ``share`` are negative."""
    pick = random.Random(seed)
    return {minute: {name: _bucket(pick, rate, share)} for minute in range(int(days * DAY))}


def _bucket(pick: random.Random, rate: float, share: float, positive: float = 0.0) -> Bucket:
    documents = _poisson(pick, rate)
    negatives = sum(pick.random() < share for _ in range(documents))
    positives = sum(pick.random() < positive for _ in range(documents - negatives))
    return Bucket(
        independent=documents * UNIT, independent_negative=negatives * UNIT, independent_positive=positives * UNIT
    )


def _event(minutes: Minutes, start: int, length: int, rate: float, share: float, name: str = "s") -> Minutes:
    pick = random.Random(start)
    return minutes | {minute: {name: _bucket(pick, rate, share)} for minute in range(start, start + length)}


def _decide(
    rule: Rule, state: RuleState, minutes: Minutes, until: int, errors: ClassifierErrors | None = None
) -> Outcome:
    return advance(rule, state, read_counts(rule, state, minutes, until), until, errors)


def _run(
    minutes: Minutes, until: int | None = None, rule: Rule = RULE, errors: ClassifierErrors | None = None
) -> Outcome:
    return _decide(rule, begin(rule, 0), minutes, max(minutes) + 1 if until is None else until, errors)


def _reasons(outcome: Outcome) -> list[Reason]:
    return [change.reason for change in outcome.changes if change.reason is not Reason.ESCALATED]


CRISIS = _event(_traffic(2, 0.5, 0.2), int(1.5 * DAY), 40, 2.0, 0.9)


@cache
def _crisis() -> Outcome:
    return _run(CRISIS, 2 * DAY)


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_days_are_silent(seed: int) -> None:
    assert _reasons(_run(_traffic(5, 1.0, 0.25, seed))) == []


def test_a_surge_of_negatives_fires_once_and_resolves() -> None:
    outcome = _run(_event(_traffic(3, 0.5, 0.2), 2 * DAY, 40, 2.0, 0.8))
    assert _reasons(outcome) == [Reason.FIRING, Reason.RESOLVED]
    fired, resolved = outcome.changes[0], outcome.changes[-1]
    assert 2 * DAY < fired.observation.minute <= 2 * DAY + 20
    assert resolved.fired == fired.fired == fired.observation.minute
    assert fired.observation.negatives > fired.observation.expected_high > fired.observation.expected_negatives
    assert fired.observation.score >= fired.observation.threshold > 0
    lasted = resolved.observation.minute - fired.observation.minute
    assert re.match(
        rf"resolved after {lasted} min: the score fell to [\d.]+, under half of the threshold", resolved.detail
    )


def test_a_rise_of_the_share_at_a_flat_volume_fires() -> None:
    assert Reason.FIRING in _reasons(_run(_event(_traffic(3, 3.0, 0.2), 2 * DAY, 45, 3.0, 0.5)))


@pytest.mark.parametrize("factor", [3, 10])
def test_a_neutral_event_does_not_fire(factor: int) -> None:
    assert _reasons(_run(_event(_traffic(3, 1.0, 0.2), 2 * DAY, 45, factor, 0.2))) == []


def test_a_neutral_event_is_a_surge_of_volume() -> None:
    rule = Rule(name="volume", detector=DetectorSpec(kind=Kind.VOLUME))
    assert _reasons(_run(_traffic(3, 1.0, 0.2), rule=rule)) == []
    outcome = _run(_event(_traffic(3, 1.0, 0.2), 2 * DAY, 45, 4.0, 0.2), rule=rule)
    assert _reasons(outcome) == [Reason.FIRING, Reason.RESOLVED]
    seen = outcome.changes[0].observation
    assert seen.documents > seen.expected_high > seen.usual_documents > 0


def test_a_quiet_hour_with_a_few_negatives_does_not_fire() -> None:
    assert _reasons(_run(_event(_traffic(3, 2.0, 0.2), 2 * DAY, 60, 0.2, 1.0))) == []


def test_a_collapse_of_the_volume_with_a_high_share_does_not_fire() -> None:
    # The guard: twenty negatives of twenty-five documents, where thirty negatives of a hundred and fifty are usual.
    assert _reasons(_run(_event(_traffic(3, 5.0, 0.2), 2 * DAY, 30, 0.8, 0.8))) == []


def test_a_slow_drift_of_the_mean_is_found_as_a_drift_alone() -> None:
    pick = random.Random(1)
    minutes = _traffic(12, 1.0, 0.2)
    for day in range(12, 17):
        share = 0.2 + 0.06 * (day - 11)
        minutes |= {minute: {"s": _bucket(pick, 1.0, share)} for minute in range(day * DAY, (day + 1) * DAY)}
    drift = DetectorSpec(kind=Kind.DRIFT, windows=(DAY,), every=60, warm_up=5 * DAY, share=14 * DAY, support=30)
    outcome = _run(minutes, rule=Rule(name="drift", detector=drift))
    assert _reasons(outcome)[:1] == [Reason.FIRING]
    assert 12 * DAY < outcome.changes[0].observation.minute < 17 * DAY
    assert _reasons(_run(_traffic(16, 1.0, 0.2), rule=Rule(name="drift", detector=drift))) == []


def test_nothing_fires_while_warming_up() -> None:
    outcome = _run(_event(_traffic(0.9, 0.5, 0.2), DAY // 2, 40, 3.0, 0.9))
    assert _reasons(outcome) == []
    assert {reason for reason, count in outcome.reasons.items() if count} == {Reason.WARMING_UP}


def test_a_series_warms_up_from_its_own_first_minute() -> None:
    minutes = _traffic(3, 0.5, 0.2)
    late = _event({}, 2 * DAY, 40, 3.0, 0.9, name="new")
    outcome = _run({minute: minutes.get(minute, {}) | late.get(minute, {}) for minute in minutes})
    assert _reasons(outcome) == []
    assert outcome.latest["new"].reason is Reason.WARMING_UP


def test_an_alert_resolves_when_its_series_falls_silent() -> None:
    minutes = _event(_traffic(2, 0.5, 0.2), 2 * DAY, 20, 3.0, 0.9)
    outcome = _run(minutes, 2 * DAY + 90)
    assert _reasons(outcome) == [Reason.FIRING, Reason.RESOLVED]
    said = r"resolved after \d+ min: (no negative document in the last 30 min|the score fell)"
    assert re.match(said, outcome.changes[-1].detail)


def test_a_new_normal_is_accepted_in_time() -> None:
    minutes = _event(_traffic(2, 1.0, 0.2), 2 * DAY, 4 * DAY, 3.0, 0.7)
    outcome = _run(minutes)
    assert _reasons(outcome) == [Reason.FIRING, Reason.ACCEPTED]
    assert re.match(
        r"accepted as normal after \d+ min: it has lasted so long that it is usual now; ", outcome.changes[-1].detail
    )
    assert outcome.latest["s"].observation.expected_share == pytest.approx(0.7, abs=0.05)


def test_an_alarm_does_not_teach_the_baseline() -> None:
    minutes = _event(_traffic(2, 0.5, 0.2), 2 * DAY, 90, 3.0, 0.9)
    before, after = _run(minutes, 2 * DAY + 15), _run(minutes, 2 * DAY + 89)
    assert after.latest["s"].reason is Reason.KEEP_FIRING
    assert after.latest["s"].observation.expected_share == pytest.approx(
        before.latest["s"].observation.expected_share, abs=0.01
    )


def test_the_severity_rises_with_the_score_and_stays() -> None:
    rule = Rule(severities=(Severity("low"), Severity("high", 4.0)))
    outcome = _run(_event(_traffic(2, 1.0, 0.2), 2 * DAY, 60, 3.0, 0.9), 2 * DAY + 200, rule)
    assert [(item.reason, item.severity) for item in outcome.changes] == [
        (Reason.FIRING, "low"),
        (Reason.ESCALATED, "high"),
        (Reason.RESOLVED, "high"),
    ]


def test_pending_waits_and_a_short_peak_is_forgotten() -> None:
    rule = Rule(pending=10)
    fired = _run(CRISIS, rule=rule).changes[0].observation.minute
    assert fired == _crisis().changes[0].observation.minute + 10
    short = _event(_traffic(2, 0.5, 0.2), int(1.5 * DAY), 4, 6.0, 0.9)
    assert _reasons(_run(short, rule=Rule(pending=40))) == []
    assert _run(short, rule=Rule(pending=40)).reasons[Reason.PENDING] > 0


def test_after_an_alert_it_cools_down_unless_it_is_worse() -> None:
    first, start = _event(_traffic(2.5, 1.0, 0.2), 2 * DAY, 20, 3.0, 0.7), 2 * DAY + 150
    mild = _event(first, start, 20, 3.0, 0.7)
    rule = Rule(cooldown=240, severities=(Severity("low"), Severity("high", 16.0)))
    outcome = _run(mild, rule=rule)
    assert outcome.reasons[Reason.COOLING_DOWN] > 0
    assert [item.fired for item in outcome.changes if item.reason is Reason.FIRING][1:] == []
    worse = _run(_event(first, start, 20, 9.0, 0.9), rule=rule)
    assert [item.severity for item in worse.changes if item.reason is Reason.FIRING] == ["low", "high"]


def test_a_muted_hour_says_so_and_what_lasts_fires_after_it() -> None:
    start = int(1.5 * DAY)
    # Minute 0 was a Thursday; noon of the Friday in UTC is 13:00 in Zurich in winter.
    rule = Rule(mutes=(Mute(12 * 60, 13 * 60 + 30, (4,), "Europe/Zurich"),))
    outcome = _run(_event(_traffic(2, 0.5, 0.2), start, 60, 2.0, 0.9), rule=rule)
    assert outcome.reasons[Reason.MUTED] > 0
    assert outcome.changes[0].observation.minute == start + 31


def test_a_classifier_that_can_hardly_tell_gives_cannot_tell() -> None:
    # It calls 40 % of what is not negative so: of a hundred documents that it calls negative at 50 % few may truly be.
    vague = ClassifierErrors.of([[55, 45], [40, 60]], 0)
    minutes = _event(_traffic(3, 1.0, 0.2), 2 * DAY, 40, 1.5, 0.55)
    assert Reason.FIRING in _reasons(_run(minutes))
    outcome = _run(minutes, errors=vague)
    assert _reasons(outcome) == []
    assert outcome.reasons[Reason.CANNOT_TELL] > 0


def test_a_good_classifier_changes_little_and_gives_an_interval() -> None:
    outcome = _run(CRISIS, errors=ClassifierErrors.of([[900, 100], [100, 1900]], 0))
    seen = outcome.changes[0].observation
    assert outcome.changes[0].reason is Reason.FIRING
    assert seen.estimated_low is not None
    assert seen.estimated_negatives is not None
    assert seen.estimated_high is not None
    assert 0 < seen.estimated_low < seen.estimated_negatives < seen.estimated_high <= seen.documents


def test_a_smaller_budget_asks_for_a_higher_score() -> None:
    thresholds = [_run(_traffic(3, 1.0, 0.2), rule=Rule(budget=b)).latest["s"].observation.threshold for b in (1, 10)]
    assert thresholds[0] > thresholds[1]


def test_a_rule_watches_the_series_of_its_patterns_only() -> None:
    rule = Rule(series=("topic:*",), without=("topic:Macro",))
    assert [rule.watches(name) for name in ("topic:Energy", "topic:Macro", "entry:Tesla")] == [True, False, False]
    two = {m: {"topic:Energy": b["s"], "entry:Tesla": b["s"]} for m, b in _traffic(0.1, 1.0, 0.2).items()}
    assert set(_run(two, rule=rule).latest) == {"topic:Energy"}


def test_a_rule_that_looks_for_something_else_learns_anew_and_silently() -> None:
    outcome = _crisis()
    changed = Rule(detector=DetectorSpec(windows=(10, 20)))
    state = adapt(changed, outcome.state, 0)
    assert (state.evaluated, state.silent_until) == (0, outcome.state.evaluated)
    again = _decide(changed, state, CRISIS, 2 * DAY)
    assert _reasons(again) == []
    assert again.latest["s"].observation.expected_share == pytest.approx(0.2, abs=0.05)
    assert adapt(replace_budget(RULE, 7.0), outcome.state, 0) is outcome.state


def replace_budget(rule: Rule, budget: float) -> Rule:
    """The same rule with another budget."""
    return msgspec.structs.replace(rule, budget=budget)


def test_series_that_are_given_up_are_dropped_from_the_state() -> None:
    two = {m: {"a": b["s"], "b": b["s"]} for m, b in _traffic(0.1, 1.0, 0.2).items()}
    state = adapt(Rule(series=("b",)), _run(two).state, 0)
    assert state.names == ("b",)
    assert len(state.baselines) == 1


def test_a_state_comes_back_digit_for_digit_and_others_are_refused() -> None:
    state = _crisis().state
    assert RuleState.decode(state.encode()) == state
    assert RuleState.decode(state.encode()).encode() == state.encode()
    for content in (b"", b"{}", msgspec.msgpack.encode([1, 2]), state.encode()[:-9]):
        with pytest.raises(ValueError, match=r"state|version|arrays"):
            RuleState.decode(content)


def test_a_replay_of_a_record_gives_the_same_decision_and_names_what_differs() -> None:
    outcome = _crisis()
    for change in outcome.changes:
        seen = change.observation
        recorded = DecisionRecord(RULE, ClassifierErrors(), outcome.traces[seen.series, seen.minute], change)
        back = DecisionRecord.decode(recorded.encode())
        assert back == recorded
        assert differences(change, replay(back)) == []
    fired = outcome.changes[0]
    recorded = DecisionRecord(RULE, ClassifierErrors(), outcome.traces["s", fired.observation.minute], fired)
    documents, negatives, positives = recorded.trace.counts
    other = msgspec.structs.replace(recorded.trace, counts=(documents, (*negatives[:-1], negatives[-1] + 1), positives))
    found = differences(fired, replay(msgspec.structs.replace(recorded, trace=other)))
    assert any(line.startswith("observation.negatives: was") for line in found)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 2 * DAY - 1), max_size=8))
def test_a_restart_at_any_tick_changes_no_decision(cuts: list[int]) -> None:
    minutes = {m: dict(b) for m, b in CRISIS.items()}
    for minute, bucket in _traffic(1.2, 0.05, 0.3, 7, "late").items():
        minutes[minute + DAY // 2] |= bucket
    whole, state = _run(minutes, 2 * DAY), begin(RULE, 0)
    changes: list[Decision] = []
    for until in [*sorted(cuts), 2 * DAY]:
        outcome = _decide(RULE, RuleState.decode(state.encode()), minutes, until)
        state, changes = outcome.state, [*changes, *outcome.changes]
    assert tuple(changes) == whole.changes
    assert state == whole.state
    assert outcome.latest == whole.latest or until == state.evaluated


def test_killed_at_every_tick_the_alerts_are_the_same() -> None:
    whole, state = _crisis(), begin(RULE, 0)
    changes: list[Decision] = []
    for until in [*range(DAY, int(1.45 * DAY), 60), *range(int(1.45 * DAY), 2 * DAY + 1)]:
        # Whoever dies before its commit leaves what was stored before; whoever comes next computes the same again.
        stored = state.encode()
        _decide(RULE, RuleState.decode(stored), CRISIS, until)
        outcome = _decide(RULE, RuleState.decode(stored), CRISIS, until)
        state, changes = outcome.state, [*changes, *outcome.changes]
    assert tuple(changes) == whole.changes
    assert len(changes) >= 2
    assert state == whole.state


@pytest.mark.parametrize(("accept", "keep_firing"), [(720, 1), (720, 3), (720, 14), (21, 15), (38, 15), (62, 15)])
def test_an_alert_that_begins_or_ends_within_a_cell_teaches_the_same_in_any_piece(
    accept: int, keep_firing: int
) -> None:
    rule = msgspec.structs.replace(RULE, accept=accept, keep_firing=keep_firing, cooldown=7)
    whole, state = _decide(rule, begin(rule, 0), CRISIS, 2 * DAY), begin(rule, 0)
    changes: list[Decision] = []
    around = {minute + near for minute in _minutes_of(whole.changes) for near in range(-9, 9)}
    for until in [*sorted(around), 2 * DAY]:
        outcome = _decide(rule, state, CRISIS, until)
        state, changes = outcome.state, [*changes, *outcome.changes]
    assert {Reason.RESOLVED, Reason.ACCEPTED} & {change.reason for change in changes}
    assert tuple(changes) == whole.changes
    assert state == whole.state


@pytest.mark.parametrize("every", [1, 7])
def test_series_that_begin_within_a_cell_are_the_same_in_any_piece(every: int) -> None:
    """What a new series is taken for follows from those before it; the reasons are those of each minute alone."""
    rule, errors = parted(Rule(), ())[0], ClassifierErrors(hits=90, negatives=100, slips=8, others=100)
    minutes: Minutes = {}
    for number in range(24):
        name, first = f"topic:{number:02}", number % 9
        for minute, bucket in _event(_traffic(0.4, 0.3, 0.2, number), 400, 60, 0.5, 0.6).items():
            if minute >= first:
                minutes.setdefault(minute, {})[name] = Bucket(independent=UNIT) if minute == first else bucket["s"]
    until = max(minutes) + 1
    whole, state = _decide(rule, begin(rule, 0), minutes, until, errors), begin(rule, 0)
    decisions: list[Decision] = []
    reasons: Counter[Reason] = Counter()
    for end in [*range(1, until, every), until]:
        outcome = _decide(rule, state, minutes, end, errors)
        state, decisions = outcome.state, [*decisions, *outcome.decisions]
        reasons.update(outcome.reasons)
    assert state == whole.state
    assert decisions == list(whole.decisions)
    assert +reasons == +Counter(whole.reasons)


def _minutes_of(changes: Iterable[Decision]) -> set[int]:
    return {change.observation.minute for change in changes}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 2 * DAY))
def test_cutting_the_future_changes_nothing_before_it(cut: int) -> None:
    past = {minute: buckets for minute, buckets in CRISIS.items() if minute < cut}
    outcome = _run(past | {-1: {}}, cut)
    assert outcome.changes == tuple(change for change in _crisis().changes if change.observation.minute <= cut)
    whole = {(d.observation.series, d.observation.minute): d for d in _crisis().decisions}
    for decision in outcome.decisions:
        assert whole[decision.observation.series, decision.observation.minute] == decision


@settings(max_examples=5, deadline=None)
@given(st.permutations(["a", "b", "c"]))
def test_the_order_within_a_bucket_says_nothing(order: list[str]) -> None:
    streams = {name: _traffic(1.6, 0.5, 0.2, seed, name) for seed, name in enumerate("abc")}
    streams["b"] = _event(streams["b"], int(1.4 * DAY), 40, 3.0, 0.9, "b")
    ordered = {m: {name: streams[name][m][name] for name in order} for m in streams["a"]}
    plain = {m: {name: streams[name][m][name] for name in "abc"} for m in streams["a"]}
    one, other = _run(ordered), _run(plain)
    assert one.changes == other.changes
    assert one.state == other.state


@pytest.mark.parametrize("scale", [2, 5])
def test_more_of_the_same_at_the_same_share_never_fires(scale: int) -> None:
    # Each document stands for several: counts scale, shares stay, and the noise of the counts is learned with them.
    minutes = {
        minute: {
            name: Bucket(
                independent=bucket.independent * scale, independent_negative=bucket.independent_negative * scale
            )
            for name, bucket in buckets.items()
        }
        for minute, buckets in _traffic(5, 1.0, 0.25, 4).items()
    }
    assert _reasons(_run(minutes)) == []


def test_what_is_kept_of_the_past_is_each_fifth_minute_and_all_while_something_goes_on() -> None:
    outcome = _crisis()
    fired, resolved = outcome.changes[0].observation.minute, outcome.changes[-1].observation.minute
    kept = [decision.observation.minute for decision in outcome.decisions]
    assert set(range(fired, resolved + 1)) <= set(kept)
    assert set(range(5, fired, 5)) <= set(kept)
    assert len(kept) == len(set(kept))
    before = [decision for decision in outcome.decisions if decision.observation.minute < fired - 5]
    assert len(before) < fired / 4


def test_of_silent_series_one_decision_an_hour_is_kept() -> None:
    minutes = _traffic(1.0, 1.0, 0.2)
    minutes[0] = {"silent": Bucket(independent=UNIT), **minutes[0]}
    outcome = _run(minutes)
    kept: dict[str, list[int]] = {"s": [], "silent": []}
    for made in outcome.decisions:
        kept[made.observation.series].append(made.observation.minute)
    assert kept["s"] == list(range(5, DAY + 1, 5))
    assert [minute for minute in kept["silent"] if minute > 30] == list(range(60, DAY + 1, 60))


def test_the_first_row_of_a_new_state_is_independent_of_the_old_one() -> None:
    state = _run(_traffic(0.2, 1.0, 0.2)).state
    content = state.encode()
    _decide(RULE, state, _traffic(0.3, 1.0, 0.2), int(0.3 * DAY))
    assert state.encode() == content
    assert replace(state, evaluated=5).encode() != content


# Two series: "a" brings a document in two minutes for a day and a half, then nothing until both have a surge.
LIFE, BACK = int(1.5 * DAY), 3 * DAY + 360
END = BACK + 120
FORGETFUL = Rule(
    detector=DetectorSpec(level=120, share=180)
)  # ten half-lives are thirty hours: it is forgotten as day 3 begins


@cache
def _dying() -> Minutes:
    minutes = _event(_traffic(END / DAY, 0.4, 0.2, 3, "b"), BACK, 30, 2.0, 0.9, "b")
    lives = _traffic(1.5, 0.5, 0.2, 4, "a") | _event({}, BACK, 30, 2.0, 0.9, "a")
    for minute, buckets in lives.items():
        minutes[minute] = minutes[minute] | {name: one for name, one in buckets.items() if one.independent}
    return minutes


@cache
def _dropped() -> Outcome:
    return _run(_dying(), END, FORGETFUL)


def _of(name: str, decisions: Sequence[Decision], first: int, last: int) -> list[Decision]:
    return [d for d in decisions if d.observation.series == name and first < d.observation.minute <= last]


def test_a_series_that_died_is_dropped_and_comes_back_as_a_new_one() -> None:
    before = _decide(FORGETFUL, begin(FORGETFUL, 0), _dying(), BACK)
    assert before.state.names == ("b",)
    assert before.forgotten == ("a",)
    assert set(before.latest) == {"b"}
    assert _of("a", before.decisions, 3 * DAY - 5, 3 * DAY)
    assert not _of("a", before.decisions, 3 * DAY, BACK)
    after = _dropped()
    assert after.state.names == ("b", "a")
    assert after.forgotten == ()
    assert {d.reason for d in _of("a", after.decisions, BACK, END)} == {Reason.WARMING_UP}
    assert [c.observation.series for c in after.changes if c.reason is Reason.FIRING] == ["b"]


def test_until_a_series_is_dropped_every_decision_is_as_if_it_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = _dropped()
    monkeypatch.setattr(learning, "EXPIRY_HALF_LIVES", 1000)
    kept = _run(_dying(), END, FORGETFUL)
    assert kept.state.names == ("a", "b")
    for name in ("a", "b"):
        one, other = (_of(name, outcome.decisions, 0, 3 * DAY) for outcome in (dropped, kept))
        assert one == other
        assert len(one) > 400
    # Then the kept one alerts at once when it comes back, and the other as it did, its threshold at most as high.
    fired = {c.observation.series: c.observation.minute for c in dropped.changes if c.reason is Reason.FIRING}
    both = {c.observation.series: c.observation.minute for c in kept.changes if c.reason is Reason.FIRING}
    assert fired == {"b": both["b"]}
    assert set(both) == {"a", "b"}
    assert dropped.state.baselines.threshold[0] <= kept.state.baselines.threshold[1]


@settings(max_examples=3, deadline=None)
@given(st.lists(st.integers(1, END - 1), min_size=1, max_size=6), st.booleans())
def test_pieces_drop_the_same_series_at_the_same_time(cuts: list[int], at_midnight: bool) -> None:
    whole, state = _dropped(), begin(FORGETFUL, 0)
    changes: list[Decision] = []
    for until in [*sorted(cut - cut % DAY if at_midnight else cut for cut in cuts), END]:
        outcome = _decide(FORGETFUL, RuleState.decode(state.encode()), _dying(), until)
        state, changes = outcome.state, [*changes, *outcome.changes]
    assert tuple(changes) == whole.changes
    assert state == whole.state


def test_a_state_of_a_release_that_did_not_tell_when_a_series_was_seen_is_read() -> None:
    baselines = _crisis().state.baselines
    stored = msgspec.msgpack.decode(zlib.decompress(pack(baselines)))
    del stored["seen"]
    found = unpack(zlib.compress(msgspec.msgpack.encode(stored)))
    assert (found.last_heard == -1).all()
    assert (found.since == baselines.since).all()
    state = _decide(RULE, replace(_crisis().state, baselines=found), CRISIS | _traffic(0, 1, 1), 2 * DAY + 5).state
    assert (state.baselines.last_heard == 2 * DAY + 5).all()
    del stored["since"]
    with pytest.raises(ValueError, match="no detector's arrays"):
        unpack(zlib.compress(msgspec.msgpack.encode(stored)))
