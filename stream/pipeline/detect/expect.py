"""What is expected of a window, from what was learned before it began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.hours import local
from stream.pipeline.detect.state import Learned
from stream.pipeline.detect.tails import MOST_CORRELATION
from stream.pipeline.detect.test import Test
from stream.pipeline.units import DAY, HOUR

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]
SHARE_WEIGHT = 12.0  # documents that the opinion on a share weighs
DAY_WEIGHT = 30.0  # documents that weigh against a day being unlike others
WORKING_DAYS = 5
DISPERSION_WEIGHT = 3000.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Series by windows by ends: share of negatives and their correlation; documents usual, dispersion of counts."""

    share: Floats
    correlation: Floats
    usual: Floats
    dispersion: Floats


def share(learned: Learned) -> Floats:
    """Return the expected share of each series, 0 to 1."""
    found = (learned.share_k + learned.base_share * SHARE_WEIGHT) / (learned.share_n + SHARE_WEIGHT)
    return np.clip(found, 1e-4, 1 - 1e-4)


def level(learned: Learned) -> Floats:
    """Return the documents a minute of a middling hour."""
    return learned.level_n / np.maximum(learned.level_w, 1e-9)


def day(learned: Learned) -> Floats:
    """Return how busy today is beside other days."""
    return (learned.day_n + DAY_WEIGHT) / (learned.day_w + DAY_WEIGHT)


def dispersions(above: Floats, below: Floats, base: Floats) -> Floats:
    """Return estimates, each drawn towards ``base``."""
    # The denominators count residuals by their information; the opinion weighs as much as so many middling ones.
    return np.maximum((above + DISPERSION_WEIGHT * base) / (below + DISPERSION_WEIGHT), 0.0)


def slots(minutes: Minutes, time_zone: str = "UTC") -> tuple[Minutes, Minutes, Floats]:
    """Return the two hours whose middles enclose each of ``minutes``, and how near the second is, 0 to 1.

    Between the middles of two hours the expected traffic goes straight from one to the other. Hours and weekends are
    those of ``time_zone``, before and after its clocks change.
    """
    minutes = local(minutes, time_zone)
    before, after = minutes - 30, minutes + 30
    return _slot(before), _slot(after), (before % HOUR) / HOUR


def _slot(minutes: Minutes) -> Minutes:
    # 1 January 1970 was a Thursday.
    weekend = (minutes // DAY + 3) % 7 >= WORKING_DAYS
    return minutes // HOUR % 24 + 24 * weekend


def profile(learned: Learned, test: Test, minutes: Minutes) -> Floats:
    """Return the traffic of each series at ``minutes`` beside its middling hour; series by minutes."""
    one, other, near = slots(minutes, test.time_zone)
    return learned.profile[:, one] * (1 - near) + learned.profile[:, other] * near


def part(learned: Learned, test: Test, ends: Minutes, window: int) -> Floats:
    """Return the mean traffic of the window before each of ``ends`` beside a middling hour's: that of its hours."""
    pieces = -(-window // HOUR)
    middles = [ends - (2 * piece + 1) * window // (2 * pieces) for piece in range(pieces)]
    return np.asarray(sum(profile(learned, test, middle) for middle in middles) / pieces)


def expect(learned: Learned, test: Test, ends: Minutes) -> Expected:
    """Return what is expected of the windows of ``test`` before ``ends``."""
    busy = level(learned) * day(learned)
    usual = np.stack([busy[:, None] * part(learned, test, ends, w) * w for w in test.windows], axis=1)
    together = np.minimum(dispersions(learned.together_a, learned.together_b, learned.base_together), MOST_CORRELATION)
    apart = dispersions(learned.apart_a, learned.apart_b, learned.base_apart)
    return Expected(share(learned)[:, None, None], together[:, :, None], usual, apart[:, :, None])
