"""What is made anew each day: what all series have in common, thresholds; the past fades, dead series are forgotten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.expect import shrink_to_prior
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import NEVER, Baselines
from stream.pipeline.detect.threshold import thresholds
from stream.pipeline.units import DAY

Mask = NDArray[np.bool_]
EXPIRY_HALF_LIVES = 10  # half-lives without a document after which a series is forgotten
SLOT_HALF_LIFE, PEAK_HALF_LIFE = 21, 30  # half-lives in days
SLOT_PRIOR_DOCUMENTS, HOUR_PRIOR_DOCUMENTS = 40.0, 200.0  # documents that the common profile weighs


def refit(test: DetectorSpec, learned: Baselines, pools: NDArray[np.int64], per_month: float) -> None:
    """Make anew what is drawn from all series together: profiles, opinions, thresholds; and let the past fade.

    Args:
        test: what is looked for.
        learned: changed in place.
        pools: series of one number learn from one another.
        per_month: false alarms that all series together may give.
    """
    for pool in np.unique(pools):
        rows = np.flatnonzero(pools == pool)
        _refit_profiles(learned, rows)
        _refit_priors(learned, rows)
        found, slope = thresholds(learned.peaks[rows], learned.days[rows], per_month, len(learned), DAY / test.cluster)
        learned.threshold[rows], learned.slope[rows] = found, slope
    learned.slot_n *= 0.5 ** (1 / SLOT_HALF_LIFE)
    learned.slot_w *= 0.5 ** (1 / SLOT_HALF_LIFE)
    for array in (learned.peaks, learned.days, learned.inside, learned.looked):
        array *= 0.5 ** (1 / PEAK_HALF_LIFE)


def expired(test: DetectorSpec, learned: Baselines, end: int) -> Mask:
    """Return the series whose last document is so old that level and share remember next to nothing of any.

    After ten half-lives of the longer of the two, thirty days by default, a thousandth is left: expected is what is
    expected of a series that was never seen. What it forgets early is its hours and its peaks, whose half-lives are
    weeks; and it has to warm up again.
    """
    return np.asarray((learned.seen != NEVER) & (end - learned.seen >= EXPIRY_HALF_LIVES * max(test.level, test.share)))


def _refit_profiles(learned: Baselines, rows: NDArray[np.int64]) -> None:
    n, w = learned.slot_n[rows], learned.slot_w[rows]
    n_all, w_all = n.sum(axis=0), w.sum(axis=0)
    # Where no weekend was seen yet, its hours are taken to be like those of other days.
    by_hour = (n_all.reshape(2, 24).sum(axis=0) + HOUR_PRIOR_DOCUMENTS) / (
        w_all.reshape(2, 24).sum(axis=0) + HOUR_PRIOR_DOCUMENTS
    )
    common = (n_all + HOUR_PRIOR_DOCUMENTS * np.tile(by_hour, 2)) / (w_all + HOUR_PRIOR_DOCUMENTS)
    found = (n + SLOT_PRIOR_DOCUMENTS * common) / (w + SLOT_PRIOR_DOCUMENTS)
    week = np.repeat([5 / 7, 2 / 7], 24) / 24
    learned.profile[rows] = found / (found @ week)[:, None]


def _refit_priors(learned: Baselines, rows: NDArray[np.int64]) -> None:
    k, n = learned.share_k[rows].sum(), learned.share_n[rows].sum()
    before = learned.base_share[rows].mean()
    learned.base_share[rows] = np.clip((k + 20 * before) / (n + 20), 0.01, 0.99)
    for base, above, below in (
        (learned.base_together, learned.together_a, learned.together_b),
        (learned.base_apart, learned.apart_a, learned.apart_b),
    ):
        own = base[rows].mean(axis=0)
        base[rows] = shrink_to_prior(above[rows].sum(axis=0), below[rows].sum(axis=0), own)
