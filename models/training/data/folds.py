"""Stratified folds of a labelled set. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from models.errors import DatasetError
from models.training.data.dataset import TEST, TRAIN, VALIDATION, LabelledSet, Row

HELD_FOR_VALIDATION = 10  # every tenth training row stops the training; the test fold is never looked at


def folds(labelled: LabelledSet, count: int, seed: int) -> Iterator[LabelledSet]:
    """Yield ``count`` copies of the set, whatever its splits were, each with another stratified fold as ``test``.

    Raises:
        DatasetError: a label has fewer rows than twice the folds.
    """
    by_label: dict[str, list[Row]] = defaultdict(list)
    for row in labelled.rows:
        by_label[row.label].append(row)
    for label, rows in by_label.items():
        if len(rows) < 2 * count:
            raise DatasetError(f"label '{label}' has {len(rows)} rows, {count} folds need {2 * count}")
        Random(seed).shuffle(rows)  # noqa: S311 -- a repeatable split, no secret
    for fold in range(count):
        rows = [
            replace(row, split=_split(index, fold, count))
            for group in by_label.values()
            for index, row in enumerate(group)
        ]
        yield replace(labelled, rows=tuple(rows))


def _split(index: int, fold: int, count: int) -> str:
    if index % count == fold:
        return TEST
    return VALIDATION if index // count % HELD_FOR_VALIDATION == 0 else TRAIN
