"""What is expected of a window, from what was learned before it began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.hours import local_minutes
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import Baselines
from stream.pipeline.detect.tails import MOST_CORRELATION
from stream.pipeline.units import DAY, HOUR

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]
SHARE_PRIOR_DOCUMENTS = 12.0  # documents that the opinion on a share weighs
DAY_PRIOR_DOCUMENTS = 30.0  # documents that weigh against a day being unlike others
WORKING_DAYS = 5
DISPERSION_PRIOR_INFORMATION = 3000.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """Series by windows by ends: share of negatives and their correlation; documents usual, dispersion of counts."""

    share: Floats
    correlation: Floats
    usual: Floats
    dispersion: Floats


def expected_share(baselines: Baselines) -> Floats:
    """Return the expected share of each series, 0 to 1."""
    found = (baselines.share_negatives + baselines.prior_share * SHARE_PRIOR_DOCUMENTS) / (
        baselines.share_documents + SHARE_PRIOR_DOCUMENTS
    )
    return np.clip(found, 1e-4, 1 - 1e-4)


def expected_level(baselines: Baselines) -> Floats:
    """Return the documents a minute of a middling hour."""
    return baselines.level_documents / np.maximum(baselines.level_exposure, 1e-9)


def day_factor(baselines: Baselines) -> Floats:
    """Return how busy today is beside other days."""
    return (baselines.today_documents + DAY_PRIOR_DOCUMENTS) / (baselines.today_expected + DAY_PRIOR_DOCUMENTS)


def shrink_to_prior(above: Floats, below: Floats, base: Floats) -> Floats:
    """Return estimates, each drawn towards ``base``."""
    # The denominators count residuals by their information; the opinion weighs as much as so many middling ones.
    return np.maximum((above + DISPERSION_PRIOR_INFORMATION * base) / (below + DISPERSION_PRIOR_INFORMATION), 0.0)


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
    """Return the traffic of each series at ``minutes`` beside its middling hour; series by minutes."""
    one, other, near = hour_slots(minutes, spec.time_zone)
    return baselines.profile[:, one] * (1 - near) + baselines.profile[:, other] * near


def window_factor(baselines: Baselines, spec: DetectorSpec, ends: Minutes, window: int) -> Floats:
    """Return the mean traffic of the window before each of ``ends`` beside a middling hour's: that of its hours."""
    pieces = -(-window // HOUR)
    middles = [ends - (2 * piece + 1) * window // (2 * pieces) for piece in range(pieces)]
    return np.asarray(sum(hour_factor(baselines, spec, middle) for middle in middles) / pieces)


def expect(baselines: Baselines, spec: DetectorSpec, ends: Minutes) -> Expectation:
    """Return what is expected of the windows of ``test`` before ``ends``."""
    busy = expected_level(baselines) * day_factor(baselines)
    usual = np.stack([busy[:, None] * window_factor(baselines, spec, ends, w) * w for w in spec.windows], axis=1)
    together = np.minimum(
        shrink_to_prior(
            baselines.correlation_numerator, baselines.correlation_denominator, baselines.prior_correlation
        ),
        MOST_CORRELATION,
    )
    apart = shrink_to_prior(
        baselines.overdispersion_numerator, baselines.overdispersion_denominator, baselines.prior_overdispersion
    )
    return Expectation(expected_share(baselines)[:, None, None], together[:, :, None], usual, apart[:, :, None])
