"""Counts summed up, so that what is in a window costs two look-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.columns import Counts, Whole
from stream.pipeline.windows.independence import UNIT

__all__ = ["Counts", "CumulativeCounts", "collect_counts", "cumulate"]


def collect_counts(minutes: Mapping[int, Mapping[str, Bucket]], names: Sequence[str], first: int, last: int) -> Counts:
    """Return the counts of ``names`` in the minutes ``first <= m < last``, by minute."""
    row = {name: number for number, name in enumerate(names)}
    documents, negatives, positives = (np.zeros((len(names), last - first), np.int64) for _ in range(3))
    heard = np.zeros(last - first, np.bool_)
    for minute in range(first, last):
        for name, bucket in minutes.get(minute, {}).items():
            heard[minute - first] |= bucket.documents + bucket.independent > 0
            if (number := row.get(name)) is not None:
                documents[number, minute - first] = bucket.independent
                negatives[number, minute - first] = bucket.independent_negative
                positives[number, minute - first] = bucket.independent_positive
    return Counts(tuple(names), first, documents, negatives, positives, heard)


@dataclass(frozen=True, slots=True)
class CumulativeCounts:
    """Counts summed up from the first minute on, a row a series, a column a step and one before the first.

    Attributes:
        first: the minute of the first column.
        k: the count that is tested, in 1/``scale`` documents.
        n: documents, in 1/UNIT of one; ``negatives`` likewise.
        heard: how many steps brought a document of any series, also of those that are not here.
        step: minutes a column.
    """

    first: int
    k: Whole
    n: Whole
    negatives: Whole
    scale: int
    heard: Whole
    step: int = 1

    def window(self, ends: NDArray[np.int64], length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return k and n, series by ends, of the ``length`` minutes before each of ``ends`` (exclusive)."""
        return self._between(self.k, ends, length) / self.scale, self._between(self.n, ends, length) / UNIT

    def negatives_in(self, ends: NDArray[np.int64], length: int) -> NDArray[np.float64]:
        """Return the negatives, likewise, whatever is tested."""
        return self._between(self.negatives, ends, length) / UNIT

    def any_negative(self, row: int, end: int, length: int) -> bool:
        """Whether the ``length`` minutes before ``end`` brought a negative document of one series."""
        start, stop = self._places(end - length, end)
        return bool(self.negatives[row, stop] > self.negatives[row, start])

    def heard_in(self, first: int, last: int) -> bool:
        """Whether anything came on any series in the minutes ``first <= m < last``."""
        start, stop = self._places(first, last)
        return bool(self.heard[stop] > self.heard[start])

    def silent_from(self, first: int, last: int) -> int:
        """Return the minutes from ``first`` on, up to ``last``, in which nothing came on any series."""
        start, stop = self._places(first, last)
        silent = np.searchsorted(self.heard[start + 1 : stop + 1], self.heard[start], side="right")
        return int(silent) * self.step

    def _places(self, *minutes: int) -> list[int]:
        places = (np.array(minutes) - self.first) // self.step
        return [int(place) for place in np.clip(places, 0, len(self.heard) - 1)]

    def _between(self, total: Whole, ends: NDArray[np.int64], length: int) -> Whole:
        # What lies before the first minute is not known, and counts as nothing. Ends and lengths are multiples of the
        # step, or it would not be the step of this detector.
        at = (ends - self.first) // self.step
        return total[:, np.maximum(at, 0)] - total[:, np.maximum(at - length // self.step, 0)]


def cumulate(counts: Counts, *, drift: bool) -> CumulativeCounts:
    """Return the sums of ``counts``.

    Args:
        counts: of the windows and before.
        drift: what is tested is how far the mean sentiment fell, not the negatives.
    """
    negatives = _cumulate(counts.negatives)
    k = _cumulate(counts.twice_the_fall()) if drift else negatives
    heard = np.asarray(counts.documents.any(axis=0) if counts.heard is None else counts.heard)
    heard_steps = _cumulate(heard[None].astype(np.int64))[0]
    return CumulativeCounts(
        counts.first, k, _cumulate(counts.documents), negatives, 2 * UNIT if drift else UNIT, heard_steps, counts.step
    )


def _cumulate(counts: Whole) -> Whole:
    total = np.zeros((counts.shape[0], counts.shape[1] + 1), np.int64)
    np.cumsum(counts, axis=1, out=total[:, 1:])
    return total
