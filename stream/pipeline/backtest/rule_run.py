"""One rule over collected documents, day by day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from stream.pipeline.backtest.collect import DocumentHistory
from stream.pipeline.detect import ClassifierErrors, Kind
from stream.pipeline.rules import (
    Decision,
    DecisionRecord,
    Held,
    Outcome,
    Reason,
    Rule,
    Teller,
    Trace,
    advance,
    begin,
    with_robustness,
)
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.evidence import OF_ALERT, Evidence, strongest

Key = tuple[str, int]  # a series, and the minute at which its alert fired


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert that the rules would have raised.

    Attributes:
        rule: its name.
        decision: the one by which it fired.
        severity: the highest that it came to; ``severities`` are all, in their order.
        resolved: minute since 1970; None where it was still on at the end.
        evidence: its most negative documents.
    """

    rule: str
    decision: Decision
    severity: str
    resolved: int | None
    evidence: tuple[Evidence, ...]
    severities: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        """The series that it is about."""
        return self.decision.observation.series

    @property
    def minute(self) -> int:
        """The minute at which it fired, since 1970."""
        return self.decision.observation.minute


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A decision of the past, for pictures and explanations.

    Attributes:
        minute: the end of the window (exclusive), since 1970; ``window`` is its length.
        observed: the tested count; ``expected``, ``low`` and ``high`` are what was expected of it.
    """

    minute: int
    reason: Reason
    window: int
    observed: float
    expected: float
    low: float
    high: float
    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Band:
    """What was counted in one series and expected of it by one rule, over time."""

    rule: str
    series: str
    points: list[Point] = field(default_factory=list)


class RuleRun:
    """A rule on its way through the past: it decides on a day, anew as long as something is held back, and keeps that.

    Attributes:
        bands, reasons, state: after the days that were kept.
    """

    def __init__(self, rule: Rule, collected: DocumentHistory, errors: ClassifierErrors, last: int) -> None:
        self.rule, self._collected, self._errors = rule, collected, errors
        self.bands: dict[str, Band] = {}
        self.reasons: dict[str, int] = {}
        self._kept: dict[Key, RaisedAlert] = {}
        self.state = begin(rule, collected.first)
        watched = [name for name in collected.members if rule.watches(name)]
        first = collected.first - rule.detector.lookback
        self._counts = collected.counts(watched, first, max(last, first + 1)).resampled(rule.detector.step)
        # Of the day that is decided on.
        self._held = Held()
        self._outcome: Outcome | None = None
        self._traces: Mapping[tuple[str, int], Trace] = {}
        self._raised: dict[Key, RaisedAlert] = {}

    def alerts(self) -> list[RaisedAlert]:
        """Return what was raised so far, with that of the day that is decided on."""
        return list((self._kept | self._raised).values())

    def open_questions(self) -> list[RaisedAlert]:
        """Return what this day raised, or held back on trial, of which it was not answered whether it was told of."""
        outcome = self._outcome
        return [] if outcome is None else [self._alert(decision) for decision in self._held.open_questions(outcome)]

    def answer(self, alert: RaisedAlert, *, told: bool) -> bool:
        """Take the answer about an open question; return whether the day is to be decided on anew."""
        return self._held.answer(alert.decision, told=told)

    def decide(self, until: int) -> None:
        """Decide on a day."""
        here = self._counts.between(self.state.evaluated - self.rule.detector.lookback, until)
        counts, state = here.ordered_after(self.state.names), replace(self.state, told=self._held.spans)
        outcome = advance(self.rule, state, counts, until, self._errors)
        self._outcome, self._traces, self._raised = outcome, outcome.traces, {}
        for decision in outcome.changes:
            self._change(decision)

    def keep(self) -> None:
        """Take the day as it was decided on last."""
        outcome, self._outcome = self._outcome, None
        if outcome is None:
            return
        self.state, self._kept, self._raised, self._held = outcome.state, self._kept | self._raised, {}, Held()
        for reason, count in outcome.reasons.items():
            self.reasons[reason.value] = self.reasons.get(reason.value, 0) + count
        for decision in outcome.decisions:
            name = decision.observation.series
            self.bands.setdefault(name, Band(self.rule.name, name)).points.append(_point(decision))

    def recorded(self, alert: RaisedAlert) -> DecisionRecord:
        """Return what one of :meth:`open_questions` was computed from."""
        trace = self._traces[alert.series, alert.minute]
        return DecisionRecord(self.rule, self._errors, trace, alert.decision)

    def looked_back_on(self, alert: RaisedAlert) -> list[Evidence]:
        """Return the negative documents of the longest window of the rule, when ``alert`` fired."""
        return self._evidence(alert.series, alert.minute - max(self.rule.detector.windows), alert.minute)

    def with_documents(self, teller: Teller) -> Teller:
        """Return ``teller``, which is of this rule, with what it has told of."""
        return teller.of(self._evidence(teller.series, teller.first, teller.resolved))

    def _change(self, decision: Decision) -> None:
        observation = decision.observation
        series, minute = observation.series, observation.minute
        key = series, decision.fired or 0
        if decision.reason is Reason.FIRING:
            members = self._collected.window(series, minute - observation.window, minute)
            evidence = strongest(self._evidence(series, minute - observation.window, minute), OF_ALERT)
            trace = self._traces[series, minute]
            robust = with_robustness(self.rule, decision, trace, members, self._errors)
            self._raised[key] = self._alert(robust, evidence)
        elif (before := self._raised.get(key) or self._kept.get(key)) is not None:
            if decision.reason is Reason.ESCALATED:
                severities = (*before.severities, decision.severity)
                after = msgspec.structs.replace(before, severity=decision.severity, severities=severities)
            else:
                after = msgspec.structs.replace(before, resolved=minute)
            self._raised[key] = after

    def _alert(self, decision: Decision, evidence: Iterable[Evidence] = ()) -> RaisedAlert:
        return RaisedAlert(self.rule.name, decision, decision.severity, None, tuple(evidence), (decision.severity,))

    def _evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the negative documents of a series that windows keep of the minutes ``first <= m < last``."""
        kept = self._collected.evidence.get(series, [])
        begin, end = (bisect_left(kept, minute, key=_minute) for minute in (first, last))
        return kept[begin:end]


def _minute(item: Evidence) -> int:
    return minute_of(item.published_at)


def _point(decision: Decision) -> Point:
    observation = decision.observation
    volume = observation.kind == Kind.VOLUME
    observed = observation.documents if volume else observation.negatives
    expected = observation.usual_documents if volume else observation.expected_negatives
    return Point(
        minute=observation.minute,
        reason=decision.reason,
        window=observation.window,
        observed=observed,
        expected=expected,
        low=observation.expected_low,
        high=observation.expected_high,
        score=observation.score,
        threshold=observation.threshold,
    )
