"""What other rules would have changed: alerts that come, that go, that fire at another minute, and why each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from stream.pipeline.backtest.rule_run import Point, RaisedAlert
from stream.pipeline.backtest.run import BacktestResult
from stream.pipeline.figures import span
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
    """An alert that two sets of rules do not raise alike, and why.

    Attributes:
        sign: + only the first raises it, - only the other, ~ both, at another minute or of another severity.
        alert: as the one raises it that does; as the first does.
        other: as the other raises it, where both do.
    """

    sign: str
    alert: RaisedAlert
    why: str
    other: RaisedAlert | None = None


def compare(result: BacktestResult, other: BacktestResult) -> list[Difference]:
    """Return which alerts come, go or change by ``result`` instead of ``other``, in order of time."""
    left, found = list(other.alerts), []
    for alert in result.alerts:
        matches = [one for one in left if _same(alert, one)]
        if not matches:
            found.append(Difference("+", alert, _why(alert, other, *_around(alert))))
            continue
        match = min(matches, key=lambda one: abs(one.minute - alert.minute))
        left.remove(match)
        if (match.minute, match.severity) != (alert.minute, alert.severity):
            found.append(Difference("~", alert, _change(alert, match, result, other), match))
    found += (Difference("-", alert, _why(alert, result, *_around(alert))) for alert in left)
    return sorted(found, key=lambda item: (item.alert.minute, item.alert.series))


def _same(one: RaisedAlert, other: RaisedAlert) -> bool:
    kinds = one.decision.observation.kind, other.decision.observation.kind
    return one.series == other.series and kinds[0] == kinds[1] and abs(one.minute - other.minute) <= NEAR


def _change(alert: RaisedAlert, match: RaisedAlert, result: BacktestResult, other: BacktestResult) -> str:
    """Say what is different about an alert that both raise, and of a later one why it was not raised before."""
    said = []
    if late := alert.minute - match.minute:
        words = _("{time} later than by the others ({why})") if late > 0 else _("{time} earlier than by them ({why})")
        early, later = (match, result) if late > 0 else (alert, other)
        why = _why(early, later, early.minute, early.minute + abs(late) - 1)
        said.append(words.format(time=span(60 * abs(late)), why=why))
    if alert.severity != match.severity:
        words = _("severity {one}, by the others {other}")
        said.append(words.format(one=_(alert.severity), other=_(match.severity)))
    return "; ".join(said)


def _why(alert: RaisedAlert, other: BacktestResult, first: int, last: int) -> str:
    """Say why ``other`` did not raise ``alert`` in these minutes: by each of its rules that watch it for the same."""
    kind = alert.decision.observation.kind
    watching = [rule for rule in other.rules if rule.watches(alert.series) and rule.detector.kind == kind]
    if not watching:
        return _("no rule of kind '{kind}' watches {series}").format(kind=_(kind), series=alert.series)
    return "; ".join(
        f"{rule.name}: {_by_rule(_points(other, rule.name, alert.series, first, last))}" for rule in watching
    )


def _by_rule(around: Sequence[Point]) -> str:
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


def _around(alert: RaisedAlert) -> tuple[int, int]:
    """Return the first and the last minute of an alert, and a few around them."""
    return alert.minute - 5, max(alert.resolved or alert.minute + 60, alert.minute + 5)


def _points(result: BacktestResult, rule: str, series: str, first: int, last: int) -> Sequence[Point]:
    """Return what a rule decided on a series in these minutes, the last one included."""
    band = result.bands.get((rule, series))
    points = band.points if band else []
    return points[bisect_left(points, first, key=_minute) : bisect_left(points, last + 1, key=_minute)]


def _minute(point: Point) -> int:
    return point.minute


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
