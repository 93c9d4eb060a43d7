"""One set of rules over collected documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from stream.pipeline.backtest.collect import DocumentHistory
from stream.pipeline.detect import ClassifierErrors, Counts, Kind
from stream.pipeline.rules import (
    Decision,
    Hearing,
    Reason,
    Rule,
    Trace,
    advance,
    begin,
    sharpest,
    with_robustness,
)
from stream.pipeline.units import DAY
from stream.pipeline.windows.evidence import OF_ALERT, Evidence, strongest

AFTER_END = 180  # minutes that are decided on after the last document, so that what fires can resolve
Progress = Callable[[int], object]


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert that the rules would have raised.

    Attributes:
        rule: its name.
        decision: the one by which it fired.
        severity: the highest that it came to.
        resolved: minute since 1970; None where it was still on at the end.
        evidence: its most negative documents.
    """

    rule: str
    decision: Decision
    severity: str
    resolved: int | None
    evidence: tuple[Evidence, ...]

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


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What rules make of the past.

    Attributes:
        rules: all of them.
        alerts: what they would have raised, by time.
        bands: counts and expectations by rule and series.
        first, last: the minutes that were decided on, ``first <= m < last``.
        reasons: how many decisions were what they are and why.
        hearing: of each series the least that would fire at the end.
    """

    rules: tuple[Rule, ...]
    alerts: tuple[RaisedAlert, ...]
    bands: dict[tuple[str, str], Band]
    first: int
    last: int
    reasons: dict[str, int]
    hearing: tuple[Hearing, ...] = ()

    @property
    def deaf(self) -> bool:
        """Whether there never were enough documents to decide on anything."""
        return not self.alerts and not self.reasons.get(Reason.EXPECTED.value, 0)


def backtest_rules(
    rules: Sequence[Rule],
    collected: DocumentHistory,
    errors: ClassifierErrors | None = None,
    progress: Progress = lambda days: None,
) -> BacktestResult:
    """Decide on every minute of the documents' past by each of ``rules``.

    Args:
        rules: those of a file.
        collected: all documents.
        errors: the classifier's.
        progress: told how many days of one rule are done, one after the other.
    """
    last = collected.last + AFTER_END if collected.members else 0
    runs = [_RuleRun(rule, collected, errors, last) for rule in rules]
    for one in runs:
        for _ in one.days():
            progress(1)
    alerts = sorted((alert for one in runs for alert in one.alerts()), key=lambda item: (item.minute, item.series))
    bands = {(one.rule.name, name): band for one in runs for name, band in one.bands.items()}
    reasons: dict[str, int] = {}
    for one in runs:
        for reason, count in one.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
    hearing = tuple(sharpest([(one.rule, one.state) for one in runs], errors))
    return BacktestResult(tuple(rules), tuple(alerts), bands, collected.first, last, reasons, hearing)


class _RuleRun:
    """A rule on its way through the past."""

    def __init__(self, rule: Rule, collected: DocumentHistory, errors: ClassifierErrors | None, last: int) -> None:
        self.rule, self._collected, self._errors, self._last = rule, collected, errors, last
        self.bands: dict[str, Band] = {}
        self.reasons: dict[str, int] = {}
        self._fired: dict[tuple[str, int], RaisedAlert] = {}
        self.state = begin(rule, collected.first)

    def alerts(self) -> list[RaisedAlert]:
        """Return what was raised so far."""
        return list(self._fired.values())

    def days(self) -> Iterator[int]:
        """Decide day by day; yield after each."""
        watched = [name for name in self._collected.members if self.rule.watches(name)]
        first = self._collected.first - self.rule.detector.lookback
        counts = self._collected.counts(watched, first, max(self._last, first + 1)).resampled(self.rule.detector.step)
        for until in range(self._collected.first + DAY, self._last + DAY, DAY):
            self._day(counts, min(until, self._last))
            yield until

    def _day(self, counts: Counts, until: int) -> None:
        here = counts.between(self.state.evaluated - self.rule.detector.lookback, until)
        outcome = advance(self.rule, self.state, here.ordered_after(self.state.names), until, self._errors)
        self.state = outcome.state
        for reason, count in outcome.reasons.items():
            self.reasons[reason.value] = self.reasons.get(reason.value, 0) + count
        for decision in outcome.decisions:
            name = decision.observation.series
            self.bands.setdefault(name, Band(self.rule.name, name)).points.append(_point(decision))
        for decision in outcome.changes:
            self._change(decision, outcome.traces[decision.observation.series, decision.observation.minute])

    def _change(self, decision: Decision, trace: Trace) -> None:
        observation = decision.observation
        series, minute = observation.series, observation.minute
        key = series, decision.fired or 0
        if decision.reason is Reason.FIRING:
            members = self._collected.window(series, minute - observation.window, minute)
            known = self._collected.evidence
            keys = [(series, item.id) for item in members if item.weight]
            evidence = strongest([known[key] for key in keys if key in known], OF_ALERT)
            robust = with_robustness(self.rule, decision, trace, members)
            self._fired[key] = RaisedAlert(self.rule.name, robust, decision.severity, None, tuple(evidence))
        elif key in self._fired:
            resolved = None if decision.reason is Reason.ESCALATED else minute
            changed = msgspec.structs.replace(self._fired[key], severity=decision.severity, resolved=resolved)
            self._fired[key] = changed


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
