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
# Standard deviations at which a residual is cut: one wild window must not teach a series that everything is normal.
OUTLIER_DEVIATIONS = 4.0
# Minutes of a series' past before its residuals say anything. Before, they are errors of a level that is not known yet.
SETTLED_MINUTES = 360
# Half-life in minutes. A week holds all hours and a weekend; shorter, and nights would forget what days have shown.
RESIDUAL_HALF_LIFE = WEEK
LEAST_EXPECTED = 0.05  # documents; the residual of a count of which less was expected says nothing about scatter


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
    if end % spec.spacing:
        return
    settled = end - baselines.since > SETTLED_MINUTES + spec.lag
    at = end // spec.spacing % spec.pending
    # What has waited belongs to the windows that ended at ``waited``; the longest began ``spec.lag`` before.
    waited = end - spec.lag - spec.spacing
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
        total *= 0.5 ** (spec.spacing / RESIDUAL_HALF_LIFE)
        total += np.where(calm[:, None], baselines.pending_residuals[:, at, place], 0.0)
    baselines.pending_residuals[:, at] = _residual(spec, scores, settled)
    _count_coverage(spec, baselines, scores, settled & calm)


def _residual(spec: DetectorSpec, scores: WindowScores, settled: Mask) -> Floats:
    """Return what the windows before the last end add to the four sums: series, sums, windows."""
    expected, k, n = scores.expected, scores.k[:, :, -1], scores.n[:, :, -1]
    share, correlation = expected.share[:, :, -1], expected.correlation[:, :, 0]
    usual, overdispersion = expected.usual[:, :, -1], expected.overdispersion[:, :, 0]
    mean = usual if spec.kind is Kind.VOLUME else usual * share
    mask = settled[:, None]
    terms = np.zeros((len(k), 4, k.shape[1]))
    if spec.kind is not Kind.VOLUME:
        middle = n * share
        square = (k - middle) ** 2 / np.maximum(middle * (1 - share), 1e-9)
        terms[:, 0], terms[:, 1] = _quasi_likelihood(square, np.maximum(n - 1, 0.0), correlation, mask & (n > 1))
    square = (k - mean) ** 2 / np.maximum(mean, 1e-9)
    terms[:, 2], terms[:, 3] = _quasi_likelihood(square, mean, overdispersion, mask & (mean > LEAST_EXPECTED))
    return terms


def _quasi_likelihood(square: Floats, size: Floats, now: Floats, mask: Mask) -> tuple[Floats, Floats]:
    """Return what each residual adds to numerator and denominator of ``d``, the overdispersion or correlation.

    They are the terms of sum of size / V^2 (square - 1 - size d) = 0, solved for d, with V = 1 + size d (quasi-
    likelihood; McCullagh and Nelder 1989, chapter 9). Without the weight 1 / V^2 d came out three times too large.

    Args:
        square: the squared residual over the variance without ``d``.
        size: by how much a ``d`` of one raises that variance.
        now: the ``d`` of today, for the weight.
        mask: the residuals that count.
    """
    variance = 1 + size * now
    weight = np.where(mask, size / variance**2, 0.0)
    return weight * (np.minimum(square, OUTLIER_DEVIATIONS**2 * variance) - 1), weight * size


def _count_coverage(spec: DetectorSpec, baselines: Baselines, scores: WindowScores, mask: Mask) -> None:
    """Count how often the count of the longest window lies inside its expected interval."""
    of, k, n = scores.expected, scores.k[:, -1, -1], scores.n[:, -1, -1]
    widest = Expectation(
        of.share[:, -1, -1], of.correlation[:, -1, 0], of.usual[:, -1, -1], of.overdispersion[:, -1, 0]
    )
    _, low, high = expected_interval(spec.kind, n, widest)
    counted = mask & (n > 0)
    baselines.interval_hits += counted & (k >= low) & (k <= high)
    baselines.interval_trials += counted
