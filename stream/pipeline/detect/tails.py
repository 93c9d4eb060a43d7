"""Tail probabilities as scores, -log10 of the chance of at least so many, for whole arrays at once.

Counts may be fractions, since a copy of a story can count for less than one: the sums run over k, k + 1, ... and the
gamma functions take any real number, so that a whole count gives the exact tail and a fraction one in between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

Floats = NDArray[np.float64]
# Below these there is no telling the distributions from the binomial and the Poisson.
LEAST_CORRELATION, LEAST_DISPERSION = 1e-6, 1e-5
MOST_CORRELATION = 0.95  # at one there is no beta distribution any more
_SMALLEST = 1e-300  # of a chance, so that its logarithm is a number
_TERMS = 32  # of a tail that are summed at once; most tails need no more
_NEGLIGIBLE = 1e-7  # part of the sum below which what is left does not show in a score


def beta_binomial_score(k: Floats, n: Floats, share: Floats, correlation: Floats) -> Floats:
    """Return -log10 P(at least ``k`` of ``n``) where documents, at ``share``, have an intra-window ``correlation``.

    The variance is n share (1 - share) (1 + (n - 1) correlation). All of one shape; needs 0 < k <= n, and share and
    correlation between 0 and 1.

    >>> one = np.ones(1)
    >>> beta_binomial_score(3 * one, 3 * one, 0.1 * one, 0 * one).round(3)
    array([3.])
    """
    weight = 1 / np.clip(correlation, LEAST_CORRELATION, MOST_CORRELATION) - 1
    a, b = share * weight, (1 - share) * weight
    first = -np.log1p(n) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    return np.asarray(-np.log10(np.maximum(np.exp(first) * _ratios(k, n, a, b), _SMALLEST)))


def _ratios(k: Floats, n: Floats, a: Floats, b: Floats) -> Floats:
    """Return the sum of P(k), P(k + 1), ... over P(k), until what is left does not show."""
    total, last = np.ones_like(k), np.ones_like(k)
    steps = np.arange(_TERMS)
    j = k[:, None] + steps
    open_ = np.arange(len(k))
    while len(open_):
        left = n[open_, None] - j
        ratio = (left / (j + 1)) * ((j + a[open_, None]) / np.maximum(left - 1 + b[open_, None], 1e-12))
        terms = last[open_, None] * np.cumprod(np.where(left >= 1, ratio, 0.0), axis=1)
        total[open_] += terms.sum(axis=1)
        last[open_] = terms[:, -1]
        going = (terms[:, -1] > _NEGLIGIBLE * total[open_]) & (j[:, -1] < n[open_])
        open_, j = open_[going], j[going] + _TERMS
    return total


def negative_binomial_score(k: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """Return -log10 P(at least ``k``) where the count has ``mean`` and variance mean + dispersion mean^2; k > 0.

    >>> one = np.ones(1)
    >>> negative_binomial_score(one, 1e-9 * one, 0 * one).round(3)
    array([9.])
    """
    size = 1 / np.maximum(dispersion, LEAST_DISPERSION)
    # The tail of a negative binomial is a regularised incomplete beta function (Abramowitz & Stegun 26.5.26).
    tail = betainc(k, size, mean / (mean + size))
    return np.asarray(-np.log10(np.maximum(tail, _SMALLEST)))
