"""From a budget of false alarms to a threshold, on the stream's own past.

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
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Peaks are kept as a histogram, so that a series' past has a fixed size however long it is.
LOWEST, WIDTH, BINS = 0.5, 0.1, 80
EDGES = LOWEST + WIDTH * np.arange(BINS)
RANGE_BINS = 20
RANGE = RANGE_BINS * WIDTH
BEYOND_BINS, BEYOND_WIDE = 5, 30  # from where above the body, and how far, surges alone are looked for
MONTH_DAYS = 30.4375
# The slope of a score that is exactly -log10 of a probability, and how many peaks that opinion weighs.
PRIOR_SLOPE, PRIOR_WEIGHT = 1 / np.log(10), 60.0
LEAST_SLOPE, MOST_SLOPE = 0.2, 1.5
LEAST_EXCEEDANCES = 15.0  # peaks above ``u`` from which on a series' own slope says anything
EXCEEDANCES_A_DAY = 0.3  # how often a series passes ``u``, a day
# Until the series together have so many peaks above ``u``, or each so many days of past in which there were few, the
# threshold is not below that of a cautious guess.
ENOUGH_EXCEEDANCES, ENOUGH_DAYS = 30.0, 30.0
LEAST_THRESHOLD = 2.5
GUESS_LEVEL, GUESS_SLOPE, GUESS_SERIES = 2.6, 0.65, 20
_SLOPES = np.linspace(0.05, 6.0, 600)
_MEANS = _SLOPES - RANGE / np.expm1(RANGE / _SLOPES)


def bin_peaks(peaks: Floats) -> NDArray[np.int64]:
    """Return the bin that each peak falls into, -1 for those that are too low to be kept."""
    found = np.floor((peaks - LOWEST) / WIDTH + 1e-9).astype(np.int64)
    return np.where(peaks < LOWEST, -1, np.minimum(found, BINS - 1))


def cautious_threshold(series: int, per_month: float) -> float:
    """Return the cautious threshold for ``series`` together that have no past yet; that of few is that of twenty."""
    return GUESS_LEVEL + GUESS_SLOPE * float(
        np.log(max(EXCEEDANCES_A_DAY * MONTH_DAYS * max(series, GUESS_SERIES) / per_month, 1.0))
    )


def thresholds(
    peaks: Floats, days: Floats, per_month: float, series: int, clusters: float = 8.0
) -> tuple[Floats, Floats]:
    """Return threshold and slope of each series.

    Args:
        peaks: counts of peaks by series and bin.
        days: of each series, on which they were counted.
        per_month: false alarms that all ``series`` together may give.
        series: how many share the budget; ``peaks`` may hold a part of them.
        clusters: how many a day has room for.
    """
    alone = _decluster(peaks, days * clusters)
    level = _exceedance_level(alone.sum(axis=0), float(days.sum()))
    body = _without_surges(alone, level, days)
    above = body.sum(axis=1)
    slope = _shrink_slopes(body, above)
    rate = _shrink_rates(above, days) / -np.expm1(-RANGE / slope)
    part = np.sqrt(rate) / np.sqrt(rate).mean()
    wanted = per_month / series / MONTH_DAYS * part
    found = np.maximum(EDGES[level] + slope * np.log(np.maximum(rate / wanted, 1.0)), LEAST_THRESHOLD)
    if above.sum() < ENOUGH_EXCEEDANCES and days.mean() < ENOUGH_DAYS:
        found = np.maximum(found, cautious_threshold(series, per_month))
    return found, slope


def _decluster(peaks: Floats, room: Floats) -> Floats:
    """Return the scores that the peaks of clusters stand for, by series and bin; ``room`` is for so many clusters."""
    passed = np.cumsum(peaks[:, ::-1], axis=1)[:, ::-1]
    clusters = np.maximum(room[:, None], passed[:, :1]) + 1
    stand_for = -clusters * np.log1p(-np.minimum(passed / clusters, 0.98))
    return np.asarray(stand_for - np.concatenate([stand_for[:, 1:], np.zeros((len(peaks), 1))], axis=1))


def _exceedance_level(alone: Floats, days: float) -> int:
    """Return the bin that a series passes as often as PASSED says, by scores of the body alone."""
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
    common = max(float(above.sum()) / max(float(days.sum()), 1e-9), 1e-3)
    expected = np.maximum(common * days, 1e-9)
    spread = float(np.sum((above - expected) ** 2 - expected)) / float(np.sum(expected**2))
    # Gamma with mean ``common`` and relative variance ``spread``; alike series have a spread of nothing.
    shape = 1 / max(spread, 1e-3)
    return np.asarray(common * (above + shape) / (expected + shape))
