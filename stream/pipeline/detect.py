"""Stage 5: is the share of negative documents in the last minutes too high for this series?

A simple, honest test. Counts are independent ones, so copies say nothing. The expectation is the series' own past, an
exponentially weighted mean that learns a minute only when it has left the window: an observation never vouches for
itself. The share decides, since a neutral event raises volume and negatives alike; the count guards it, since a
quiet hour with a few negatives has a high share too:

    score = min(z of the negatives among n at the expected share,  z of the negatives against the usual count)

with ``z = (k - expected) / sqrt(dispersion * variance + 1/4)``, the variance binomial in the first and Poisson in the
second. ``dispersion`` stands for what is not independent in news; the quarter keeps a tiny expectation from giving
an endless score.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import msgspec

from stream.pipeline.aggregate import Bucket

# The share of a series that has not been seen yet, and how many documents that opinion weighs.
PRIOR_SHARE, PRIOR_WEIGHT = 0.25, 8.0
# The count only guards: a rise of the share at a flat volume moves it less than the share.
COUNT_GUARD = 2.0


@dataclass(frozen=True, slots=True)
class SurgeTest:
    """The test's parameters; times in minutes.

    ``support`` is the least number of negatives worth a decision; ``warm_up`` the least history.
    """

    window: int = 15
    half_life: int = 2 * 1440
    warm_up: int = 1440
    support: int = 8
    dispersion: float = 1.5
    threshold: float = 4.0


class Baseline(msgspec.Struct, frozen=True, array_like=True):
    """What a series usually is: decayed sums over the minutes before ``at``. ``weight`` counts decayed minutes."""

    at: int
    weight: float = 0.0
    documents: float = 0.0
    negatives: float = 0.0

    def learn(self, minute: int, bucket: Bucket, half_life: int) -> Baseline:
        """Add ``minute`` and the empty ones between ``at`` and it.

        >>> Baseline(0).learn(9, Bucket(independent=5000, independent_negative=1000), 60).at
        10
        """
        if minute < self.at:
            return self
        steps = minute + 1 - self.at
        keep = 0.5 ** (1 / half_life)
        kept = keep**steps
        # The sum of keep**0 .. keep**(steps - 1): what that many minutes weigh today.
        weight = self.weight * kept + (1 - kept) / (1 - keep)
        documents = self.documents * kept + bucket.independent_documents
        return Baseline(minute + 1, weight, documents, self.negatives * kept + bucket.independent_negatives)

    @property
    def share(self) -> float:
        """Expected negative share, 0 to 1."""
        return (self.negatives + PRIOR_SHARE * PRIOR_WEIGHT) / (self.documents + PRIOR_WEIGHT)

    @property
    def rate(self) -> float:
        """Expected negatives a minute."""
        return self.negatives / self.weight if self.weight else 0.0


class Observation(msgspec.Struct, frozen=True):
    """The window that ends at ``minute`` (exclusive) beside what was expected of it. Counts are independent ones.

    ``expected_low`` to ``expected_high`` is the interval of what was expected of ``negatives``; an alert needs a score
    of at least ``threshold``. ``kind`` is the rule's: negative, volume or drift.
    """

    series: str
    minute: int
    window: int
    documents: float
    negatives: float
    expected_share: float
    usual_negatives: float
    score: float
    threshold: float = 0.0
    expected_low: float = 0.0
    expected_high: float = 0.0
    kind: str = "negative"

    @property
    def expected_negatives(self) -> float:
        """Negatives expected among this many documents."""
        return self.documents * self.expected_share


def observe(test: SurgeTest, series: str, minute: int, window: Bucket, baseline: Baseline) -> Observation:
    """Score ``window``, the merged buckets of the ``test.window`` minutes before ``minute``."""
    documents, negatives = window.independent_documents, window.independent_negatives
    share, usual = baseline.share, baseline.rate * test.window
    by_share = _z(negatives, documents * share, documents * share * (1 - share), test.dispersion)
    by_count = _z(negatives, usual, usual, test.dispersion)
    score = by_share if by_count >= COUNT_GUARD else min(by_share, by_count)
    return Observation(
        series,
        minute,
        test.window,
        documents,
        negatives,
        round(share, 6),
        round(usual, 6),
        round(score, 6),
        test.threshold,
    )


def _z(observed: float, expected: float, variance: float, dispersion: float) -> float:
    return (observed - expected) / sqrt(dispersion * variance + 0.25)
