"""Training targets: each row carries, for each head, a weighted distribution over its labels.

A labelled row's target is its smoothed label times the label's class weight; where a row lacks a head's label the
teacher's probabilities stand in, times their weight; without a teacher the target is all zeros, which teaches nothing.
Hard labels, class weights, smoothing and distillation are thereby one and the same loss. Pure numpy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError
from models.training.data.dataset import TRAIN, LabelledSet, Row
from models.training.recipe import Recipe

Targets = npt.NDArray[np.float32]
Example = dict[str, Any]


def examples(sets: Sequence[LabelledSet], split: str) -> list[Example]:
    """Return ``{"text": str, head: (labels,) one-hot or zeros, ...}`` for each row of ``split``, to measure on."""
    return [_example(sets, row.text, {labelled.head: row}) for labelled in sets for row in labelled.split(split)]


def training_examples(
    sets: Sequence[LabelledSet],
    recipe: Recipe,
    unlabelled: Sequence[str] = (),
    taught: Mapping[str, Targets] | None = None,
) -> list[Example]:
    """Return the examples of split ``train`` followed by the unlabelled texts, with the recipe's weights.

    Args:
        sets: one per head.
        recipe: label smoothing, balance and the teacher's weight.
        unlabelled: further texts.
        taught: head -> (examples, labels) probabilities of the teacher, in the order of :func:`training_texts`.

    Raises:
        DatasetError: the recipe names a source that no row has.
    """
    by_text = [*_rows_by_text(sets), *((text, dict[str, Row]()) for text in unlabelled)]
    rows = [_example(sets, text, of_heads) for text, of_heads in by_text]
    alone, weight_of = recipe.alone, recipe.weight_of
    sources = {row.source for labelled in sets for row in labelled.split(TRAIN)}
    for setting, named in (("weights", set(weight_of)), ("untaught", alone)):
        if unknown := ", ".join(sorted(named - sources)):
            raise DatasetError(f"{setting}: no row is of {unknown}; the sources are {', '.join(sorted(sources))}")
    for labelled in sets:
        head, weights = labelled.head, class_weights(labelled, recipe.balance)
        for index, (row, (_, of_heads)) in enumerate(zip(rows, by_text, strict=True)):
            source = of_heads[head].source if head in of_heads else ""
            teacher = None if taught is None or (source and source in alone) else taught[head][index]
            row[head] = np.float32(weight_of.get(source, 1.0)) * _target(row[head], weights, teacher, recipe)
    return rows


def _target(hard: Targets, weights: Targets, teacher: Targets | None, recipe: Recipe) -> Targets:
    """Return the (labels,) target of one row and head from its one-hot label, or zeros where it has none."""
    if not hard.any():
        return hard if teacher is None else recipe.teacher_weight * teacher
    target = smoothed(int(hard.argmax()), len(hard), recipe.label_smoothing)
    if teacher is not None and teacher.any():
        target = (1 - recipe.distill) * target + recipe.distill * teacher
    scaled: Targets = float(weights @ hard) * target
    return scaled


def smoothed(label: int, count: int, smoothing: float) -> Targets:
    """Return (count,): the label's index as probabilities, of which the share ``smoothing`` is spread over all."""
    target = np.full(count, smoothing / count, np.float32)
    target[label] += 1 - smoothing
    return target


def training_texts(sets: Sequence[LabelledSet], unlabelled: Sequence[str]) -> list[str]:
    """Return the texts in the order of :func:`training_examples`."""
    return [text for text, _ in _rows_by_text(sets)] + list(unlabelled)


def _rows_by_text(sets: Sequence[LabelledSet]) -> list[tuple[str, dict[str, Row]]]:
    """Return each text of split ``train`` with its row of each head that labels it: it is read once for all of them."""
    found: list[tuple[str, dict[str, Row]]] = []
    places: dict[str, int] = {}
    for labelled in sets:
        for row in labelled.split(TRAIN):
            at = places.get(row.text)
            if at is None or labelled.head in found[at][1]:  # where one head labels it twice both count
                at = places[row.text] = len(found)
                found.append((row.text, {}))
            found[at][1][labelled.head] = row
    return found


def class_weights(labelled: LabelledSet, balance: float) -> Targets:
    """Return (labels,) weights (mean frequency / frequency) ** balance over split ``train``."""
    counts = Counter(row.label for row in labelled.split(TRAIN))
    frequencies = np.array([counts[label] for label in labelled.labels], np.float32)
    weights: Targets = ((frequencies.mean() / frequencies) ** balance).astype(np.float32)
    return weights


def _example(sets: Sequence[LabelledSet], text: str, of_heads: Mapping[str, Row]) -> Example:
    row: Example = {"text": text, **{labelled.head: np.zeros(len(labelled.labels), np.float32) for labelled in sets}}
    for labelled in sets:
        if labelled.head in of_heads:
            row[labelled.head][labelled.labels.index(of_heads[labelled.head].label)] = 1
    return row
