"""Series of few documents: what is usual is borrowed, the count speaks, and windows are hours and days.

Of a series of three documents a day, half an hour says nothing. So the windows reach from half an hour to a day, and
the evidence is the count: a negative binomial tail of the negatives against what is usual at this time, whatever came.
The share of negatives is the guard: where it is not unusual by itself, at one time in ten, the lower of both scores
counts, so that a neutral event does not fire.

A sparse series knows little of itself. Its level is drawn towards what series alike bring in the mean, its share and
hours towards theirs (:mod:`stream.pipeline.detect.daily`); the threshold is that of all sparse series. The
overdispersion is not learned: what is learned comes from calm windows, and says that there are no bursts. On StockNet's
tweets it fell to nothing within weeks.

Of sparse series the budget is one of alerts, false or not. Four bad headlines where one a month is usual are never
chance, and of which of them somebody wanted to be told no count can say. Left out as the surges of busy series are,
they left nothing of the past, and the threshold fell to the least there is: on the same tweets that gave three times
the alerts that were asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.expect import Expectation, expected_level
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines
from stream.pipeline.detect.tails import beta_binomial_score, negative_binomial_score
from stream.pipeline.detect.threshold import EDGES, GUESS_SLOPE, MONTH_DAYS, cautious_threshold
from stream.pipeline.units import DAY

Floats = NDArray[np.float64]
# A count fires only where the share, too, is above what chance gives one time in ten. On StockNet's tweets of 2014 more
# falls were found at the same number of alerts than without.
SHARE_GUARD = 1.0
# Minutes of the mean of all series that a level is drawn towards. With three days a new name is expected to be like the
# others, and is known by itself within a week.
LEVEL_PRIOR_MINUTES = 3.0 * DAY
# Minutes of a level, learned or borrowed, below which a series is not tested: where nothing is known, any count is a
# surprise. Learning begins when the longest window is over, so that a series of a new stream is known after a day and a
# half, before its warm-up ends.
LEAST_KNOWN_MINUTES = DAY / 2
LEAST_MEAN = 1e-6  # documents; no count is expected to be nothing at all
# Days that the cautious guess weighs beside what each series has shown: by itself it rules the first weeks.
GUESS_DAYS = 3.5
# However large the budget: what chance gives one time in thirty in a window is no alert, though four are negative.
LEAST_THRESHOLD = 1.5


def own_series(spec: DetectorSpec, baselines: Baselines) -> NDArray[np.bool_]:
    """Return the series that the test is there for; where it stands beside another one, these are a part of all."""
    if not spec.limit:
        return np.ones(len(baselines), np.bool_)
    daily = expected_level(baselines) * DAY
    if spec.sparse:
        return np.asarray(daily < spec.limit)
    return np.asarray((daily >= spec.limit) & (daily < (spec.ceiling or np.inf)))


def heard_series(spec: DetectorSpec, baselines: Baselines) -> NDArray[np.bool_]:
    """Return the series that the test can fire on: its own, and in the test of minutes those of the fewest documents.

    What an event of such a series brings in minutes is heard by either test, whatever each takes for usual there.
    """
    own = own_series(spec, baselines)
    if spec.sparse:
        return own & (baselines.level_exposure + baselines.prior_exposure >= LEAST_KNOWN_MINUTES)
    if spec.leaves_others or not spec.limit:
        return own
    return np.asarray(own | (expected_level(baselines) * DAY < (spec.spares or spec.limit)))


def score_sparse(k: Floats, n: Floats, expected: Expectation) -> Floats:
    """Return the score of each count of negatives: -log10 of the chance of at least so many.

    Args:
        k: negatives, in documents.
        n: documents.
        expected: what was expected; its arrays broadcast with ``k``.

    >>> usual = Expectation(*(np.array([value]) for value in (0.2, 0.02, 2.0, 0.6)))
    >>> negatives, documents = np.array([0.0, 5.0, 5.0]), np.array([2.0, 7.0, 25.0])
    >>> score_sparse(negatives, documents, usual).round(1)  # as usual, bad news, a neutral event
    array([0. , 3.1, 0. ])
    """
    share, correlation, usual, dispersion = (
        np.broadcast_to(array, k.shape)
        for array in (expected.share, expected.correlation, expected.usual, expected.overdispersion)
    )
    mean = np.maximum(usual * share, LEAST_MEAN)
    above = (k > n * share) & (k > mean)
    by_count = negative_binomial_score(k[above], mean[above], dispersion[above])
    by_share = beta_binomial_score(k[above], np.maximum(n, k)[above], share[above], correlation[above])
    scores = np.zeros(k.shape)
    scores[above] = np.where(by_share >= SHARE_GUARD, by_count, np.minimum(by_share, by_count))
    return scores


def sparse_threshold(peaks: Floats, days: float, per_month: float, series: int) -> float:
    """Return the threshold of sparse series that so many alerts would have passed as the budget has.

    Args:
        peaks: how many there were by bin of EDGES.
        days: on which they were counted, of all these series together.
        per_month: alerts that all ``series`` together may give.
        series: how many share the budget; ``peaks`` may be those of a part of them.

    Nine peaks in three months of a hundred series, three of them high ones: at three a month all pass, at one a month
    the high ones. Without a past it is the cautious guess, up to the next edge.

    >>> peaks = np.zeros(len(EDGES))
    >>> peaks[20], peaks[60] = 6, 3
    >>> [round(sparse_threshold(peaks, 9131.0, budget, 100), 1) for budget in (3.2, 1.2)]
    [2.6, 4.1]
    >>> 0.0 <= sparse_threshold(0 * peaks, 0.0, 3.0, 100) - cautious_threshold(100, 3.0, sparse=True) < 0.1
    True
    """
    wanted = per_month / series / MONTH_DAYS
    # The guess has an alert as often as is wanted, and e times as often for each GUESS_SLOPE below it.
    guessed = wanted * np.exp((cautious_threshold(series, per_month, sparse=True) - EDGES) / GUESS_SLOPE)
    passed = np.cumsum(peaks[::-1])[::-1]
    weight = GUESS_DAYS * max(series, 1)
    rate = (passed + guessed * weight) / (days + weight)
    low_enough = np.flatnonzero(rate <= wanted * (1 + 1e-9))
    if len(low_enough):
        return max(float(EDGES[low_enough[0]]), LEAST_THRESHOLD)
    return float(EDGES[-1] + GUESS_SLOPE * np.log(rate[-1] / wanted))
