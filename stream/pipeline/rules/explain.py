"""What a series is held against right now, for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import numpy as np

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.expect import day_factor, expected_level, hour_factor, share_at
from stream.pipeline.detect.spec import Kind
from stream.pipeline.detect.state import Baselines, select_rows
from stream.pipeline.detect.threshold import ENOUGH_DAYS, ENOUGH_EXCEEDANCES
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.figures import setting
from stream.pipeline.rules.hearing import hearing_of
from stream.pipeline.rules.parted import test_for
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState
from stream.pipeline.units import DAY, HOUR
from stream.translation import _


class FiringCount(msgspec.Struct, frozen=True):
    """What would fire in a window: ``fires_at`` and more among ``usual`` documents, or alone if more; None: nothing."""

    minutes: int
    usual: float
    fires_at: int | None


class Explanation(msgspec.Struct, frozen=True):
    """What is expected of one series by one rule, and why.

    Attributes:
        at: the end of the last minute that was decided on.
        now: what is going on, in words.
        past_days: days of past that the series has.
        hourly, hourly_now: documents an hour, of a middling hour and of the one at ``at``.
        hour_factor, day_factor: by how much that hour is busier than a middling one, and today than other days.
        share: expected share of negatives, 0 to 1.
        coverage, looked: part of the past counts inside their expected interval, and how many there were.
        threshold, threshold_from: the score from which on an alert fires, and where it comes from, in words.
        counted: what is tested: documents or negatives.
        decided_by: the test of the rule that decides on a series of so many documents a day.
    """

    series: str
    rule: str
    kind: str
    at: datetime
    now: str
    past_days: float
    warming_up: bool
    hourly: float
    hourly_now: float
    hour_factor: float
    day_factor: float
    share: float
    coverage: float
    looked: float
    threshold: float
    threshold_from: str
    counted: str
    windows: tuple[FiringCount, ...]
    decided_by: str


def explain(rule: Rule, state: RuleState, series: str, errors: ClassifierErrors | None = None) -> Explanation | None:
    """Return what ``rule`` holds ``series`` against at the end of ``state``; None where it knows nothing of it."""
    if series not in state.names:
        return None
    one = select_rows(state.baselines, state.names.index(series))
    alone = replace(state, names=(series,), baselines=one)
    past = (state.evaluated - int(one.since[0])) / DAY
    looked = float(one.interval_trials[0])
    return Explanation(
        series=series,
        rule=rule.name,
        kind=rule.detector.kind.value,
        at=EPOCH + timedelta(minutes=state.evaluated),
        now=_now(state, series),
        past_days=past,
        warming_up=past * DAY - max(rule.detector.windows) < rule.detector.warm_up,
        **_traffic(rule, one, state.evaluated),
        coverage=float(one.interval_hits[0]) / looked if looked else 0.0,
        looked=looked,
        threshold=float(one.threshold[0]),
        threshold_from=_threshold_from(rule, state),
        counted="documents" if rule.detector.kind is Kind.VOLUME else "negatives",
        windows=tuple(
            FiringCount(window.minutes, window.usual, window.count)
            for window in hearing_of(rule, alone, errors).get(series, ())
        ),
        decided_by=test_for(rule, float(expected_level(one)[0]) * DAY),
    )


def _traffic(rule: Rule, one: Baselines, end: int) -> dict[str, float]:
    """Return what is expected of the hour before ``end``; the names are those of :class:`Explanation`."""
    middle = np.array([end - 30])
    hourly, today = float(expected_level(one)[0]) * HOUR, float(day_factor(one)[0])
    hour = float(hour_factor(one, rule.detector, middle)[0, 0])
    return {
        "hourly": hourly,
        "hourly_now": hourly * hour * today,
        "hour_factor": hour,
        "day_factor": today,
        "share": float(share_at(one, rule.detector, middle)[0, 0]),
    }


def _now(state: RuleState, series: str) -> str:
    alert = state.alert_states.get(series)
    if alert is None:
        return _("nothing is going on")
    if alert.fired is not None:
        since = f"{EPOCH + timedelta(minutes=alert.fired):%Y-%m-%d %H:%M}"
        return _("an alert fires since {time} UTC").format(time=since)
    if alert.pending_since is not None:
        return _("the score is over the threshold, but not for long enough")
    return _("an alert has resolved a short while ago: cooling down")


def _threshold_from(rule: Rule, state: RuleState) -> str:
    peaks = float(state.baselines.peaks.sum())
    numbers = {"budget": setting(rule.budget), "series": len(state.names), "peaks": f"{peaks:.0f}"}
    if peaks < ENOUGH_EXCEEDANCES and float(state.baselines.observed_days.mean()) < ENOUGH_DAYS:
        return _(
            "a cautious guess for {budget} false alarms a month over {series} series; the past has {peaks} peaks so far"
        ).format(**numbers)
    return _("{budget} false alarms a month over {series} series, from {peaks} peaks of their past").format(**numbers)
