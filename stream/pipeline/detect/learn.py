"""Score, then learn: what a closed cell of minutes adds to the state, and what is made anew each day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.counts import Sums
from stream.pipeline.detect.expect import Expected, day, dispersions, level, profile, share, slots
from stream.pipeline.detect.score import Scored, interval
from stream.pipeline.detect.state import NEVER, Learned
from stream.pipeline.detect.test import Kind, Test
from stream.pipeline.detect.threshold import bin_of, thresholds

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
HOT = 4.0  # a score that is not learned from
FROZEN = 720  # minutes for which that goes on, at most
LEAST_PEAK = 0.5
OUTLIER = 4.0  # standard deviations at which a residual is cut
WINSOR = 6.0  # standard deviations beyond which a count is cut before it is learned
SETTLED = 360  # minutes of a series' past before its residuals say anything
DAY = 1440
DAY_LIFE, RESIDUAL_LIFE = 360, 7 * DAY  # half-lives in minutes
SILENT = 10  # half-lives without a document after which a series is forgotten
SLOT_LIFE, PEAK_LIFE = 21, 30  # half-lives in days
SLOT_WEIGHT, HOUR_WEIGHT = 40.0, 200.0  # documents that the common profile weighs


def note(test: Test, learned: Learned, scored: Scored, firing: Mask) -> None:
    """Remember the scores of a few minutes: the cluster's peak, and whether they are too unusual to learn from."""
    # What is too few for an alert is no peak that the threshold has to stand.
    best = np.where(scored.able, scored.score, 0.0).max(axis=1)
    cell_end = -(-int(scored.ends[-1]) // test.cell) * test.cell
    opens = (learned.cluster_from == NEVER) & (best >= LEAST_PEAK)
    learned.cluster_from[opens] = cell_end
    np.maximum(learned.cluster_peak, np.where(learned.cluster_from != NEVER, best, 0.0), out=learned.cluster_peak)
    hot = (scored.score >= HOT) | firing[:, None]
    any_hot = hot.any(axis=1)
    first, last = hot.argmax(axis=1), hot.shape[1] - 1 - hot[:, ::-1].argmax(axis=1)
    learned.hot_since[:] = np.where(any_hot & (learned.hot_since == NEVER), scored.ends[first], learned.hot_since)
    learned.hot_at[:] = np.where(any_hot, scored.ends[last], learned.hot_at)


def learn(test: Test, learned: Learned, sums: Sums, scored: Scored) -> None:
    """Learn at the end of a cell, ``scored.ends[-1]``: from the cell that has just left every window."""
    end = int(scored.ends[-1])
    cooled = (learned.hot_at != NEVER) & (end - learned.hot_at > test.lag)
    for array in (learned.hot_since, learned.hot_at):
        array[cooled] = NEVER
    for sum_ in (learned.surge_k, learned.surge_n, learned.surge_w):
        sum_[cooled] = 0.0
    came = sums.window(np.array([end]), test.cell)[1][:, 0] > 0
    learned.seen[came | (learned.seen == NEVER)] = end
    frozen = (learned.hot_at != NEVER) & (end - learned.hot_since <= FROZEN)
    _residuals(test, learned, scored, (end - learned.since > SETTLED + test.lag))
    _baseline(test, learned, sums, end - test.lag, frozen)
    _peaks(test, learned, end)


def accept(learned: Learned, row: int) -> None:
    """Make what came during a surge the new normal of a series."""
    if learned.surge_w[row] > 0:
        learned.level_n[row], learned.level_w[row] = learned.surge_n[row], learned.surge_w[row]
        learned.share_k[row], learned.share_n[row] = learned.surge_k[row], learned.surge_n[row]
    learned.day_n[row] = learned.day_w[row] = 0.0
    learned.surge_k[row] = learned.surge_n[row] = learned.surge_w[row] = 0.0
    learned.hot_since[row] = learned.hot_at[row] = NEVER


def _baseline(test: Test, learned: Learned, sums: Sums, end: int, frozen: Mask) -> None:
    """Learn the cell before ``end``; minutes before a series' first one are not its past."""
    ends = np.array([end])
    k, n = (array[:, 0] for array in sums.window(ends, test.cell))
    own = end - test.cell >= learned.since
    usual, portion = _cell_expectation(test, learned, end)
    old = end - test.cell - learned.since > DAY
    k, n = _winsorised(k, n, usual, share(learned), np.where(old, learned.base_apart[:, 0], 1e9))
    taken, kept = own & ~frozen, own & frozen
    _add(learned.level_n, n, taken, test.cell / test.level)
    _add(learned.level_w, portion * test.cell, taken, test.cell / test.level)
    _add(learned.share_k, k, taken, test.cell / test.share)
    _add(learned.share_n, n, taken, test.cell / test.share)
    _add(learned.day_n, n, taken & old, test.cell / DAY_LIFE)
    _add(learned.day_w, usual / day(learned), taken & old, test.cell / DAY_LIFE)
    for sum_, value in ((learned.surge_k, k), (learned.surge_n, n), (learned.surge_w, portion * test.cell)):
        sum_ += np.where(kept, value, 0.0)
    one, other, near = slots(ends - test.cell // 2)
    flat = level(learned) * test.cell
    for slot, weight in ((one[0], 1 - near[0]), (other[0], near[0])):
        learned.slot_n[:, slot] += np.where(taken, n * weight, 0.0)
        learned.slot_w[:, slot] += np.where(taken, flat * weight, 0.0)


def _cell_expectation(test: Test, learned: Learned, end: int) -> tuple[Floats, Floats]:
    """Return the documents expected of the cell before ``end``, and its part in a day's profile."""
    portion = profile(learned, np.array([end - test.cell // 2]))[:, 0]
    return level(learned) * day(learned) * portion * test.cell, portion


def _winsorised(k: Floats, n: Floats, usual: Floats, part: Floats, apart: Floats) -> tuple[Floats, Floats]:
    """Cut documents, and negatives among them, to what is six standard deviations above the expected."""
    most = usual + WINSOR * np.sqrt(usual + apart * usual**2) + 1
    cut = np.minimum(n, most)
    kept = np.where(n > 0, cut / np.maximum(n, 1e-9), 1.0)
    high = cut * part + WINSOR * np.sqrt(cut * part * (1 - part)) + 1
    return np.minimum(k * kept, high), cut


def _add(total: Floats, value: Floats, taken: Mask, half_lives: float) -> None:
    keep = 0.5**half_lives
    total[:] = np.where(taken, total * keep + value, total)


def _residuals(test: Test, learned: Learned, scored: Scored, settled: Mask) -> None:
    """Learn how far counts lie from what was expected of them, each only when it has left every window.

    Until then it waits: the beginning of a surge looks like noise, and must not teach that noise is large.
    """
    end = int(scored.ends[-1])
    at = end // test.cell % test.waiting
    calm = learned.hot_at == NEVER
    for place, total in enumerate((learned.together_a, learned.together_b, learned.apart_a, learned.apart_b)):
        total *= 0.5 ** (test.cell / RESIDUAL_LIFE)
        total += np.where(calm[:, None], learned.waiting[:, at, place], 0.0)
    learned.waiting[:, at] = _residual(test, scored, settled)
    _cover(test, learned, scored, settled & calm)


def _residual(test: Test, scored: Scored, settled: Mask) -> Floats:
    """Return what the windows before the last end add to the four sums: series, sums, windows."""
    expected, k, n = scored.expected, scored.k[:, :, -1], scored.n[:, :, -1]
    part, together = expected.share[:, :, 0], expected.correlation[:, :, 0]
    usual, apart = expected.usual[:, :, -1], expected.dispersion[:, :, 0]
    mean = usual if test.kind is Kind.VOLUME else usual * part
    mask = settled[:, None]
    found = np.zeros((len(k), 4, k.shape[1]))
    if test.kind is not Kind.VOLUME:
        middle = n * part
        square = (k - middle) ** 2 / np.maximum(middle * (1 - part), 1e-9)
        found[:, 0], found[:, 1] = _quasi(square, np.maximum(n - 1, 0.0), together, mask & (n > 1))
    square = (k - mean) ** 2 / np.maximum(mean, 1e-9)
    found[:, 2], found[:, 3] = _quasi(square, mean, apart, mask & (mean > 0.05))
    return found


def _quasi(square: Floats, size: Floats, now: Floats, mask: Mask) -> tuple[Floats, Floats]:
    """Return the terms of sum of size / V^2 (square - 1 - size d) = 0 for d, with V = 1 + size d.

    ``square`` is the squared residual over the variance without ``d``; quasi-likelihood weighs it by 1 / V^2.
    """
    variance = 1 + size * now
    weight = np.where(mask, size / variance**2, 0.0)
    return weight * (np.minimum(square, OUTLIER**2 * variance) - 1), weight * size


def _cover(test: Test, learned: Learned, scored: Scored, mask: Mask) -> None:
    """Count how often the count of the longest window lies inside its expected interval."""
    of, k, n = scored.expected, scored.k[:, -1, -1], scored.n[:, -1, -1]
    widest = Expected(of.share[:, 0, 0], of.correlation[:, -1, 0], of.usual[:, -1, -1], of.dispersion[:, -1, 0])
    _, low, high = interval(test.kind, n, widest)
    looked = mask & (n > 0)
    learned.inside += looked & (k >= low) & (k <= high)
    learned.looked += looked


def _peaks(test: Test, learned: Learned, end: int) -> None:
    counted = end - learned.since > test.warm_up
    learned.days += np.where(counted, test.cell / DAY, 0.0)
    closed = (learned.cluster_from != NEVER) & (end - learned.cluster_from >= test.cluster)
    rows = np.flatnonzero(closed & counted)
    bins = bin_of(learned.cluster_peak[rows])
    learned.peaks[rows, bins] += 1.0
    learned.cluster_from[closed] = NEVER
    learned.cluster_peak[closed] = 0.0


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
