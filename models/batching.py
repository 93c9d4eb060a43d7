"""Batches by a budget of padded tokens: sorted by length, so that little is computed on padding. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


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
