"""What others use in place of the detector, on the negatives of the day before every so many minutes.

Each is given the counts of a day, series by minutes, and compares them with the past at the same hour of the days
before; nothing is known of what lies before the feed. What it returns is how unusual a count is, on a scale of its own.

References:
    - EARS C1 to C3: L. Hutwagner et al. (2003), The bioterrorism preparedness and response Early Aberration Reporting
      System, Journal of Urban Health 80.
    - Negative binomial CUSUM: M. Hoehle, M. Paul (2008), Count data regression charts for the monitoring of
      surveillance time series, Computational Statistics and Data Analysis 52.
    - Farrington flexible: A. Noufaily et al. (2013), An improved algorithm for outbreak detection in multiple
      surveillance systems, Statistics in Medicine 32. Without its trend and seasons, for which it wants years.
    - Trend and week: what S. Taylor, B. Letham (2018), Forecasting at scale, The American Statistician 72 (Prophet)
      comes to on eight weeks of days without holidays: a straight trend and a weekly season, and its interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.units import DAY, HOUR

Floats = NDArray[np.float64]
STEP = 2 * HOUR
# The least standard deviation of the z-score, of EARS and of trend and week, in negatives: a silent month would divide
# by nothing.
LEAST_DEVIATION = 0.5
DISPERSION, RISE = 0.6, 2.0  # of the CUSUM: of counts of a day; how many times the usual it looks for
OUTLIER = 2.58  # standard deviations from which on Farrington's past weighs less
WEEKS, HARMONICS = 8, 3  # of trend and week: three harmonics give each day of the week its own level


def _past(days: Floats, first: int, last: int) -> Floats:
    """Return the same hour of ``first`` to ``last`` days before: days, series, minutes; nothing before the feed."""
    shifted = np.zeros((last - first + 1, *days.shape))
    for place, back in enumerate(range(first, last + 1)):
        steps = back * DAY // STEP
        shifted[place, :, steps:] = days[:, : max(days.shape[1] - steps, 0)]
    return shifted


def _deviations(days: Floats, first: int, last: int) -> Floats:
    past = _past(days, first, last)
    return np.asarray((days - past.mean(axis=0)) / np.maximum(past.std(axis=0, ddof=1), LEAST_DEVIATION))


def _ears_c3(days: Floats) -> Floats:
    above = np.maximum(_deviations(days, 3, 9) - 1, 0.0)
    return np.asarray(above + _past(above, 1, 2).sum(axis=0))


def _cusum(days: Floats) -> Floats:
    mean = np.maximum(_past(days, 1, 30).mean(axis=0), 0.05)
    spread, risen = 1 + DISPERSION * mean, 1 + DISPERSION * RISE * mean
    gain = days * np.log(RISE * spread / risen) - np.log(risen / spread) / DISPERSION
    total, day = np.zeros_like(days), DAY // STEP
    for at in range(days.shape[1]):
        total[:, at] = np.maximum((total[:, at - day] if at >= day else 0.0) + gain[:, at], 0.0)
    return total


def _farrington(days: Floats) -> Floats:
    past = _past(days, 1, 30)
    mean = np.maximum(past.mean(axis=0), 0.05)
    # Anscombe residuals of Poisson counts; what was unusual by itself weighs less.
    residual = 1.5 * (past ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
    weight = np.where(residual > OUTLIER, np.maximum(residual, OUTLIER) ** -2.0, 1.0)
    mean = np.maximum((weight * past).sum(axis=0) / weight.sum(axis=0), 0.05)
    scatter = np.maximum((weight * (past - mean) ** 2 / mean).sum(axis=0) / (len(past) - 1), 1.0)
    deviation = np.sqrt(4 / 9 * mean ** (1 / 3) * scatter * (1 + 1 / len(past)))
    return np.asarray((days ** (2 / 3) - mean ** (2 / 3)) / deviation)


def _trend_and_week(days: Floats) -> Floats:
    """Return how far each day lies above a trend and a weekly season of the weeks before, in standard deviations."""
    at = -np.arange(7.0 * WEEKS + 1)  # now, and the days before
    columns = [np.ones_like(at), at / len(at)]
    for harmonic in range(1, HARMONICS + 1):
        columns += [np.cos(2 * np.pi * harmonic * at / 7), np.sin(2 * np.pi * harmonic * at / 7)]
    design = np.stack(columns, axis=1)
    now, before = design[0], design[1:]
    solve = np.linalg.pinv(before)
    scores = np.zeros_like(days)
    for row, own in enumerate(days):  # one by one: the past of all of them takes much memory
        past = _past(own[None], 1, 7 * WEEKS)[:, 0]
        fitted = solve @ past
        left = ((past - before @ fitted) ** 2).sum(axis=0) / (len(before) - len(now))
        scores[row] = (own - now @ fitted) / np.maximum(np.sqrt(left), LEAST_DEVIATION)
    return scores


STATISTICS: dict[str, Callable[[Floats], Floats]] = {
    "z-score of a day against the 30 before": lambda days: _deviations(days, 1, 30),
    "EARS C1": lambda days: _deviations(days, 1, 7),
    "EARS C2": lambda days: _deviations(days, 3, 9),
    "EARS C3": _ears_c3,
    "negative binomial CUSUM": _cusum,
    "Farrington flexible": _farrington,
    "trend and week, as Prophet": _trend_and_week,
}
