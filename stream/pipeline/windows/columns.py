"""Windows as arrays, a row a series and a column a few minutes: what the detector reads of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Counts:
    """Independent documents of ``names`` (rows) from minute ``first`` on, ``step`` minutes a column.

    In thousandths of a document, so that sums are exact in whatever pieces they are taken. ``first`` is a multiple of
    ``step``. ``heard`` tells by column whether anything came on any series, also on those that are not here; None: on
    these alone.
    """

    names: tuple[str, ...]
    first: int
    documents: Whole
    negatives: Whole
    positives: Whole
    heard: Mask | None = None
    step: int = 1

    @property
    def last(self) -> int:
        """The minute after the last one."""
        return self.first + int(self.documents.shape[1]) * self.step

    def between(self, first: int, last: int) -> Counts:
        """Return the columns that hold the minutes ``first <= m < last``, of those that are here."""
        start, stop = (first - self.first) // self.step, -((self.first - last) // self.step)
        return self._selected(slice(None), slice(max(start, 0), max(stop, 0)), self.names)

    def ordered_after(self, known: Sequence[str]) -> Counts:
        """Return the rows of ``known``, and behind them those of others, in the order of their first documents."""
        rows = {name: row for row, name in enumerate(self.names)}
        firsts = np.where(self.documents.any(axis=1), (self.documents > 0).argmax(axis=1), -1).tolist()
        new = [name for name in rows.keys() - set(known) if firsts[rows[name]] >= 0]
        names = [*known, *sorted(new, key=lambda name: (firsts[rows[name]], name))]
        return self._selected([rows[name] for name in names], slice(None), names)

    def reindexed(self, names: Sequence[str]) -> Counts:
        """Return a row for each of ``names``; zeros where there is none of that name."""
        rows = {name: row for row, name in enumerate(self.names)}
        picked = np.array([rows.get(name, -1) for name in names], np.int64)
        arrays = (self.documents, self.negatives, self.positives)
        # With a row of nothing at the end: the place -1 of who is not there.
        nothing = np.zeros((1, self.documents.shape[1]), np.int64)
        one, two, three = (np.concatenate([array, nothing])[picked] for array in arrays)
        return Counts(tuple(names), self.first, one, two, three, self.heard, self.step)

    def followed_by(self, more: Counts) -> Counts:
        """Return these up to the first minute of ``more``, and then ``more``. Both have the same rows and ``heard``.

        Raises:
            ValueError: they have not.
        """
        if more.names != self.names or more.step != self.step or not self.first <= more.first <= self.last:
            raise ValueError(f"{self.first} to {self.last} by {self.step} is not followed by {more.first}")
        before = self.between(self.first, more.first)
        if before.heard is None or more.heard is None:
            raise ValueError("what was heard is not known")
        pairs = (
            (before.documents, more.documents),
            (before.negatives, more.negatives),
            (before.positives, more.positives),
        )
        one, two, three = (np.concatenate(pair, axis=1) for pair in pairs)
        heard = np.concatenate([before.heard, more.heard])
        return Counts(self.names, self.first, one, two, three, heard, self.step)

    def resampled(self, step: int) -> Counts:
        """Return the same in columns of ``step`` minutes; these have one. Missing ends count as zero."""
        if step == 1:
            return self
        before, after = self.first % step, -self.last % step
        around = ((0, 0), (before, after))
        arrays = (self.documents, self.negatives, self.positives)
        shape = len(self.names), (before + self.documents.shape[1] + after) // step, step
        one, two, three = (np.pad(array, around).reshape(shape).sum(axis=2) for array in arrays)
        heard = self.heard
        if heard is not None:
            heard = np.asarray(np.pad(heard, around[1:]).reshape(-1, step).any(axis=1))
        return Counts(self.names, self.first - before, one, two, three, heard, step)

    def twice_the_fall(self) -> Whole:
        """Return twice the fall of the mean score: a negative document counts 2, a neutral one 1."""
        return self.documents + self.negatives - self.positives

    def _selected(self, rows: slice | list[int], columns: slice, names: Sequence[str]) -> Counts:
        one, two, three = (array[rows][:, columns] for array in (self.documents, self.negatives, self.positives))
        heard = self.heard if self.heard is None else self.heard[columns]
        first = self.first + (columns.start or 0) * self.step
        return Counts(tuple(names), first, one, two, three, heard, self.step)


def starts(first: int, last: int, step: int) -> range:
    """Return the first minutes of the columns that hold the minutes ``first <= m < last``.

    >>> list(starts(25, 61, 10))
    [20, 30, 40, 50, 60]
    """
    return range(first - first % step, last, step)
