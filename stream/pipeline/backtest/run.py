"""One set of rules over collected documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from stream.pipeline.backtest.collect import DocumentHistory
from stream.pipeline.detect import ClassifierErrors, Counts, Kind
from stream.pipeline.rules import Decision, Reason, Rule, Trace, advance, begin, with_robustness
from stream.pipeline.units import DAY
from stream.pipeline.windows.evidence import Evidence, strongest

EVIDENCE = 5
AFTER_END = 180  # minutes after the last document, so that what fires can resolve
Progress = Callable[[int], object]


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert: rule and decision, highest severity, when it resolved (None: not by the end), evidence."""

    rule: str
    decision: Decision
    severity: str
    resolved: int | None
    evidence: tuple[Evidence, ...]

    @property
    def series(self) -> str:
        """What it is about."""
        return self.decision.observation.series

    @property
    def minute(self) -> int:
        """When it fired."""
        return self.decision.observation.minute


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A decision of the past, for pictures and explanations; ``observed`` is the tested count."""

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
    """What was seen and expected of one series by one rule, over time."""

    rule: str
    series: str
    points: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What rules made of the past: alerts in order of time, bands by rule and series, minutes looked at."""

    rules: tuple[Rule, ...]
    alerts: tuple[RaisedAlert, ...]
    bands: dict[tuple[str, str], Band]
    first: int
    last: int
    reasons: dict[str, int]


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
    return BacktestResult(tuple(rules), tuple(alerts), bands, collected.first, last, reasons)


class _RuleRun:
    """A rule on its way through the past."""

    def __init__(self, rule: Rule, collected: DocumentHistory, errors: ClassifierErrors | None, last: int) -> None:
        self.rule, self._collected, self._errors, self._last = rule, collected, errors, last
        self.bands: dict[str, Band] = {}
        self.reasons: dict[str, int] = {}
        self._fired: dict[tuple[str, int], RaisedAlert] = {}
        self._state = begin(rule, collected.first)

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
        here = counts.between(self._state.evaluated - self.rule.detector.lookback, until)
        outcome = advance(self.rule, self._state, here.ordered_after(self._state.names), until, self._errors)
        self._state = outcome.state
        for reason, count in outcome.reasons.items():
            self.reasons[reason.value] = self.reasons.get(reason.value, 0) + count
        for decision in outcome.decisions:
            name = decision.observation.series
            self.bands.setdefault(name, Band(self.rule.name, name)).points.append(_point(decision))
        for decision in outcome.changes:
            self._change(decision, outcome.traces[decision.observation.series, decision.observation.minute])

    def _change(self, decision: Decision, trace: Trace) -> None:
        seen = decision.observation
        key = seen.series, decision.fired or 0
        if decision.reason is Reason.FIRING:
            members = self._collected.window(seen.series, seen.minute - seen.window, seen.minute)
            known = self._collected.evidence
            found = strongest([known[item.id] for item in members if item.id in known and item.weight], EVIDENCE)
            told = with_robustness(self.rule, decision, trace, members)
            self._fired[key] = RaisedAlert(self.rule.name, told, decision.severity, None, tuple(found))
        elif key in self._fired:
            resolved = None if decision.reason is Reason.ESCALATED else seen.minute
            changed = msgspec.structs.replace(self._fired[key], severity=decision.severity, resolved=resolved)
            self._fired[key] = changed


def _point(decision: Decision) -> Point:
    seen = decision.observation
    volume = seen.kind == Kind.VOLUME
    observed = seen.documents if volume else seen.negatives
    expected = seen.usual_documents if volume else seen.expected_negatives
    head = seen.minute, decision.reason, seen.window, observed, expected, seen.expected_low
    return Point(*head, seen.expected_high, seen.score, seen.threshold)
