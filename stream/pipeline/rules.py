"""Stage 5, second half: from observations to decisions, and the state that carries them from minute to minute.

``advance`` is the whole of it: state and buckets in, state and decisions out. It reads no clock, so a replay of the
same minutes gives the same decisions, and a worker that takes the stored state over goes on where the last one stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from stream.pipeline.aggregate import Bucket
from stream.pipeline.detect import Baseline, Observation, SurgeTest, observe

STATE_VERSION = 1


class Reason(StrEnum):
    """Why a decision is what it is."""

    WARMING_UP = "warming up"
    TOO_FEW = "too few"
    EXPECTED = "expected"
    FIRING = "firing"
    ESCALATED = "severity rose"
    KEEP_FIRING = "keep firing"
    RESOLVING = "resolving"
    RESOLVED = "resolved"
    ACCEPTED = "accepted as normal"


CHANGES = frozenset({Reason.FIRING, Reason.RESOLVED, Reason.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Rule:
    """A test and the life cycle of its alerts; times in minutes.

    An alert resolves when its score has stayed under half the threshold for ``resolve_after``. What happens while it
    fires does not teach the baseline, but after ``accept_after`` it is accepted as the new normal.
    """

    name: str = "negative-surge"
    test: SurgeTest = field(default_factory=SurgeTest)
    resolve_after: int = 15
    accept_after: int = 720


class Without(msgspec.Struct, frozen=True):
    """What the same window would say without the ``largest`` source, or story: the robustness of an alert."""

    largest: str
    documents: float
    negatives: float
    score: float
    fires: bool


class Decision(msgspec.Struct, frozen=True):
    """What was decided on one series at one minute, and on what ground; ``detail`` says it in words."""

    reason: Reason
    observation: Observation
    fired: int | None = None
    severity: str = "warning"
    detail: str = ""
    without_source: Without | None = None
    without_story: Without | None = None


class SeriesState(msgspec.Struct, frozen=True, array_like=True):
    """A series' baseline and, while an alert fires, the minute it ``fired`` and was last ``over`` the line.

    ``surge`` learns what happens meanwhile, and becomes the baseline if it lasts.
    """

    baseline: Baseline
    fired: int | None = None
    over: int | None = None
    surge: Baseline | None = None


class RuleState(msgspec.Struct, frozen=True):
    """All that has to be kept: minutes before ``evaluated`` are done; ``since`` is the first one ever."""

    since: int
    evaluated: int
    series: dict[str, SeriesState]
    version: int = STATE_VERSION


@dataclass(frozen=True, slots=True)
class Outcome:
    """State after the last minute, the changes (firing, resolved) in order, the latest decision per series, counts."""

    state: RuleState
    changes: tuple[Decision, ...]
    latest: Mapping[str, Decision]
    reasons: Mapping[Reason, int]


def begin(minute: int) -> RuleState:
    """Return the state of a stream whose first minute is ``minute``."""
    return RuleState(minute, minute, {})


def resume(rule: Rule, state: RuleState, firing: Mapping[str, int]) -> RuleState:
    """Return ``state`` with alerts that are known to fire: series -> the minute each fired."""
    kept = {
        name: SeriesState(Baseline(state.since), at, at, Baseline(at - rule.test.window)) for name, at in firing.items()
    }
    return msgspec.structs.replace(state, series=state.series | kept)


def advance(rule: Rule, state: RuleState, minutes: Mapping[int, Mapping[str, Bucket]], until: int) -> Outcome:
    """Decide on each minute ``state.evaluated <= m < until``, each when it is closed, on what came before its end.

    Args:
        minutes: minute -> series -> bucket, from ``state.evaluated - rule.test.window`` on.
        until: the first minute that is not closed yet.
    """
    series = dict(state.series)
    changes: list[Decision] = []
    latest: dict[str, Decision] = {}
    reasons: Counter[Reason] = Counter()
    windows = _Windows(minutes, state.evaluated, rule.test.window)
    firing = {name for name, kept in series.items() if kept.fired is not None}
    for minute in range(state.evaluated, until):
        slid = windows.slide(minute)
        # A series that fires is looked at although it is silent, or it would never resolve.
        for name in sorted(slid.keys() | firing):
            bucket, before = slid.get(name, Bucket()), series.get(name) or SeriesState(Baseline(state.since))
            before = _learn(rule, before, minute - rule.test.window, minutes, name)
            decision, series[name] = _decide(rule, state.since, before, name, minute + 1, bucket)
            latest[name] = decision
            reasons[decision.reason] += 1
            if decision.reason in CHANGES:
                changes.append(decision)
                firing ^= {name}
    done = RuleState(state.since, max(until, state.evaluated), series)
    return Outcome(done, tuple(changes), latest, reasons)


class _Windows:
    """The rolling window of every series that has something in it, slid forward minute by minute."""

    def __init__(self, minutes: Mapping[int, Mapping[str, Bucket]], first: int, length: int) -> None:
        self._minutes, self._length = minutes, length
        self._merged: dict[str, Bucket] = {}
        for minute in range(first - length, first):
            self._add(minute)

    def slide(self, minute: int) -> dict[str, Bucket]:
        """Take ``minute`` in and the one that left out; a series that became empty is told once more."""
        self._add(minute)
        for name, bucket in self._minutes.get(minute - self._length, {}).items():
            self._merged[name] = self._merged.get(name, Bucket()).revert(bucket)
        told = dict(self._merged)
        self._merged = {name: bucket for name, bucket in told.items() if bucket != Bucket()}
        return told

    def _add(self, minute: int) -> None:
        for name, bucket in self._minutes.get(minute, {}).items():
            self._merged[name] = self._merged.get(name, Bucket()).merge(bucket)


def _learn(
    rule: Rule, state: SeriesState, minute: int, minutes: Mapping[int, Mapping[str, Bucket]], name: str
) -> SeriesState:
    """Learn the minute that has just left the window; while an alert fires, apart from what is normal."""
    bucket = minutes.get(minute, {}).get(name, Bucket())
    if state.surge is None or minute < state.surge.at:
        return msgspec.structs.replace(state, baseline=state.baseline.learn(minute, bucket, rule.test.half_life))
    skipped = msgspec.structs.replace(state.baseline, at=minute + 1)
    return msgspec.structs.replace(
        state, baseline=skipped, surge=state.surge.learn(minute, bucket, rule.test.half_life)
    )


def _decide(
    rule: Rule, since: int, state: SeriesState, name: str, minute: int, window: Bucket
) -> tuple[Decision, SeriesState]:
    test = rule.test
    seen = observe(test, name, minute, window, state.baseline)
    if state.fired is not None:
        return _while_firing(rule, state, seen)
    if minute - test.window - since < test.warm_up:
        return Decision(Reason.WARMING_UP, seen), state
    if seen.negatives < test.support:
        return Decision(Reason.TOO_FEW, seen), state
    if seen.score < test.threshold:
        return Decision(Reason.EXPECTED, seen), state
    fired = SeriesState(state.baseline, minute, minute, Baseline(minute - test.window))
    return Decision(Reason.FIRING, seen, minute), fired


def _while_firing(rule: Rule, state: SeriesState, seen: Observation) -> tuple[Decision, SeriesState]:
    fired, over = state.fired or 0, state.over or 0
    if state.surge is not None and seen.minute - fired >= rule.accept_after:
        return Decision(Reason.ACCEPTED, seen, state.fired), SeriesState(state.surge)
    if seen.score >= rule.test.threshold / 2:
        return Decision(Reason.KEEP_FIRING, seen, state.fired), msgspec.structs.replace(state, over=seen.minute)
    if seen.minute - over < rule.resolve_after:
        return Decision(Reason.RESOLVING, seen, state.fired), state
    return Decision(Reason.RESOLVED, seen, state.fired), SeriesState(state.baseline)
