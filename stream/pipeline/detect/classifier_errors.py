"""What the classifier is known to get wrong, and what that leaves of a count of negatives."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

NINE_OF_TEN = 1.645  # nine of ten
LEAST_HIT_ABOVE_SLIP = 0.05


class ClassifierErrors(msgspec.Struct, frozen=True):
    """How the classifier did on labelled documents: ``hits`` of ``negatives`` called so, ``slips`` of ``others``.

    With no counts it is taken to make no errors.
    """

    hits: float = 0.0
    negatives: float = 0.0
    slips: float = 0.0
    others: float = 0.0

    @classmethod
    def of(cls, confusion: Sequence[Sequence[int]], negative: int) -> ClassifierErrors:
        """Read a confusion matrix: rows the truth, columns what was said, ``negative`` the label's place.

        >>> Errors.of([[80, 20], [10, 190]], 0)
        Errors(hits=80.0, negatives=100.0, slips=10.0, others=200.0)
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
        """Return how many of ``n`` documents are truly negative where ``k`` were called so: estimate, low, high.

        The estimate is (k - slip n) / (hit - slip) (Rogan and Gladen 1978), its variance from the delta method: chance
        in these documents, and that the rates themselves come from a limited sample. Low to high holds nine of ten.

        >>> Errors.of([[80, 20], [10, 190]], 0).correct(5, 100)[0]
        0.0
        >>> Errors().correct(5, 100)
        (5, 5, 5)
        """
        if not self.known or n <= 0:
            return k, k, k
        hit, slip = (self.hits + 1) / (self.negatives + 2), (self.slips + 1) / (self.others + 2)
        gap = hit - slip
        if gap < LEAST_HIT_ABOVE_SLIP:
            return k, 0.0, n  # It can hardly tell negatives from others, so nothing follows.
        found = min(max((k - slip * n) / gap, 0.0), n)
        chance = found * hit * (1 - hit) + (n - found) * slip * (1 - slip)
        doubt = found**2 * hit * (1 - hit) / (self.negatives + 3) + (n - found) ** 2 * slip * (1 - slip) / (
            self.others + 3
        )
        reach = NINE_OF_TEN * (chance + doubt) ** 0.5 / gap
        return found, max(found - reach, 0.0), min(found + reach, n)
