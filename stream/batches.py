"""Rows of a file in batches. Where its reading ends early, as in a gzip file that is cut off, none before is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of ``size`` items, the last one shorter; an error of ``items`` comes after what stood before it."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def looked_ahead(items: Iterator[Item], size: int) -> tuple[list[Item], Iterator[Item]]:
    """Return up to ``size`` items, and all of them again with what follows; an error comes in its place there."""
    head: list[Item] = []
    failed: Exception | None = None
    try:
        head.extend(islice(items, size))
    except Exception as error:
        failed = error
    return head, _again(head, failed, items)


def _again(head: list[Item], failed: Exception | None, rest: Iterator[Item]) -> Iterator[Item]:
    yield from head
    if failed is not None:
        raise failed
    yield from rest
