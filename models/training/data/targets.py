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

from models.training.data.dataset import TRAIN, LabelledSet
from models.training.recipe import Recipe

Targets = npt.NDArray[np.float32]
Example = dict[str, Any]


def examples(sets: Sequence[LabelledSet], split: str) -> list[Example]:
    """Return ``{"text": str, head: (labels,) one-hot or zeros, ...}`` for each row of ``split``, to measure on."""
    return [_example(sets, row.text, labelled, row.label) for labelled in sets for row in labelled.split(split)]


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
    """
    rows = examples(sets, TRAIN) + [_example(sets, text) for text in unlabelled]
    sources = [row.source for labelled in sets for row in labelled.split(TRAIN)]
    untaught = {index for index, source in enumerate(sources) if source in recipe.untaught.split(",")}
    for labelled in sets:
        weights = class_weights(labelled, recipe.balance)
        for index, row in enumerate(rows):
            hard = row[labelled.head]
            teacher = None if taught is None or (index in untaught and hard.any()) else taught[labelled.head][index]
            row[labelled.head] = _target(hard, weights, teacher, recipe)
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
    return [row.text for labelled in sets for row in labelled.split(TRAIN)] + list(unlabelled)


def class_weights(labelled: LabelledSet, balance: float) -> Targets:
    """Return (labels,) weights (mean frequency / frequency) ** balance over split ``train``."""
    counts = Counter(row.label for row in labelled.split(TRAIN))
    frequencies = np.array([counts[label] for label in labelled.labels], np.float32)
    weights: Targets = ((frequencies.mean() / frequencies) ** balance).astype(np.float32)
    return weights


def _example(sets: Sequence[LabelledSet], text: str, owner: LabelledSet | None = None, label: str = "") -> Example:
    row: Example = {"text": text, **{labelled.head: np.zeros(len(labelled.labels), np.float32) for labelled in sets}}
    if owner is not None:
        row[owner.head][owner.labels.index(label)] = 1
    return row
