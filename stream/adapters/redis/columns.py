"""Hashes of sums, as Redis gives them, to arrays. Pure, and in whole columns: there may be half a million values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.windows.bucket import MEASURES, Bucket
from stream.pipeline.windows.columns import Counts

Whole = NDArray[np.int64]
_sums = msgspec.msgpack.Decoder(list[int])
_INDEPENDENT = [MEASURES.index(name) for name in ("independent", "independent_negative", "independent_positive")]
_DOCUMENTS = MEASURES.index("documents")


class CountsBuilder:
    """Adds the hashes of pieces up, one by one, to :class:`~stream.pipeline.windows.columns.Counts`.

    Args:
        first: the first minute of the first column.
        columns: how many there are.
        step: minutes a column.
    """

    def __init__(self, first: int, columns: int, step: int) -> None:
        self._first, self._columns, self._step = first, columns, step
        self._places: dict[bytes, int] = {}
        self._parts: list[tuple[int, NDArray[np.intp], Whole]] = []
        self._heard = np.zeros(columns, np.bool_)

    def add(self, column: int, length: int, answer: Mapping[bytes, bytes]) -> None:
        """Add a hash, series -> sums of ``length`` minutes, to ``column``."""
        if not answer:
            return
        places = self._places
        for name in answer:
            places.setdefault(name, len(places))
        rows = np.fromiter(map(places.__getitem__, answer), np.intp, len(answer))
        sums = matrix(length, list(answer.values()))
        self._heard[column] |= bool(sums[:, _DOCUMENTS].any())
        self._parts.append((column, rows, sums[:, _INDEPENDENT]))

    def build(self) -> Counts:
        """Return the counts of all that was added, a row a series, in the order in which the series came."""
        totals = np.zeros((3, len(self._places), self._columns), np.int64)
        for column, rows, sums in self._parts:
            totals[:, rows, column] += sums.T
        names = tuple(name.decode() for name in self._places)
        return Counts(names, self._first, totals[0], totals[1], totals[2], self._heard, self._step)


def merged(answers: Sequence[tuple[int, Mapping[bytes, bytes]]]) -> dict[str, Bucket]:
    """Return one bucket per series: the sum of hashes, each given with its length in minutes."""
    places: dict[bytes, int] = {}
    for _, answer in answers:
        for name in answer:
            places.setdefault(name, len(places))
    total = np.zeros((len(places), len(MEASURES)), np.int64)
    for length, answer in answers:
        at = np.fromiter(map(places.__getitem__, answer), np.intp, len(answer))
        total[at] += matrix(length, list(answer.values()))
    return {name.decode(): Bucket(*row) for name, row in zip(places, total.tolist(), strict=True) if any(row)}


def buckets(answer: Mapping[str, bytes]) -> Iterable[tuple[str, Bucket]]:
    """Yield the series and buckets of a minute's hash."""
    decode = _sums.decode
    return ((name, Bucket(*decode(value))) for name, value in answer.items())


def matrix(length: int, values: Sequence[bytes]) -> Whole:
    """Return one row of sums per value of a hash of ``length`` minutes, a column a measure."""
    if length > 1:
        numbers = np.frombuffer(b"".join(values), "<f8").astype(np.int64)
    else:  # Many arrays of numbers read as one: without their heads, behind the head of a long array.
        count, head = len(values) * len(MEASURES), _head(len(MEASURES))
        whole = b"\xdd" + count.to_bytes(4, "big") + b"".join(value[head:] for value in values)
        numbers = np.array(_sums.decode(whole), np.int64)
    return numbers.reshape(len(values), len(MEASURES))


def _head(length: int) -> int:
    """Return how many bytes stand before the numbers of a MessagePack array: more from the sixteenth number on.

    >>> _head(15), _head(16)
    (1, 3)
    """
    return len(msgspec.msgpack.encode([0] * length)) - length
