"""What the classifier is known to get wrong, and what that leaves of a count of negatives."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

NINE_OF_TEN = 1.645  # standard deviations of a normal distribution on either side
# By how much the rate of hits must be above that of slips (Youden's index). Nearer, the corrected count divides by next
# to nothing, and its interval is all there is.
LEAST_YOUDEN = 0.05


class ClassifierErrors(msgspec.Struct, frozen=True):
    """How the classifier did on labelled documents; with no counts it is taken to make no errors.

    Attributes:
        hits: negatives that it called negative; hits / negatives is its sensitivity.
        negatives: documents that are negative.
        slips: others that it called negative; slips / others is one minus its specificity.
        others: documents that are not.
    """

    hits: float = 0.0
    negatives: float = 0.0
    slips: float = 0.0
    others: float = 0.0

    @classmethod
    def of(cls, confusion: Sequence[Sequence[int]], negative: int) -> ClassifierErrors:
        """Read a confusion matrix: rows the truth, columns what was said, ``negative`` the label's place.

        >>> ClassifierErrors.of([[80, 20], [10, 190]], 0)
        ClassifierErrors(hits=80.0, negatives=100.0, slips=10.0, others=200.0)
        """
        if not confusion:
            return cls()
        hits, all_negative = confusion[negative][negative], sum(confusion[negative])
        others = [row for label, row in enumerate(confusion) if label != negative]
        return cls(
            float(hits), float(all_negative), float(sum(row[negative] for row in others)), float(sum(map(sum, others)))
        )

    @property
    def known(self) -> bool:
        """Whether they were measured."""
        return self.negatives > 0 and self.others > 0

    def correct(self, k: float, n: float) -> tuple[float, float, float]:
        """Return how many documents are truly negative where ``k`` of ``n`` were called so: estimate, low, high.

        With the rates of hits and slips the estimate is (k - slip n) / (hit - slip) (Rogan and Gladen 1978), its
        variance from the delta method: chance in these documents, and that the rates themselves come from a limited
        sample. Low to high holds nine of ten.

        Args:
            k: documents that were called negative, 0 to ``n``; may be a fraction, as of independent documents.
            n: documents.

        >>> ClassifierErrors.of([[80, 20], [10, 190]], 0).correct(5, 100)[0]
        0.0
        >>> ClassifierErrors().correct(5, 100)
        (5, 5, 5)
        """
        if not self.known or n <= 0:
            return k, k, k
        # Laplace's rule of succession: one more of each, so that a rate of few documents is never 0 or 1.
        hit, slip = (self.hits + 1) / (self.negatives + 2), (self.slips + 1) / (self.others + 2)
        youden = hit - slip
        if youden < LEAST_YOUDEN:
            return k, 0.0, n  # It can hardly tell negatives from others, so nothing follows.
        estimate = min(max((k - slip * n) / youden, 0.0), n)
        rest = n - estimate
        # In this order of multiplying: a replay of an older alert is compared with it digit for digit.
        chance = estimate * hit * (1 - hit) + rest * slip * (1 - slip)
        doubt = estimate**2 * hit * (1 - hit) / (self.negatives + 3) + rest**2 * slip * (1 - slip) / (self.others + 3)
        reach = NINE_OF_TEN * (chance + doubt) ** 0.5 / youden
        return estimate, max(estimate - reach, 0.0), min(estimate + reach, n)
