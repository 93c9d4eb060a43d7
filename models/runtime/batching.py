"""Batches by a budget of padded tokens: sorted by length, so that little is computed on padding. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

# Tokens. Each step is a third to a half wider than the one before, or twice as wide at the start: a trade-off between
# padding and the number of shapes that a GPU has to see.
WIDTHS = (16, 32, 48, 64, 96, 128, 192, 256, 384, 512)
SMALLEST_RUN = 32  # tokens: below, starting a run costs more than a second core saves


def token_batches(lengths: Sequence[int], budget: int, max_rows: int) -> Iterator[list[int]]:
    """Split the indices of ``lengths`` into batches whose padded size (rows x longest) is at most ``budget`` tokens.

    Every index comes exactly once; a row longer than the budget is a batch of its own.

    >>> list(token_batches([3, 9, 4], budget=12, max_rows=8))
    [[0, 2], [1]]
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Sorted ascending, so the newcomer is the longest and sets the padded width.
        if batch and (len(batch) >= max_rows or (len(batch) + 1) * lengths[index] > budget):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def bucketed_shape(rows: int, width: int) -> tuple[int, int]:
    """Round a batch's shape up: rows to a power of two, width to one of ``WIDTHS`` (beyond them to a multiple of 512).

    >>> bucketed_shape(5, 33)
    (8, 48)
    """
    place = bisect_left(WIDTHS, width)
    return 1 << (rows - 1).bit_length(), WIDTHS[place] if place < len(WIDTHS) else -(-width // 512) * 512


def balanced_budget(tokens: int, budget: int, at_once: int) -> int:
    """Return the tokens of a run so that ``tokens`` fill a multiple of ``at_once`` runs, none over ``budget``.

    >>> balanced_budget(160, budget=256, at_once=2), balanced_budget(1280, budget=256, at_once=2)
    (80, 214)
    """
    rounds = -(-tokens // (budget * at_once))
    return max(SMALLEST_RUN, -(-tokens // max(1, rounds * at_once)))
