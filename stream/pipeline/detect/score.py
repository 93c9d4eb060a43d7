"""How surprising the last minutes are, for all series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import CumulativeCounts
from stream.pipeline.detect.expect import Expectation, expect
from stream.pipeline.detect.sparse import heard_series, score_sparse
from stream.pipeline.detect.spec import DetectorSpec, Kind
from stream.pipeline.detect.state import Baselines
from stream.pipeline.detect.tails import beta_binomial_score, negative_binomial_score
from stream.pipeline.detect.threshold import LEAST_THRESHOLD

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Minutes = NDArray[np.int64]
# A high share fires only when the count of negatives, too, is above what chance gives one time in ten. On simulated
# months neutral events with three to ten times the volume then fired in at most 0.6 %, and a share of 20 % that became
# 50 % was still found in 89 %; taking the lower of the two scores found half as many.
COUNT_GUARD = 1.0
# A count so few standard deviations above what was expected scores nothing. It spares the tails of most series, which
# are quiet at most times; a score of so near a count is far below any threshold.
NEAR_DEVIATIONS = 0.8
LEAST_MEAN = 1e-6  # documents; no count is expected to be nothing at all, or one document would be impossible
NINETEEN_OF_TWENTY = 1.96  # standard deviations of a normal distribution on either side


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Scores of the windows before some minutes, and what they were made of.

    Attributes:
        ends: the minutes before which the windows end (exclusive).
        score: of the window that is decided on, series by ends: -log10 of the chance of so much.
        best_window: the index of that window, series by ends. Of those whose count is large enough for an alert it is
            the one with the highest score; where there is none, that with the highest score of all.
        k: the count that was tested, series by windows by ends, in documents.
        n: documents, likewise.
        expected: what was expected of them.
        supported: whether the count of the window that is decided on is large enough for an alert, series by ends.
        highest: the highest score of any window, of sparse series any with enough for an alert, series by ends.
    """

    ends: Minutes
    score: Floats
    best_window: NDArray[np.int64]
    k: Floats
    n: Floats
    expected: Expectation
    supported: Mask
    highest: Floats


def score_windows(
    spec: DetectorSpec,
    baselines: Baselines,
    sums: CumulativeCounts,
    ends: Minutes,
    errors: ClassifierErrors | None = None,
) -> WindowScores:
    """Score the windows before ``ends``, which lie between two times of learning.

    Args:
        spec: what is looked for.
        baselines: of the series that ``sums`` begins with, as they were before the windows began.
        sums: of the counts, back to the longest window before the first end.
        ends: minutes since 1970 before which the windows end (exclusive).
        errors: the classifier's, where they are known: a count is large enough when it is so corrected for them, too.

    Returns:
        Scores of each series (row) at each end (column).
    """
    expected = expect(baselines, spec, ends)
    k, n = _counted(spec, sums, ends)
    by_window = score_evidence(spec, k, n, expected)
    enough = k >= spec.support
    if spec.limit or spec.sparse:
        heard = heard_series(spec, baselines)[:, None, None]
        enough, by_window = enough & heard, np.where(heard, by_window, 0.0)
    # Of sparse series one negative where none is usual is surprising and yet no event: it has to be learned.
    noted = np.where(enough, by_window, 0.0) if spec.sparse else by_window
    best = _decided_on(spec, errors, (by_window, k, n), enough)
    chosen = best[:, None, :]
    return WindowScores(
        ends=ends,
        score=np.take_along_axis(by_window, chosen, axis=1)[:, 0],
        best_window=best,
        k=k,
        n=n,
        expected=expected,
        supported=np.take_along_axis(enough, chosen, axis=1)[:, 0],
        highest=noted.max(axis=1),
    )


def _counted(spec: DetectorSpec, sums: CumulativeCounts, ends: Minutes) -> tuple[Floats, Floats]:
    """Return what is tested and the documents, series by windows by ends."""
    pairs = [sums.window(ends, length) for length in spec.windows]
    k, n = (np.stack(arrays, axis=1) for arrays in zip(*pairs, strict=True))
    return (n if spec.kind is Kind.VOLUME else k), n


def score_evidence(spec: DetectorSpec, k: Floats, n: Floats, expected: Expectation) -> Floats:
    """Return the score of each count by the test of ``spec``; see :func:`score_counts` and :func:`score_sparse`."""
    return score_sparse(k, n, expected) if spec.sparse else score_counts(spec.kind, k, n, expected)


def _decided_on(
    spec: DetectorSpec, errors: ClassifierErrors | None, counts: tuple[Floats, Floats, Floats], enough: Mask
) -> NDArray[np.int64]:
    """Return the window to decide on; where the classifier's errors are known, its count stands them, too."""
    scores = counts[0]
    best = _best_window(scores, enough)
    if errors is None or not errors.known or spec.kind is not Kind.NEGATIVE or spec.sparse:
        return best
    return _best_window(scores, enough & _enough_corrected(spec, errors, counts, enough), best)


def _best_window(scores: Floats, allowed: Mask, other: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the window with the highest score of those ``allowed``, where there is none ``other`` or that of all."""
    best = np.where(allowed, scores, -1.0).argmax(axis=1)
    return np.where(allowed.any(axis=1), best, scores.argmax(axis=1) if other is None else other)


def _enough_corrected(
    spec: DetectorSpec, errors: ClassifierErrors, counts: tuple[Floats, Floats, Floats], enough: Mask
) -> Mask:
    """Return which counts are large enough also by the lower end of what they are corrected to.

    Only those are looked at that could fire, and whose series has another window.
    """
    scores, k, n = counts
    corrected = enough.copy()
    candidates = enough & (scores >= LEAST_THRESHOLD) & (enough.sum(axis=1) > 1)[:, None]
    for place in zip(*(axis.tolist() for axis in np.nonzero(candidates)), strict=True):
        _, low, _ = errors.correct(float(k[place]), float(n[place]))
        corrected[place] = low >= spec.support
    return corrected


def score_counts(kind: Kind, k: Floats, n: Floats, expected: Expectation) -> Floats:
    """Return the score of each count: -log10 of the chance of at least so many.

    One within NEAR_DEVIATIONS standard deviations of what was expected scores nothing.

    Args:
        kind: what is looked for.
        k: the tested count (documents when the kind is volume).
        n: documents.
        expected: what was expected; its arrays broadcast with ``k``.

    >>> usual = Expectation(*(np.array([value]) for value in (0.2, 0.02, 40.0, 0.2)))
    >>> negatives, documents = np.array([8.0, 24.0, 80.0]), np.array([40.0, 40.0, 400.0])
    >>> score_counts(Kind.NEGATIVE, negatives, documents, usual).round(1)  # as usual, a high share, a neutral event
    array([0. , 4.2, 0. ])
    """
    share, correlation, usual, dispersion = (
        np.broadcast_to(array, k.shape)
        for array in (expected.share, expected.correlation, expected.usual, expected.overdispersion)
    )
    if kind is Kind.VOLUME:
        above = k > np.maximum(usual + NEAR_DEVIATIONS * np.sqrt(usual + dispersion * usual**2), LEAST_MEAN)
        return _spread(
            above, negative_binomial_score(k[above], np.maximum(usual[above], LEAST_MEAN), dispersion[above])
        )
    middle = n * share
    spread = middle * (1 - share) * (1 + np.maximum(n - 1, 0) * correlation)
    above = (k > middle + NEAR_DEVIATIONS * np.sqrt(spread)) & (k > 0)
    if kind is Kind.NEGATIVE:
        mean = usual * share
        above &= k > mean + NEAR_DEVIATIONS * np.sqrt(mean + dispersion * mean**2)
    by_share = beta_binomial_score(k[above], np.maximum(n, k)[above], share[above], correlation[above])
    if kind is Kind.DRIFT:
        return _spread(above, by_share)
    usual_k = np.maximum(usual[above] * share[above], LEAST_MEAN)
    by_count = negative_binomial_score(k[above], usual_k, dispersion[above])
    return _spread(above, np.where(by_count >= COUNT_GUARD, by_share, np.minimum(by_share, by_count)))


def _spread(where: NDArray[np.bool_], values: Floats) -> Floats:
    spread = np.zeros(where.shape)
    spread[where] = values
    return spread


def expected_interval(kind: Kind, n: Floats, expected: Expectation) -> tuple[Floats, Floats, Floats]:
    """Return what is expected of the tested count, and where nineteen of twenty lie when nothing is going on."""
    if kind is Kind.VOLUME:
        middle = np.broadcast_to(expected.usual, n.shape)
        variance = middle + expected.overdispersion * middle**2
    else:
        middle = n * expected.share
        variance = middle * (1 - expected.share) * (1 + np.maximum(n - 1, 0) * expected.correlation)
    reach = NINETEEN_OF_TWENTY * np.sqrt(variance)
    return middle, np.maximum(middle - reach, 0.0), middle + reach
