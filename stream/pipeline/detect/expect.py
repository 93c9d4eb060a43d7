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


def expected_share(learned: Baselines) -> Floats:
    """Return the expected share of each series, 0 to 1."""
    found = (learned.share_k + learned.base_share * SHARE_PRIOR_DOCUMENTS) / (learned.share_n + SHARE_PRIOR_DOCUMENTS)
    return np.clip(found, 1e-4, 1 - 1e-4)


def expected_level(learned: Baselines) -> Floats:
    """Return the documents a minute of a middling hour."""
    return learned.level_n / np.maximum(learned.level_w, 1e-9)


def day_factor(learned: Baselines) -> Floats:
    """Return how busy today is beside other days."""
    return (learned.day_n + DAY_PRIOR_DOCUMENTS) / (learned.day_w + DAY_PRIOR_DOCUMENTS)


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


def hour_factor(learned: Baselines, test: DetectorSpec, minutes: Minutes) -> Floats:
    """Return the traffic of each series at ``minutes`` beside its middling hour; series by minutes."""
    one, other, near = hour_slots(minutes, test.time_zone)
    return learned.profile[:, one] * (1 - near) + learned.profile[:, other] * near


def window_factor(learned: Baselines, test: DetectorSpec, ends: Minutes, window: int) -> Floats:
    """Return the mean traffic of the window before each of ``ends`` beside a middling hour's: that of its hours."""
    pieces = -(-window // HOUR)
    middles = [ends - (2 * piece + 1) * window // (2 * pieces) for piece in range(pieces)]
    return np.asarray(sum(hour_factor(learned, test, middle) for middle in middles) / pieces)


def expect(learned: Baselines, test: DetectorSpec, ends: Minutes) -> Expectation:
    """Return what is expected of the windows of ``test`` before ``ends``."""
    busy = expected_level(learned) * day_factor(learned)
    usual = np.stack([busy[:, None] * window_factor(learned, test, ends, w) * w for w in test.windows], axis=1)
    together = np.minimum(
        shrink_to_prior(learned.together_a, learned.together_b, learned.base_together), MOST_CORRELATION
    )
    apart = shrink_to_prior(learned.apart_a, learned.apart_b, learned.base_apart)
    return Expectation(expected_share(learned)[:, None, None], together[:, :, None], usual, apart[:, :, None])
