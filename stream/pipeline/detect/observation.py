"""What was seen in a window beside what was expected of it."""

from __future__ import annotations

import msgspec


# Thousands are made in each tick, and none refers back to itself: the garbage collector need not look through them,
# for which it would stop the event loop for a fifth of a second. So it is with decisions.
class Observation(msgspec.Struct, frozen=True, gc=False):
    """The window that ends at ``minute`` (exclusive) beside what was expected of it. Counts are independent ones.

    Attributes:
        window: minutes, the one with the highest score.
        expected_share: of ``negatives`` among ``documents``, 0 to 1.
        usual_negatives: expected in a window at this time, whatever the number of documents.
        score: -log10 of the chance of what was seen; an alert needs at least ``threshold``.
        expected_low, expected_high: where nineteen of twenty counts lie when nothing is going on; of negatives among
            these documents, for the kind "volume" of documents.
        kind: the rule's: negative, volume or drift.
        usual_documents: expected in a window at this time.
        estimated_negatives: corrected for what the classifier is known to get wrong, with an interval; equal to
            ``negatives`` where its errors were not measured.
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
    usual_documents: float = 0.0
    estimated_negatives: float | None = None
    estimated_low: float | None = None
    estimated_high: float | None = None

    @property
    def expected_negatives(self) -> float:
        """Negatives expected among this many documents."""
        return self.documents * self.expected_share
