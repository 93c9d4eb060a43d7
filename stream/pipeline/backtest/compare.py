"""What other rules would have changed: alerts that come, alerts that go, and why each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from stream.pipeline.backtest.rule_run import Point, RaisedAlert
from stream.pipeline.backtest.run import BacktestResult
from stream.pipeline.rules import Reason
from stream.translation import _

NEAR = 120  # minutes within which two alerts of a series are one: other windows fire earlier or later, not by hours


AGAINST = (
    Reason.MUTED,
    Reason.COOLING_DOWN,
    Reason.TOLD,
    Reason.PENDING,
)  # the score was high enough, and it was silent


class Difference(msgspec.Struct, frozen=True):
    """An alert that only one of two sets of rules raises: ``sign`` + for the first, - for the other; and why."""

    sign: str
    alert: RaisedAlert
    why: str


def compare(result: BacktestResult, other: BacktestResult) -> list[Difference]:
    """Return what ``result`` raises and ``other`` does not, and the other way round, in order of time."""
    more = [Difference("+", alert, _why(alert, other)) for alert in _missing(result.alerts, other.alerts)]
    less = [Difference("-", alert, _why(alert, result)) for alert in _missing(other.alerts, result.alerts)]
    return sorted([*more, *less], key=lambda item: (item.alert.minute, item.alert.series))


def _missing(alerts: Sequence[RaisedAlert], others: Sequence[RaisedAlert]) -> list[RaisedAlert]:
    """Return the alerts that have no match: each of the others matches one."""
    left = list(others)
    missing = []
    for alert in alerts:
        matches = [other for other in left if _same(alert, other)]
        if matches:
            left.remove(min(matches, key=lambda other: abs(other.minute - alert.minute)))
        else:
            missing.append(alert)
    return missing


def _same(one: RaisedAlert, other: RaisedAlert) -> bool:
    kinds = one.decision.observation.kind, other.decision.observation.kind
    return one.series == other.series and kinds[0] == kinds[1] and abs(one.minute - other.minute) <= NEAR


def _why(alert: RaisedAlert, other: BacktestResult) -> str:
    """Say why ``other`` did not raise ``alert``: by each of its rules that watch the series for the same."""
    kind = alert.decision.observation.kind
    watching = [rule for rule in other.rules if rule.watches(alert.series) and rule.detector.kind == kind]
    if not watching:
        return _("no rule of kind '{kind}' watches {series}").format(kind=_(kind), series=alert.series)
    return "; ".join(f"{rule.name}: {_by_rule(alert, other, rule.name)}" for rule in watching)


def _by_rule(alert: RaisedAlert, other: BacktestResult, rule: str) -> str:
    band = other.bands.get((rule, alert.series))
    around = _around(band.points, alert.minute, alert.resolved or alert.minute + 60) if band else []
    if not around:
        return _("nothing was decided then")
    going_on = [point for point in around if point.reason in AGAINST]
    if going_on:
        return f"{_(going_on[0].reason)}, {_numbers(going_on[0])}"
    firing = [point for point in around if point.reason in (Reason.KEEP_FIRING, Reason.RESOLVING, Reason.FIRING)]
    if firing:
        words = _("an alert that had fired before was still on ({state})")
        return words.format(state=_(firing[0].reason))
    highest = max(around, key=lambda point: point.score - point.threshold)
    return f"{_(highest.reason)}, {_numbers(highest)}"


def _around(points: Sequence[Point], first: int, last: int) -> Sequence[Point]:
    minutes = [point.minute for point in points]
    return points[bisect_left(minutes, first - 5) : bisect_left(minutes, max(last, first + 5) + 1)]


def _numbers(point: Point) -> str:
    return _(
        "score {score}, threshold {threshold} ({observed} in {minutes} min where {expected} were expected)"
    ).format(
        score=f"{point.score:.1f}",
        threshold=f"{point.threshold:.1f}",
        observed=f"{point.observed:g}",
        minutes=point.window,
        expected=f"{point.expected:.1f}",
    )
