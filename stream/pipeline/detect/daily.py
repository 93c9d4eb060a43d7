"""What is made anew each day: what all series have in common, thresholds; the past fades, dead series are forgotten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.expect import LEAST_SHARE, shift_odds, shrink_to_prior
from stream.pipeline.detect.sparse import LEVEL_PRIOR_MINUTES, own_series, sparse_threshold
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import NEVER, Baselines
from stream.pipeline.detect.threshold import GUESS_SLOPE, thresholds
from stream.pipeline.units import DAY

Mask = NDArray[np.bool_]
EXPIRY_HALF_LIVES = 10  # without a document, after which a series is forgotten: a thousandth is left then
# Half-lives in days. In three weeks each hour of a weekend came six times; a budget is for a month, and so is the past
# that its threshold is fitted on. Of sparse series a month has few peaks, and the threshold would follow each of them.
SLOT_HALF_LIFE, PEAK_HALF_LIFE, SPARSE_PEAK_HALF_LIFE = 21, 30, 60
# Documents that the profile of all series weighs for an hour of one, and a flat day for an hour of all. Fewer, and the
# profile of a slow series would be the accident of its last weeks; more, and a series that lives by other hours would
# take months to show it.
SLOT_PRIOR_DOCUMENTS, HOUR_PRIOR_DOCUMENTS = 40.0, 200.0
# The same for the share of negatives by hour. Tried on simulated months whose share rises each evening, and on others.
SLOT_SHARE_DOCUMENTS, HOUR_SHARE_DOCUMENTS = 100.0, 500.0
POOL_SHARE_DOCUMENTS = 20.0  # documents that yesterday's prior of a share weighs: against days with next to none


def refit(spec: DetectorSpec, baselines: Baselines, pools: NDArray[np.int64], per_month: float, counted: Mask) -> None:
    """Make anew what is drawn from all series together, priors, profiles and thresholds; and let the past fade.

    Args:
        spec: what is looked for.
        baselines: changed in place.
        pools: series of one number learn from one another.
        per_month: false alarms that all series together may give.
        counted: series whose alerts the budget of sparse ones counts; those of the others are told with theirs.
    """
    for pool in np.unique(pools):
        rows = np.flatnonzero(pools == pool)
        _refit_profiles(baselines, rows)
        _refit_priors(spec, baselines, rows)
        if spec.sparse:
            _refit_level(baselines, rows)
        else:
            _refit_share_profiles(baselines, rows)
    own = own_series(spec, baselines)
    # Sparse series of all kinds have one threshold: scores of topics and entries mean the same, and the budget is one.
    if spec.sparse:
        _refit_sparse_threshold(baselines, own, counted if counted.any() else np.ones_like(counted), per_month)
    else:
        for pool in np.unique(pools):
            _refit_thresholds(spec, baselines, np.flatnonzero((pools == pool) & own), per_month)
    baselines.hour_negatives *= 0.5 ** (1 / SLOT_HALF_LIFE)
    baselines.hour_documents *= 0.5 ** (1 / SLOT_HALF_LIFE)
    baselines.hour_exposure *= 0.5 ** (1 / SLOT_HALF_LIFE)
    for array in (baselines.peaks, baselines.observed_days, baselines.interval_hits, baselines.interval_trials):
        array *= 0.5 ** (1 / (SPARSE_PEAK_HALF_LIFE if spec.sparse else PEAK_HALF_LIFE))


def _refit_thresholds(spec: DetectorSpec, baselines: Baselines, rows: NDArray[np.int64], per_month: float) -> None:
    if not len(rows):
        return
    peaks, days, series = baselines.peaks[rows], baselines.observed_days[rows], len(baselines)
    baselines.threshold[rows], baselines.slope[rows] = thresholds(peaks, days, per_month, series, DAY / spec.cluster)


def _refit_sparse_threshold(baselines: Baselines, own: Mask, counted: Mask, per_month: float) -> None:
    if not own.any():
        return
    peaks, days = baselines.peaks[own & counted].sum(axis=0), float(baselines.observed_days[own & counted].sum())
    baselines.threshold[own] = sparse_threshold(peaks, days, per_month, int(counted.sum()))
    baselines.slope[own] = GUESS_SLOPE


def expired(spec: DetectorSpec, baselines: Baselines, end: int) -> Mask:
    """Return the series whose last document is so old that level and share remember next to nothing of any.

    After ten half-lives of the longer of the two, thirty days by default, a thousandth is left: expected is what is
    expected of a series that was never seen. What it forgets early is its hours and its peaks, whose half-lives are
    weeks; and it has to warm up again.
    """
    return np.asarray(
        (baselines.last_heard != NEVER)
        & (end - baselines.last_heard >= EXPIRY_HALF_LIVES * max(spec.level, spec.share))
    )


def _refit_profiles(baselines: Baselines, rows: NDArray[np.int64]) -> None:
    n, w = baselines.hour_documents[rows], baselines.hour_exposure[rows]
    n_all, w_all = n.sum(axis=0), w.sum(axis=0)
    # Where no weekend was seen yet, its hours are taken to be like those of other days.
    by_hour = (n_all.reshape(2, 24).sum(axis=0) + HOUR_PRIOR_DOCUMENTS) / (
        w_all.reshape(2, 24).sum(axis=0) + HOUR_PRIOR_DOCUMENTS
    )
    common = (n_all + HOUR_PRIOR_DOCUMENTS * np.tile(by_hour, 2)) / (w_all + HOUR_PRIOR_DOCUMENTS)
    own = (n + SLOT_PRIOR_DOCUMENTS * common) / (w + SLOT_PRIOR_DOCUMENTS)
    week = np.repeat([5 / 7, 2 / 7], 24) / 24
    baselines.profile[rows] = own / (own @ week)[:, None]


def _refit_share_profiles(baselines: Baselines, rows: NDArray[np.int64]) -> None:
    """Draw the share of each hour towards what all series have in it, and that towards a share without hours."""
    k, n = baselines.hour_negatives[rows], baselines.hour_documents[rows]
    prior = baselines.prior_share[rows, None]
    share = (k.sum(axis=1, keepdims=True) + POOL_SHARE_DOCUMENTS * prior) / (
        n.sum(axis=1, keepdims=True) + POOL_SHARE_DOCUMENTS
    )
    usual = (n * share).sum(axis=0)  # what all series would have had without hours
    common = usual / np.maximum(n.sum(axis=0), 1e-9)
    weight = HOUR_SHARE_DOCUMENTS * common
    hours = (k.sum(axis=0) + weight) / (n.sum(axis=0) + HOUR_SHARE_DOCUMENTS)
    factor = _odds(hours) / _odds(common)
    own = (k + SLOT_SHARE_DOCUMENTS * shift_odds(share, factor)) / (n + SLOT_SHARE_DOCUMENTS)
    baselines.share_profile[rows] = _odds(own) / _odds(share)


def _odds(share: NDArray[np.float64]) -> NDArray[np.float64]:
    share = np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE)
    return share / (1 - share)


def _refit_level(baselines: Baselines, rows: NDArray[np.int64]) -> None:
    """Draw the levels of sparse series towards what one of them brings in the mean.

    That mean weighs no more than what it was learned from: on the first evening of a new stream this is a few minutes,
    and their accident would be taken for days of it.
    """
    documents, exposure = baselines.level_documents[rows].sum(), baselines.level_exposure[rows]
    weight = min(LEVEL_PRIOR_MINUTES, float(exposure.max(initial=0.0)))
    baselines.prior_exposure[rows] = weight
    baselines.prior_documents[rows] = weight * documents / max(float(exposure.sum()), 1e-9)


def _refit_priors(spec: DetectorSpec, baselines: Baselines, rows: NDArray[np.int64]) -> None:
    k, n = baselines.share_negatives[rows].sum(), baselines.share_documents[rows].sum()
    before = baselines.prior_share[rows].mean()
    baselines.prior_share[rows] = np.clip((k + POOL_SHARE_DOCUMENTS * before) / (n + POOL_SHARE_DOCUMENTS), 0.01, 0.99)
    learned = [(baselines.prior_correlation, baselines.correlation_numerator, baselines.correlation_denominator)]
    if not spec.sparse:
        learned.append(
            (baselines.prior_overdispersion, baselines.overdispersion_numerator, baselines.overdispersion_denominator)
        )
    for prior, numerator, denominator in learned:
        yesterday = prior[rows].mean(axis=0)
        prior[rows] = shrink_to_prior(numerator[rows].sum(axis=0), denominator[rows].sum(axis=0), yesterday)
