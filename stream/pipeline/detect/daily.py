"""What is made anew each day: what all series have in common, thresholds; the past fades, dead series are forgotten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.expect import dispersions
from stream.pipeline.detect.state import NEVER, Learned
from stream.pipeline.detect.test import Test
from stream.pipeline.detect.threshold import thresholds
from stream.pipeline.units import DAY

Mask = NDArray[np.bool_]
SILENT = 10  # half-lives without a document after which a series is forgotten
SLOT_LIFE, PEAK_LIFE = 21, 30  # half-lives in days
SLOT_WEIGHT, HOUR_WEIGHT = 40.0, 200.0  # documents that the common profile weighs


def daily(test: Test, learned: Learned, pools: NDArray[np.int64], per_month: float) -> None:
    """Make anew what is drawn from all series together: profiles, opinions, thresholds; and let the past fade.

    Args:
        test: what is looked for.
        learned: changed in place.
        pools: series of one number learn from one another.
        per_month: false alarms that all series together may give.
    """
    for pool in np.unique(pools):
        rows = np.flatnonzero(pools == pool)
        _profiles(learned, rows)
        _opinions(learned, rows)
        found, slope = thresholds(learned.peaks[rows], learned.days[rows], per_month, len(learned), DAY / test.cluster)
        learned.threshold[rows], learned.slope[rows] = found, slope
    learned.slot_n *= 0.5 ** (1 / SLOT_LIFE)
    learned.slot_w *= 0.5 ** (1 / SLOT_LIFE)
    for array in (learned.peaks, learned.days, learned.inside, learned.looked):
        array *= 0.5 ** (1 / PEAK_LIFE)


def forgotten(test: Test, learned: Learned, end: int) -> Mask:
    """Return the series whose last document is so old that level and share remember next to nothing of any.

    After ten half-lives of the longer of the two, thirty days by default, a thousandth is left: expected is what is
    expected of a series that was never seen. What it forgets early is its hours and its peaks, whose half-lives are
    weeks; and it has to warm up again.
    """
    return np.asarray((learned.seen != NEVER) & (end - learned.seen >= SILENT * max(test.level, test.share)))


def _profiles(learned: Learned, rows: NDArray[np.int64]) -> None:
    n, w = learned.slot_n[rows], learned.slot_w[rows]
    n_all, w_all = n.sum(axis=0), w.sum(axis=0)
    # Where no weekend was seen yet, its hours are taken to be like those of other days.
    by_hour = (n_all.reshape(2, 24).sum(axis=0) + HOUR_WEIGHT) / (w_all.reshape(2, 24).sum(axis=0) + HOUR_WEIGHT)
    common = (n_all + HOUR_WEIGHT * np.tile(by_hour, 2)) / (w_all + HOUR_WEIGHT)
    found = (n + SLOT_WEIGHT * common) / (w + SLOT_WEIGHT)
    week = np.repeat([5 / 7, 2 / 7], 24) / 24
    learned.profile[rows] = found / (found @ week)[:, None]


def _opinions(learned: Learned, rows: NDArray[np.int64]) -> None:
    k, n = learned.share_k[rows].sum(), learned.share_n[rows].sum()
    before = learned.base_share[rows].mean()
    learned.base_share[rows] = np.clip((k + 20 * before) / (n + 20), 0.01, 0.99)
    for base, above, below in (
        (learned.base_together, learned.together_a, learned.together_b),
        (learned.base_apart, learned.apart_a, learned.apart_b),
    ):
        own = base[rows].mean(axis=0)
        base[rows] = dispersions(above[rows].sum(axis=0), below[rows].sum(axis=0), own)
