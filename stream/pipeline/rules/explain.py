"""What a series is held against right now, for people."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import numpy as np

from stream.pipeline.detect.expect import Expectation, day_factor, expect, expected_level, expected_share, hour_factor
from stream.pipeline.detect.score import score_evidence
from stream.pipeline.detect.spec import Kind
from stream.pipeline.detect.state import Baselines, select_rows
from stream.pipeline.detect.threshold import ENOUGH_DAYS, ENOUGH_EXCEEDANCES
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState
from stream.pipeline.units import DAY, HOUR

MOST = 100_000  # documents in a window up to which it is looked for how many would fire


class FiringCount(msgspec.Struct, frozen=True):
    """What would fire in a window: at the usual number of ``usual`` documents, ``fires_at`` and more; None: nothing."""

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


def explain(rule: Rule, state: RuleState, series: str) -> Explanation | None:
    """Return what ``rule`` holds ``series`` against at the end of ``state``; None where it knows nothing of it."""
    if series not in state.names:
        return None
    one = select_rows(state.baselines, state.names.index(series))
    ends = np.array([state.evaluated])
    hour = float(hour_factor(one, rule.detector, ends - 30)[0, 0])
    busy, today = float(expected_level(one)[0]) * HOUR, float(day_factor(one)[0])
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
        hourly=busy,
        hourly_now=busy * hour * today,
        hour_factor=hour,
        day_factor=today,
        share=float(expected_share(one)[0]),
        coverage=float(one.interval_hits[0]) / looked if looked else 0.0,
        looked=looked,
        threshold=float(one.threshold[0]),
        threshold_from=_threshold_from(rule, state),
        counted="documents" if rule.detector.kind is Kind.VOLUME else "negatives",
        windows=tuple(_fires(rule, one, state.evaluated, place) for place in range(len(rule.detector.windows))),
    )


def _now(state: RuleState, series: str) -> str:
    alert = state.alert_states.get(series)
    if alert is None:
        return "nothing is going on"
    if alert.fired is not None:
        return f"an alert fires since {EPOCH + timedelta(minutes=alert.fired):%Y-%m-%d %H:%M} UTC"
    if alert.pending_since is not None:
        return "the score is over the threshold, but not for long enough"
    return "an alert has resolved a short while ago: cooling down"


def _threshold_from(rule: Rule, state: RuleState) -> str:
    budget, series = f"{rule.budget:.3g} false alarms a month", len(state.names)
    peaks = float(state.baselines.peaks.sum())
    if peaks < ENOUGH_EXCEEDANCES and float(state.baselines.observed_days.mean()) < ENOUGH_DAYS:
        return f"a cautious guess for {budget} over {series} series; the past has {peaks:.0f} peaks so far"
    return f"{budget} over {series} series, from {peaks:.0f} peaks of their past"


def _fires(rule: Rule, one: Baselines, end: int, place: int) -> FiringCount:
    """Return the least count that fires; the score grows with the count, so halving finds it."""
    of = expect(one, rule.detector, np.array([end]))
    usual = float(of.usual[0, place, 0])
    n = float(max(round(usual), 1))
    picked = Expectation(of.share[0], of.correlation[0, place], of.usual[0, place], of.overdispersion[0, place])
    low, high = (
        int(np.ceil(rule.detector.support)),
        MOST if rule.detector.kind is Kind.VOLUME else int(max(n, rule.detector.support)),
    )
    if not _over(rule, one, picked, high, n):
        return FiringCount(rule.detector.windows[place], usual, None)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _over(rule, one, picked, middle, n) else (middle + 1, high)
    return FiringCount(rule.detector.windows[place], usual, low)


def _over(rule: Rule, one: Baselines, of: Expectation, k: int, n: float) -> bool:
    expected = Expectation(*(np.ravel(array)[:1] for array in (of.share, of.correlation, of.usual, of.overdispersion)))
    score = score_evidence(rule.detector, np.array([float(k)]), np.array([max(n, float(k))]), expected)
    return bool(score[0] >= one.threshold[0])
