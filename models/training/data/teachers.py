"""What a run's teachers, artifacts that can be served, say about its training texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.calibration import calibrated
from models.classifier import Classified, load_classifier
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.data.dataset import TRAIN, LabelledSet, texts
from models.training.data.targets import Example, Targets, training_examples, training_texts
from models.training.data.variants import Vocabulary, near_words, variants
from models.training.recipe import Recipe


def taught_examples(sets: Sequence[LabelledSet], recipe: Recipe, vocabulary: Vocabulary) -> list[Example]:
    """Return the training examples, with the teacher's probabilities where the recipe names one.

    Args:
        sets: one per head.
        recipe: names the teachers and the further texts that they label.
        vocabulary: of the encoder to be trained; tells which words are near each other.
    """
    if not recipe.teacher:
        return training_examples(sets, recipe)
    unlabelled = unlabelled_texts(sets, recipe, vocabulary)
    texts_to_label = training_texts(sets, unlabelled)
    means = mean_opinions(sets, recipe, texts_to_label)
    for labelled in sets:
        means.setdefault(labelled.head, np.zeros((len(texts_to_label), len(labelled.labels)), np.float32))
    return training_examples(sets, recipe, unlabelled, means)


def mean_opinions(sets: Sequence[LabelledSet], recipe: Recipe, texts_to_label: Sequence[str]) -> dict[str, Targets]:
    """Return head -> (texts, labels) mean probabilities of the recipe's teachers, for the heads that one of them has.

    Raises:
        DatasetError: the recipe names a feed for which a teacher has no calibration.
    """
    opinions = [_opinions(folder, sets, texts_to_label, recipe.teacher_feed) for folder in recipe.teachers]
    found = {labelled.head: [one[labelled.head] for one in opinions if labelled.head in one] for labelled in sets}
    return {head: np.mean(said, axis=0) for head, said in found.items() if said}


def unlabelled_texts(sets: Sequence[LabelledSet], recipe: Recipe, vocabulary: Vocabulary) -> list[str]:
    """Return the texts of the file and the variants, none of them held out, each once."""
    candidates = list(texts(Path(recipe.unlabelled))) if recipe.unlabelled else []
    if recipe.variants:
        originals = training_texts(sets, ())
        candidates += variants(originals, near_words(originals, vocabulary), recipe.variants, recipe.seed)
    held_out = {row.text for labelled in sets for row in labelled.rows if row.split != TRAIN}
    return [text for text in dict.fromkeys(candidates) if text not in held_out]


def _opinions(
    teacher: Path, sets: Sequence[LabelledSet], texts_to_label: Sequence[str], feed: str
) -> dict[str, Targets]:
    """Return head -> (texts, labels) probabilities of one teacher, for the heads that it has.

    Raises:
        DatasetError: ``feed`` is given, and the teacher has no calibration of that name.
    """
    classifier = load_classifier(teacher)
    if feed and feed not in classifier.calibrations:
        known = ", ".join(sorted(classifier.calibrations)) or "none"
        raise DatasetError(f"teacher_feed: {teacher} has no calibration '{feed}', only {known}; see model calibrate")
    answers = classifier.classify(texts_to_label)
    opinions: dict[str, Targets] = {}
    for labelled in sets:
        if labelled.head in classifier.heads:
            opinions[labelled.head] = rows = np.zeros((len(answers), len(labelled.labels)), np.float32)
            for index, answer in enumerate(answers):
                if isinstance(answer, Classified):
                    probabilities = answer.heads[labelled.head].probabilities
                    if feed and labelled.head == SENTIMENT:
                        probabilities = calibrated(probabilities, classifier.calibrations[feed])
                    rows[index] = [probabilities[label] for label in labelled.labels]
    return opinions
