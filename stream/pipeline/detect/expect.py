"""What is expected of a window, from what was learned before it began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.hours import local_minutes
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines, sparse_overdispersion
from stream.pipeline.detect.tails import MOST_CORRELATION
from stream.pipeline.units import DAY, HOUR

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]
# Documents that the prior of a share weighs. With few a series of a document an hour would believe its first negative;
# with many a series that is unlike others would take days to show it.
SHARE_PRIOR_DOCUMENTS = 12.0
# Documents that speak for today being a usual day: so many more than expected make today twice as busy. Small enough to
# follow a busy morning, large enough that the first documents of a slow series do not.
DAY_PRIOR_DOCUMENTS = 30.0
WORKING_DAYS = 5
# What the prior of correlation and overdispersion weighs, in the information of residuals. A residual of a window of m
# expected documents brings up to m^2 / (1 + m d)^2, so a busy series has its own estimate after days, a slow one keeps
# that of all. Less would let a few odd windows make a series deaf.
DISPERSION_PRIOR_INFORMATION = 3000.0
LEAST_SHARE = 1e-4  # a share is never taken to be 0 or 1: at either end one document more would be impossible


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of windows; arrays that broadcast to series by windows by ends.

    Attributes:
        share: of negatives among documents, 0 to 1.
        correlation: intra-class correlation of the sentiments in a window, 0 to 1.
        usual: documents in such a window at this time, whatever has come.
        overdispersion: of the count that is tested: one of mean m has the variance m + overdispersion m^2.
    """

    share: Floats
    correlation: Floats
    usual: Floats
    overdispersion: Floats


def expected_share(baselines: Baselines) -> Floats:
    """Return the expected share of negatives of each series, 0 to 1: its own, drawn towards the prior."""
    own = (baselines.share_negatives + baselines.prior_share * SHARE_PRIOR_DOCUMENTS) / (
        baselines.share_documents + SHARE_PRIOR_DOCUMENTS
    )
    return np.clip(own, LEAST_SHARE, 1 - LEAST_SHARE)


def expected_level(baselines: Baselines) -> Floats:
    """Return the documents a minute of each series in a middling hour of a usual day."""
    documents = baselines.level_documents + baselines.prior_documents
    return documents / np.maximum(baselines.level_exposure + baselines.prior_exposure, 1e-9)


def day_factor(baselines: Baselines) -> Floats:
    """Return how busy today is beside other days: 1 is as usual, 2 twice as busy."""
    return (baselines.today_documents + DAY_PRIOR_DOCUMENTS) / (baselines.today_expected + DAY_PRIOR_DOCUMENTS)


def shrink_to_prior(numerator: Floats, denominator: Floats, prior: Floats) -> Floats:
    """Return the ratios of two sums, each drawn towards ``prior`` by its weight of DISPERSION_PRIOR_INFORMATION."""
    weight = DISPERSION_PRIOR_INFORMATION
    return np.maximum((numerator + weight * prior) / (denominator + weight), 0.0)


def hour_slots(minutes: Minutes, time_zone: str = "UTC") -> tuple[Minutes, Minutes, Floats]:
    """Return the two hours whose middles enclose each of ``minutes``, and how near the second is, 0 to 1.

    Between the middles of two hours the expected traffic goes straight from one to the other. Hours and weekends are
    those of ``time_zone``, before and after its clocks change.
    """
    minutes = local_minutes(minutes, time_zone)
    before, after = minutes - 30, minutes + 30
    return _slot(before), _slot(after), (before % HOUR) / HOUR


def _slot(minutes: Minutes) -> Minutes:
    # 1 January 1970 was a Thursday.
    weekend = (minutes // DAY + 3) % 7 >= WORKING_DAYS
    return minutes // HOUR % 24 + 24 * weekend


def hour_factor(baselines: Baselines, spec: DetectorSpec, minutes: Minutes) -> Floats:
    """Return the traffic of each series at ``minutes`` as a multiple of its middling hour's; series by their shape."""
    return _at(baselines.profile, spec, minutes)


def _at(profile: Floats, spec: DetectorSpec, minutes: Minutes) -> Floats:
    one, other, near = hour_slots(minutes, spec.time_zone)
    return profile[:, one] * (1 - near) + profile[:, other] * near


def share_at(baselines: Baselines, spec: DetectorSpec, minutes: Minutes) -> Floats:
    """Return the expected share of negatives of each series at ``minutes``, 0 to 1; series by their shape."""
    factor = _at(baselines.share_profile, spec, minutes)
    return shift_odds(expected_share(baselines).reshape(-1, *[1] * minutes.ndim), factor)


def shift_odds(share: Floats, factor: Floats) -> Floats:
    """Return the shares whose odds are ``factor`` times those of ``share``, all 0 to 1.

    >>> shift_odds(np.array([0.2, 0.5]), np.array([2.0, 1.0])).round(3).tolist()
    [0.333, 0.5]
    """
    return np.asarray(np.clip(share * factor / (1 - share + share * factor), LEAST_SHARE, 1 - LEAST_SHARE))


def window_factor(baselines: Baselines, spec: DetectorSpec, ends: Minutes, window: int) -> Floats:
    """Return the mean of the hours' factors over the ``window`` minutes before each of ``ends``; series by ends."""
    middles = _middles(ends, window)
    return _over_pieces(hour_factor(baselines, spec, middles)) / len(middles)


def _middles(ends: Minutes, window: int) -> Minutes:
    """Return the middles of the pieces of an hour at most that a window is made of; pieces by ends."""
    pieces = -(-window // HOUR)
    return ends - (2 * np.arange(pieces)[:, None] + 1) * window // (2 * pieces)


def _over_pieces(of: Floats) -> Floats:
    """Return the sums over the pieces of series by pieces by ends.

    One piece after the other: numpy's own order of adding hangs on the shape, and a replay must find the same bits.
    """
    return np.asarray(sum(of[:, piece] for piece in range(of.shape[1])))


def _window_shares(baselines: Baselines, spec: DetectorSpec, ends: Minutes, factors: list[Floats]) -> Floats:
    """Return the expected share of each window; that of sparse series has no hours.

    Args:
        baselines: what was learned.
        spec: the windows, and the clocks that hours go by.
        ends: of the windows.
        factors: the window_factor of each of the windows.
    """
    if spec.sparse:
        share = expected_share(baselines)[:, None, None]
        return np.broadcast_to(share, (len(baselines), len(spec.windows), len(ends)))
    shares = []
    for window, factor in zip(spec.windows, factors, strict=True):
        middles = _middles(ends, window)
        if len(middles) == 1:  # its traffic is the factor, and cancels
            shares.append(share_at(baselines, spec, middles[0]))
            continue
        negatives = _over_pieces(hour_factor(baselines, spec, middles) * share_at(baselines, spec, middles))
        shares.append(np.asarray(negatives / np.maximum(factor * len(middles), 1e-9)))
    return np.asarray(np.clip(np.stack(shares, axis=1), LEAST_SHARE, 1 - LEAST_SHARE))


def expect(baselines: Baselines, spec: DetectorSpec, ends: Minutes) -> Expectation:
    """Return what is expected of the windows of ``spec`` before ``ends``.

    Args:
        baselines: what was learned before the first of the windows began.
        spec: the windows, and the clocks that hours go by.
        ends: minutes since 1970 before which the windows end (exclusive).
    """
    busy = expected_level(baselines) * day_factor(baselines)
    factors = [window_factor(baselines, spec, ends, window) for window in spec.windows]
    usual = np.stack([busy[:, None] * of * window for of, window in zip(factors, spec.windows, strict=True)], axis=1)
    correlation = np.minimum(
        shrink_to_prior(
            baselines.correlation_numerator, baselines.correlation_denominator, baselines.prior_correlation
        ),
        MOST_CORRELATION,
    )
    share = _window_shares(baselines, spec, ends, factors)
    return Expectation(share, correlation[:, :, None], usual, _overdispersion(baselines, spec)[:, :, None])


def _overdispersion(baselines: Baselines, spec: DetectorSpec) -> Floats:
    """Return the overdispersion of counts by series and window; that of sparse series is not learned."""
    if spec.sparse:
        return np.broadcast_to(sparse_overdispersion(spec), (len(baselines), len(spec.windows)))
    return shrink_to_prior(
        baselines.overdispersion_numerator, baselines.overdispersion_denominator, baselines.prior_overdispersion
    )
