"""Minute buckets as arrays: what the detector reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.aggregate import UNIT, Bucket

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Independent documents of ``names`` (rows) in the minutes from ``first`` on (columns).

    In whole numbers of 1/UNIT documents, so that sums are exact in whatever pieces they are taken. ``heard`` tells by
    minute whether anything came on any series, also on those that are not here; None: on these alone.
    """

    names: tuple[str, ...]
    first: int
    documents: Whole
    negatives: Whole
    positives: Whole
    heard: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, minutes: Mapping[int, Mapping[str, Bucket]], names: Sequence[str], first: int, last: int) -> Counts:
        """Take the minutes ``first <= m < last`` of those of ``names`` that have any."""
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
        return cls(tuple(names), first, documents, negatives, positives, heard)

    @property
    def last(self) -> int:
        """The minute after the last one."""
        return self.first + int(self.documents.shape[1])

    def between(self, first: int, last: int) -> Counts:
        """Return the minutes ``first <= m < last``, of those that are here."""
        return self._taken(slice(None), slice(max(first - self.first, 0), last - self.first), self.names)

    def arranged(self, known: Sequence[str]) -> Counts:
        """Return the rows of ``known`` and behind them, as they appear, those of others that have any document."""
        rows = {name: row for row, name in enumerate(self.names)}
        firsts = np.where(self.documents.any(axis=1), (self.documents > 0).argmax(axis=1), -1).tolist()
        new = [name for name in rows.keys() - set(known) if firsts[rows[name]] >= 0]
        names = [*known, *sorted(new, key=lambda name: (firsts[rows[name]], name))]
        return self._taken([rows[name] for name in names], slice(None), names)

    def _taken(self, rows: slice | list[int], minutes: slice, names: Sequence[str]) -> Counts:
        one, two, three = (array[rows][:, minutes] for array in (self.documents, self.negatives, self.positives))
        heard = self.heard if self.heard is None else self.heard[minutes]
        return Counts(tuple(names), self.first + (minutes.start or 0), one, two, three, heard)

    def down(self) -> Whole:
        """Return twice the fall of the mean: negatives count double, neutral documents once, positive ones not."""
        return self.documents + self.negatives - self.positives


@dataclass(frozen=True, slots=True)
class Sums:
    """Cumulated counts: what is in a window costs two look-ups. ``k`` is the count that is tested, ``n`` its base."""

    first: int
    k: Whole
    n: Whole
    negatives: Whole
    scale: int
    heard: Whole

    def window(self, ends: NDArray[np.int64], length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return k and n, series by ends, of the ``length`` minutes before each of ``ends`` (exclusive)."""
        return _between(self.k, self.first, ends, length) / self.scale, _between(
            self.n, self.first, ends, length
        ) / UNIT

    def negatives_in(self, ends: NDArray[np.int64], length: int) -> NDArray[np.float64]:
        """Return the negatives, likewise."""
        return _between(self.negatives, self.first, ends, length) / UNIT

    def heard_in(self, first: int, last: int) -> bool:
        """Whether anything came on any series in the minutes ``first <= m < last``."""
        at = np.clip(np.array([first, last]) - self.first, 0, len(self.heard) - 1)
        return bool(self.heard[at[1]] > self.heard[at[0]])

    def silent_from(self, first: int, last: int) -> int:
        """Return the minutes from ``first`` on, up to ``last``, in which nothing came on any series."""
        start, stop = np.clip(np.array([first, last]) - self.first, 0, len(self.heard) - 1).tolist()
        return int(np.searchsorted(self.heard[start + 1 : stop + 1], self.heard[start], side="right"))


def cumulate(counts: Counts, *, drift: bool) -> Sums:
    """Return the sums of ``counts``; what is tested is negatives or, for a drift, how far the mean fell."""
    negatives = _cumulate(counts.negatives)
    k = _cumulate(counts.down()) if drift else negatives
    heard = np.asarray(counts.documents.any(axis=0) if counts.heard is None else counts.heard)
    told = _cumulate(heard[None].astype(np.int64))[0]
    return Sums(counts.first, k, _cumulate(counts.documents), negatives, 2 * UNIT if drift else UNIT, told)


def _cumulate(counts: Whole) -> Whole:
    total = np.zeros((counts.shape[0], counts.shape[1] + 1), np.int64)
    np.cumsum(counts, axis=1, out=total[:, 1:])
    return total


def _between(total: Whole, first: int, ends: NDArray[np.int64], length: int) -> Whole:
    # What lies before the first minute is not known, and counts as nothing.
    at = ends - first
    return total[:, np.maximum(at, 0)] - total[:, np.maximum(at - length, 0)]
