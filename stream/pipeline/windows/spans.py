"""A window of any length from few pieces: sums are kept of minutes, of tens of minutes and of hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator

LENGTHS = (60, 10, 1)  # minutes; each starts at a multiple of its length


def pieces(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the pieces, as (length, number), that make up the minutes ``first <= m < last``, the largest that fit.

    A piece of length n and number k holds the minutes ``k * n <= m < (k + 1) * n``. A day takes 38 pieces at most.

    >>> list(pieces(59, 131))
    [(1, 59), (60, 1), (10, 12), (1, 130)]
    """
    minute = first
    while minute < last:
        length = next(length for length in LENGTHS if minute % length == 0 and minute + length <= last)
        yield length, minute // length
        minute += length
