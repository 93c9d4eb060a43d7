"""What a run's teachers, artifacts that can be served, say about its training texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.classifier import Classified, load_classifier
from models.training.dataset import TRAIN, LabelledSet, texts
from models.training.recipe import Recipe
from models.training.targets import Example, Targets, training_examples, training_texts
from models.training.variants import Vocabulary, near_words, variants


def taught_examples(sets: Sequence[LabelledSet], recipe: Recipe, vocabulary: Vocabulary) -> list[Example]:
    """Return the training examples, with the teacher's probabilities where the recipe names one.

    Args:
        sets: one per head.
        recipe: names the teachers and the further texts that they label.
        vocabulary: of the encoder to be trained; tells which words are near each other.
    """
    if not recipe.teacher:
        return training_examples(sets, recipe)
    unlabelled = _unlabelled(sets, recipe, vocabulary)
    learned = training_texts(sets, unlabelled)
    opinions = [_opinions(folder, sets, learned) for folder in recipe.teachers]
    taught: dict[str, Targets] = {}
    for one in sets:
        found = [opinion[one.head] for opinion in opinions if one.head in opinion]
        taught[one.head] = np.mean(found, axis=0) if found else np.zeros((len(learned), len(one.labels)), np.float32)
    return training_examples(sets, recipe, unlabelled, taught)


def _unlabelled(sets: Sequence[LabelledSet], recipe: Recipe, vocabulary: Vocabulary) -> list[str]:
    """Return the texts of the file and the variants, none of them held out, each once."""
    found = list(texts(Path(recipe.unlabelled))) if recipe.unlabelled else []
    if recipe.variants:
        learned = training_texts(sets, ())
        found += variants(learned, near_words(learned, vocabulary), recipe.variants, recipe.seed)
    held_out = {row.text for one in sets for row in one.rows if row.split != TRAIN}
    return [text for text in dict.fromkeys(found) if text not in held_out]


def _opinions(teacher: Path, sets: Sequence[LabelledSet], learned: Sequence[str]) -> dict[str, Targets]:
    """Return head -> (texts, labels) probabilities of one teacher, for the heads that it has."""
    classifier = load_classifier(teacher)
    answers = classifier.classify(learned)
    found: dict[str, Targets] = {}
    for one in sets:
        if one.head in classifier.heads:
            found[one.head] = rows = np.zeros((len(answers), len(one.labels)), np.float32)
            for index, answer in enumerate(answers):
                if isinstance(answer, Classified):
                    rows[index] = [answer.heads[one.head].probabilities[label] for label in one.labels]
    return found
