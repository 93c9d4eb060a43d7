"""Stratified folds of a labelled set, and sets with one source left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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


def leaving_out(labelled: LabelledSet, source: str, licences: Sequence[str] = ()) -> LabelledSet:
    """Return the set with all rows of ``source`` as ``test``, and of the others what is ``train`` or ``val``.

    Args:
        labelled: of several sources.
        source: the one that nothing is learned of.
        licences: of the rows that are learned; empty: any. Those of ``source`` are only measured.

    Raises:
        DatasetError: no row is of ``source``, or nothing is left to train on or to stop by.
    """
    measured = [replace(row, split=TEST) for row in labelled.rows if row.source == source]
    learned = [
        row
        for row in labelled.rows
        if row.source != source and row.split in (TRAIN, VALIDATION) and (not licences or row.licence in licences)
    ]
    if not measured:
        names = ", ".join(sorted({row.source for row in labelled.rows}))
        raise DatasetError(f"no row is of the source '{source}'; the sources are {names}")
    if {row.split for row in learned} != {TRAIN, VALIDATION}:
        raise DatasetError(f"without the source '{source}', split '{TRAIN}' or '{VALIDATION}' is empty")
    return replace(labelled, rows=(*learned, *measured))


def _split(index: int, fold: int, count: int) -> str:
    if index % count == fold:
        return TEST
    return VALIDATION if index // count % HELD_FOR_VALIDATION == 0 else TRAIN
