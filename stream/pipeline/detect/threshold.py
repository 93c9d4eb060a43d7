"""From a budget of false alarms to a threshold, on the stream's own past: peaks over threshold.

A peak is the highest score of a cluster: within three hours of its first one, or within the longest window. Scores
that would stand alone fall off exponentially; of several in one cluster only the highest is seen, so that a share p of
clusters above some level stands for -ln(1 - p) scores in each. The slope is fitted on the body alone, from the level
``u`` that a series passes about once in three days up to ``u + 2``. What lies above is left out, since real surges lie
there: they neither blind the test nor teach it. With ``rate`` scores above ``u`` a day and the slope ``beta``, a
threshold of ``u + beta ln(rate / wanted)`` is passed ``wanted`` times a day.

Series share what they have in common: slope and rate of each are drawn towards those of all, the more so the less it
has shown and the more alike the series are (empirical Bayes). Alike series get one threshold, a bursty one its own. Of
the budget a series gets a part in proportion to the root of its rate: one that cannot fire leaves its part to others,
and one that is bursty does not take everything.

The exceedances of a high level by independent peaks follow a generalised Pareto distribution (peaks over threshold;
Pickands 1975, Davison and Smith 1990); of a score that is a logarithm of a probability it is the exponential one. A
threshold from the largest peaks alone goes blind when the past holds surges, and one that follows from the score being
exactly -log10 of a probability was three to ten times too quiet on simulated months with independent noise, and too
loud on those with a memory: that is why the slope is fitted, and on the body. To draw each series towards what all have
in common, as far as they are alike, is empirical Bayes (Robbins 1956, Efron and Morris 1973).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Peaks are kept as a histogram, so that a series' past has a fixed size however long it is.
# Scores from 0.5 to 8.4 in steps of a tenth, and all above in the last bin.
LOWEST, WIDTH, BINS = 0.5, 0.1, 80
EDGES = LOWEST + WIDTH * np.arange(BINS)
# The body reaches from ``u`` to two above it, which is a hundred times less likely by chance: nearly all that chance
# does lies in it. On simulated months whose history had surges in it a fit on the largest peaks went blind.
RANGE_BINS = 20
RANGE = RANGE_BINS * WIDTH
# From half above the body on, and three wide, next to nothing is left of chance: what lies there are surges.
BEYOND_BINS, BEYOND_WIDE = 5, 30
MONTH_DAYS = 30.4375
# The slope of a score that is exactly -log10 of a probability, and how many exceedances that prior weighs: what twenty
# series show in ten days.
PRIOR_SLOPE, PRIOR_WEIGHT = 1 / np.log(10), 60.0
# Bounds of a slope, half the prior and over three times it: what is fitted outside of them is an accident of few peaks.
LEAST_SLOPE, MOST_SLOPE = 0.2, 1.5
# Exceedances from which on a series' own slope says anything: the fit of fewer is off by half and more.
LEAST_EXCEEDANCES = 15.0
# How often a series passes ``u``, a day. A higher ``u`` leaves too little to fit on, at a lower one the tail is not yet
# exponential; at 0.3 twenty series have some 180 exceedances a month.
EXCEEDANCES_A_DAY = 0.3
# Until the series together have so many exceedances, or each so many days of past in which there were few, the
# threshold is not below that of a cautious guess.
ENOUGH_EXCEEDANCES, ENOUGH_DAYS = 30.0, 30.0
LEAST_THRESHOLD = 2.5  # however large the budget: what chance gives one time in 300 in each window is no alert
# The guess: ``u``, a slope half as large again as the prior, so that the first weeks are rather quiet than loud, and as
# if there were twenty series.
GUESS_LEVEL, GUESS_SLOPE, GUESS_SERIES = 2.6, 0.65, 20
# The same of sparse series: at a threshold of 4.5, StockNet's 87 tickers gave two alerts a month.
SPARSE_GUESS_LEVEL = 0.8
MOST_PASSED = 0.98  # the part of clusters above a level from which on it does not tell how many scores they stand for
LEAST_RATE, LEAST_SPREAD = 1e-3, 1e-3  # exceedances a day; relative variance: neither is ever nothing
_SLOPES = np.linspace(0.05, 6.0, 600)
_MEANS = _SLOPES - RANGE / np.expm1(RANGE / _SLOPES)


def bin_peaks(peaks: Floats) -> NDArray[np.int64]:
    """Return the bin that each peak falls into, -1 for those that are too low to be kept."""
    bins = np.floor((peaks - LOWEST) / WIDTH + 1e-9).astype(np.int64)
    return np.where(peaks < LOWEST, -1, np.minimum(bins, BINS - 1))


def cautious_threshold(series: int, per_month: float, sparse: bool = False) -> float:
    """Return a threshold for series that have no past yet.

    Args:
        series: how many share the budget; of few it is the threshold of twenty.
        per_month: false alarms that all of them together may give.
        sparse: whether they are of series of few documents.

    >>> round(cautious_threshold(20, 3.0), 1)
    5.3
    """
    return (SPARSE_GUESS_LEVEL if sparse else GUESS_LEVEL) + GUESS_SLOPE * float(
        np.log(max(EXCEEDANCES_A_DAY * MONTH_DAYS * max(series, GUESS_SERIES) / per_month, 1.0))
    )


def thresholds(
    peaks: Floats,
    days: Floats,
    per_month: float,
    series: int,
    clusters: float = 8.0,
) -> tuple[Floats, Floats]:
    """Return threshold and slope of each series, both in scores, -log10 of a chance.

    Args:
        peaks: counts of peaks by series and bin of EDGES.
        days: of each series, on which they were counted.
        per_month: false alarms that all ``series`` together may give.
        series: how many share the budget; ``peaks`` may hold a part of them.
        clusters: how many a day has room for: eight of three hours.

    A month of twenty series whose scores are what they say: ten times fewer false alarms need a score of one more.

    >>> exceeding = 20 * np.exp(-(EDGES - LOWEST) * np.log(10))
    >>> peaks = np.tile(exceeding - np.append(exceeding[1:], 0), (20, 1))
    >>> for per_month in (3.0, 0.3):
    ...     print(round(float(thresholds(peaks, np.full(20, 30.0), per_month, 20)[0].mean()), 1))
    2.6
    3.6
    """
    alone = _decluster(peaks, days * clusters)
    level = _exceedance_level(alone.sum(axis=0), float(days.sum()))
    body = _without_surges(alone, level, days)
    above = body.sum(axis=1)
    slope = _shrink_slopes(body, above)
    rate = _shrink_rates(above, days) / -np.expm1(-RANGE / slope)
    part = np.sqrt(rate) / np.sqrt(rate).mean()
    wanted = per_month / series / MONTH_DAYS * part
    threshold = np.maximum(EDGES[level] + slope * np.log(np.maximum(rate / wanted, 1.0)), LEAST_THRESHOLD)
    if above.sum() < ENOUGH_EXCEEDANCES and days.mean() < ENOUGH_DAYS:
        threshold = np.maximum(threshold, cautious_threshold(series, per_month))
    return threshold, slope


def _decluster(peaks: Floats, room: Floats) -> Floats:
    """Return the scores that the peaks of clusters stand for, by series and bin.

    A share p of clusters above a level stands for -ln(1 - p) scores in each, as of a Poisson process.

    Args:
        peaks: counts of peaks by series and bin.
        room: for how many clusters the days had room, by series.
    """
    passed = np.cumsum(peaks[:, ::-1], axis=1)[:, ::-1]
    clusters = np.maximum(room[:, None], passed[:, :1]) + 1
    stand_for = -clusters * np.log1p(-np.minimum(passed / clusters, MOST_PASSED))
    return np.asarray(stand_for - np.concatenate([stand_for[:, 1:], np.zeros((len(peaks), 1))], axis=1))


def _exceedance_level(alone: Floats, days: float) -> int:
    """Return the bin of ``u``, which a series passes EXCEEDANCES_A_DAY times a day, by scores of the body alone."""
    passed = np.cumsum(alone[::-1])[::-1]
    within = passed[: BINS - RANGE_BINS] - passed[RANGE_BINS:]
    often = np.flatnonzero(within >= max(EXCEEDANCES_A_DAY * days, 1.0))
    return int(often[-1]) if len(often) else 0


def _without_surges(alone: Floats, level: int, days: Floats) -> Floats:
    """Return the body without what surges have left in it.

    The peaks of surges lie anywhere, about as thick in the body as somewhat above it, where chance leaves next to none.
    """
    first = min(level + RANGE_BINS + BEYOND_BINS, BINS - 1 - RANGE_BINS // 2)
    beyond = alone[:, first : min(first + BEYOND_WIDE, BINS - 1)]  # The last bin holds all that is higher.
    thick = float(beyond.sum()) / beyond.shape[1] / max(float(days.sum()), 1e-9)
    body = alone[:, level : level + RANGE_BINS]
    together = body.sum(axis=0)
    # By the share that is left of all series together: of one series' few peaks nothing could be taken away.
    left = np.maximum(together - thick * days.sum(), 0.0) / np.maximum(together, 1e-9)
    return np.asarray(body * left)


def _shrink_slopes(body: Floats, above: Floats) -> Floats:
    """Return the slope of each series, drawn towards the common one."""
    middle = WIDTH * (np.arange(body.shape[1]) + 0.5)
    total = above.sum()
    mean = float(body.sum(axis=0) @ middle / total) if total else 0.0
    common = (total * _fit_slope(np.array([mean]))[0] + PRIOR_WEIGHT * PRIOR_SLOPE) / (total + PRIOR_WEIGHT)
    own = np.clip(_fit_slope(body @ middle / np.maximum(above, 1.0)), LEAST_SLOPE, MOST_SLOPE)
    # A slope fitted on n peaks of a truncated range is known to about this much, in logarithms.
    doubt = 3.0 / np.maximum(above, 1.0)
    apart = np.log(own / common)
    known = above >= LEAST_EXCEEDANCES
    spread = max(float(np.average(apart**2 - doubt, weights=above * known)), 0.0) if known.any() else 0.0
    trust = np.where(known, spread / (spread + doubt), 0.0)
    return np.asarray(np.clip(common * np.exp(trust * apart), LEAST_SLOPE, MOST_SLOPE))


def _fit_slope(means: Floats) -> Floats:
    """Return the maximum-likelihood slope of an exponential that is cut off at RANGE, from the mean above ``u``."""
    return np.interp(means, _MEANS, _SLOPES)


def _shrink_rates(above: Floats, days: Floats) -> Floats:
    """Return peaks a day of each series, drawn towards those of all as far as the series are alike."""
    common = max(float(above.sum()) / max(float(days.sum()), 1e-9), LEAST_RATE)
    expected = np.maximum(common * days, 1e-9)
    spread = float(np.sum((above - expected) ** 2 - expected)) / float(np.sum(expected**2))
    # Gamma with mean ``common`` and relative variance ``spread``; alike series have a spread of nothing.
    shape = 1 / max(spread, LEAST_SPREAD)
    return np.asarray(common * (above + shape) / (expected + shape))
