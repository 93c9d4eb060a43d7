"""Evaluate and calibrate the sentiment per name, on what is served: the ONNX artifact."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from models.artifact import Head, change_manifest, open_artifact
from models.classifier import load_classifier
from models.errors import DatasetError, TextError
from models.labels import ENTITY
from models.scaling import logits_of
from models.training.data.dataset import TRAIN, VALIDATION
from models.training.data.entities import Named, NamedText
from models.training.data.entity_variants import masked
from models.training.evaluation.evaluate import as_served, figures
from models.training.evaluation.metrics import Floats, Ints, best_scaling, confusion


def calibrate_names(folder: Path, texts: Sequence[NamedText]) -> None:
    """Fit what calibrates the head of names on split ``val``, count its confusions there, and write both down.

    Raises:
        DatasetError: the artifact has no such head.
    """
    manifest = open_artifact(folder).manifest
    head = _head(folder)
    probabilities, truth = name_predictions(folder, [text for text in texts if text.split == VALIDATION])
    logits = logits_of(probabilities, head.temperature, head.sharpening)
    matrix = confusion(truth, probabilities.argmax(1), len(head.labels))
    counts = {**manifest.confusion, ENTITY: tuple(tuple(row) for row in matrix.tolist())}
    calibrated = Head(head.labels, *best_scaling(logits, truth))
    change_manifest(folder, msgspec.structs.replace(manifest, entity=calibrated, confusion=counts))


def evaluate_names(folder: Path, texts: Sequence[NamedText], split: str) -> dict[str, dict[str, Any]]:
    """Return figures per kind of name in ``split``.

    ``all``; ``labels differ`` of texts that say different things of their names; ``unseen names`` of names that do not
    stand in split ``train``; ``names hidden``, all again with a word without meaning in their places.

    Raises:
        DatasetError: the split is empty, or the artifact has no head of names.
    """
    head = _head(folder)
    held_out = [text for text in texts if text.split == split]
    if not held_out:
        raise DatasetError(f"split '{split}' of the file of names is empty")
    seen = {one.name.casefold() for text in texts if text.split == TRAIN for one in text.names}
    kinds: Mapping[str, Callable[[NamedText, Named], bool]] = {
        "all": lambda *_: True,
        "labels differ": lambda text, _: text.differs,
        # Of a file without split train nobody knows which names were seen.
        "unseen names": lambda _, name: bool(seen) and name.name.casefold() not in seen,
    }
    served, truth, plain = _served(folder, held_out)
    pairs = [(text, name) for text in held_out for name in text.names]
    results = {}
    for kind, belongs in kinds.items():
        chosen = np.array([belongs(*pair) for pair in pairs])
        if chosen.any():
            results[kind] = figures(served[chosen], truth[chosen], head, plain[chosen])
    served, truth, plain = _served(folder, [masked(text) for text in held_out])
    results["names hidden"] = figures(served, truth, head, plain)
    return results


def _served(folder: Path, texts: Sequence[NamedText]) -> tuple[Floats, Ints, Floats]:
    """Return the served probabilities, the label indices, and the probabilities before the calibrations of feeds."""
    plain, truth = name_predictions(folder, texts)
    return as_served(folder, ENTITY, plain, [text.source for text in texts for _ in text.names]), truth, plain


def name_predictions(folder: Path, texts: Sequence[NamedText]) -> tuple[Floats, Ints]:
    """Return (names, labels) probabilities, before any calibration of a feed, and (names,) label indices, by text."""
    labels = _head(folder).labels
    answers = load_classifier(folder).classify(
        [text.text for text in texts], [[name.mentions for name in text.names] for text in texts]
    )
    probabilities, truth = [], []
    for text, answer in zip(texts, answers, strict=True):
        if isinstance(answer, TextError):
            raise DatasetError(f"a text of split '{text.split}' cannot be classified, take it out: {answer}")
        for name, given in zip(text.names, answer.names, strict=True):
            probabilities.append([given.sentiment.probabilities[label] for label in labels])
            truth.append(labels.index(name.label))
    return np.array(probabilities), np.array(truth)


def _head(folder: Path) -> Head:
    head = open_artifact(folder).manifest.entity
    if head is None:
        raise DatasetError(f"{folder} has no head of names; train one with: bellwether model entity RUN --entity FILE")
    return head
