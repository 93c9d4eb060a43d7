"""How far counts scatter around what was expected of them, from the detector's own errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.expect import Expectation
from stream.pipeline.detect.score import WindowScores, expected_interval
from stream.pipeline.detect.spec import DetectorSpec, Kind
from stream.pipeline.detect.state import NEVER, Baselines
from stream.pipeline.units import WEEK

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
OUTLIER_DEVIATIONS = 4.0  # standard deviations at which a residual is cut
SETTLED_MINUTES = 360  # minutes of a series' past before its residuals say anything
RESIDUAL_HALF_LIFE = WEEK  # half-life in minutes


def learn_residuals(spec: DetectorSpec, baselines: Baselines, scores: WindowScores, often: Mask) -> None:
    """Learn how far counts lie from what was expected of them, each only when it has left every window.

    Until then it waits: the beginning of a surge looks like noise, and must not teach that noise is large. Its end does
    not, either: no window that shares a minute with one that was too unusual, or with a gap in the stream.

    Args:
        spec: what is looked for.
        baselines: changed in place.
        scores: up to the end of a cell.
        often: series in which what is unusual comes so often that it is learned.
    """
    end = int(scores.ends[-1])
    settled = end - baselines.since > SETTLED_MINUTES + spec.lag
    at = end // spec.cell % spec.pending
    # What has waited belongs to the windows that ended at ``waited``; the longest began ``test.lag`` before.
    waited = end - spec.lag - spec.cell
    begins = waited - spec.lag
    calm = (often | (baselines.unusual_at == NEVER) | (baselines.unusual_at < begins)) & (
        baselines.standstill_end <= begins
    )
    for place, total in enumerate(
        (
            baselines.correlation_numerator,
            baselines.correlation_denominator,
            baselines.overdispersion_numerator,
            baselines.overdispersion_denominator,
        )
    ):
        total *= 0.5 ** (spec.cell / RESIDUAL_HALF_LIFE)
        total += np.where(calm[:, None], baselines.pending_residuals[:, at, place], 0.0)
    baselines.pending_residuals[:, at] = _residual(spec, scores, settled)
    _count_coverage(spec, baselines, scores, settled & calm)


def _residual(spec: DetectorSpec, scores: WindowScores, settled: Mask) -> Floats:
    """Return what the windows before the last end add to the four sums: series, sums, windows."""
    expected, k, n = scores.expected, scores.k[:, :, -1], scores.n[:, :, -1]
    part, together = expected.share[:, :, 0], expected.correlation[:, :, 0]
    usual, apart = expected.usual[:, :, -1], expected.dispersion[:, :, 0]
    mean = usual if spec.kind is Kind.VOLUME else usual * part
    mask = settled[:, None]
    found = np.zeros((len(k), 4, k.shape[1]))
    if spec.kind is not Kind.VOLUME:
        middle = n * part
        square = (k - middle) ** 2 / np.maximum(middle * (1 - part), 1e-9)
        found[:, 0], found[:, 1] = _quasi_likelihood(square, np.maximum(n - 1, 0.0), together, mask & (n > 1))
    square = (k - mean) ** 2 / np.maximum(mean, 1e-9)
    found[:, 2], found[:, 3] = _quasi_likelihood(square, mean, apart, mask & (mean > 0.05))
    return found


def _quasi_likelihood(square: Floats, size: Floats, now: Floats, mask: Mask) -> tuple[Floats, Floats]:
    """Return the terms of sum of size / V^2 (square - 1 - size d) = 0 for d, with V = 1 + size d.

    ``square`` is the squared residual over the variance without ``d``; quasi-likelihood weighs it by 1 / V^2.
    """
    variance = 1 + size * now
    weight = np.where(mask, size / variance**2, 0.0)
    return weight * (np.minimum(square, OUTLIER_DEVIATIONS**2 * variance) - 1), weight * size


def _count_coverage(spec: DetectorSpec, baselines: Baselines, scores: WindowScores, mask: Mask) -> None:
    """Count how often the count of the longest window lies inside its expected interval."""
    of, k, n = scores.expected, scores.k[:, -1, -1], scores.n[:, -1, -1]
    widest = Expectation(of.share[:, 0, 0], of.correlation[:, -1, 0], of.usual[:, -1, -1], of.dispersion[:, -1, 0])
    _, low, high = expected_interval(spec.kind, n, widest)
    looked = mask & (n > 0)
    baselines.interval_hits += looked & (k >= low) & (k <= high)
    baselines.interval_trials += looked
