"""Evaluate and calibrate what is served: the ONNX artifact, never the network it came from."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from models.artifact import Head, change_manifest, open_artifact
from models.calibration import calibrated, calibration_of
from models.classifier import load_classifier
from models.errors import ArtifactError, DatasetError, TextError
from models.labels import NEGATIVE, SENTIMENT, TOPIC
from models.scaling import logits_of, softmax
from models.training.data.dataset import VALIDATION, LabelledSet, Row
from models.training.evaluation.metrics import (
    Floats,
    Ints,
    Scaling,
    accuracy,
    best_scaling,
    best_temperature,
    bootstrap_intervals,
    confusion,
    expected_calibration_error,
    macro_f1,
    precision_recall_f1,
    roc_auc,
)

ALL = "all"  # all sources together


def check_writable(folder: Path) -> None:
    """Refuse, before minutes of measuring, a folder that nothing can be written into. Raises ArtifactError."""
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise ArtifactError(f"{folder}: nothing can be written there; copy it to where you may write, and use the copy")


def calibrate(folder: Path, sets: Sequence[LabelledSet]) -> None:
    """Fit on split ``val`` what calibrates each head, count its confusions there, and write both into the manifest."""
    manifest = open_artifact(folder).manifest
    heads, counts = {}, {}
    for labelled in sets:
        probabilities, truth = predictions(folder, labelled, labelled.split(VALIDATION))
        head = manifest.heads[labelled.head]
        logits = logits_of(probabilities, head.temperature, head.sharpening)
        heads[labelled.head] = Head(head.labels, *_scaling(labelled.head, logits, truth))
        matrix = confusion(truth, probabilities.argmax(1), len(head.labels))
        counts[labelled.head] = tuple(tuple(row) for row in matrix.tolist())
    changes = {"heads": {**manifest.heads, **heads}, "confusion": {**manifest.confusion, **counts}}
    change_manifest(folder, msgspec.structs.replace(manifest, **changes))


def _scaling(head: str, logits: Floats, truth: Ints) -> Scaling:
    if head == SENTIMENT:
        return best_scaling(logits, truth)
    # Of 20 topics a sharpening took 0.002 of the log-loss (English and Chinese), which is nothing.
    return Scaling(round(best_temperature(logits, truth), 4), 0.0)


def evaluate(folder: Path, labelled: LabelledSet, split: str) -> dict[str, dict[str, Any]]:
    """Return figures per source of ``split`` and for ``all``, labels with the negative one first.

    Raises:
        DatasetError: the split is empty, or the artifact lacks the head or one of the file's labels.
    """
    rows = labelled.split(split)
    head = _checked_head(folder, labelled, split)
    plain, truth = predictions(folder, labelled, rows)
    served = as_served(folder, labelled.head, plain, [row.source for row in rows])
    return {
        source: figures(served[indices], truth[indices], head, plain[indices])
        for source, indices in _by_source(rows).items()
    }


def scores(folder: Path, labelled: LabelledSet, split: str) -> dict[str, tuple[int, float, float]]:
    """Return rows, accuracy and macro-F1 per source of ``split`` and, where there are several, for ``all``."""
    rows = labelled.split(split)
    plain, truth = predictions(folder, labelled, rows)
    predicted = as_served(folder, labelled.head, plain, [row.source for row in rows]).argmax(1)
    groups = _by_source(rows)
    if len({row.source for row in rows}) == 1:
        del groups[ALL]
    return {
        source: (
            len(indices),
            accuracy(truth[indices], predicted[indices]),
            macro_f1(truth[indices], predicted[indices]),
        )
        for source, indices in groups.items()
    }


def _by_source(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return source -> indices of its rows, and ``all``; a source of that name is told apart by quotation marks."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[f"'{ALL}'" if row.source == ALL else row.source].append(index)
        groups[ALL].append(index)
    return dict(sorted(groups.items()))


def served_macro_f1(folder: Path, labelled: LabelledSet) -> float:
    """Return the macro-F1 of the artifact on split ``val``."""
    probabilities, truth = predictions(folder, labelled, labelled.split(VALIDATION))
    return macro_f1(truth, probabilities.argmax(1))


def predictions(folder: Path, labelled: LabelledSet, rows: Sequence[Row]) -> tuple[Floats, Ints]:
    """Return the (rows, labels) probabilities, before any calibration of a feed, and the (rows,) label indices.

    Raises:
        DatasetError: the classifier refuses one of the texts.
    """
    labels = open_artifact(folder).manifest.heads[labelled.head].labels
    answers = load_classifier(folder).classify([row.text for row in rows])
    probabilities = []
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, TextError):
            raise DatasetError(f"a text of split '{row.split}' cannot be classified, take it out: {answer}")
        probabilities.append([answer.heads[labelled.head].probabilities[label] for label in labels])
    return np.array(probabilities), np.array([labels.index(row.label) for row in rows])


def as_served(folder: Path, head: str, probabilities: Floats, sources: Sequence[str]) -> Floats:
    """Return the (rows, labels) probabilities of a head as they are served: with the calibrations of the rows' feeds.

    A row is read as a document that has a ``text`` and no title, of its source.
    """
    manifest = open_artifact(folder).manifest
    if not manifest.calibrations or head == TOPIC:
        return probabilities
    labels = manifest.all_heads[head].labels
    served = []
    for row, source in zip(probabilities.tolist(), sources, strict=True):
        calibration = calibration_of(manifest.calibrations, source, has_title=False)
        given = dict(zip(labels, row, strict=True))
        served.append(list((calibrated(given, calibration) if calibration else given).values()))
    return np.array(served)


def _checked_head(folder: Path, labelled: LabelledSet, split: str) -> Head:
    heads = open_artifact(folder).manifest.heads
    if labelled.head not in heads:
        raise DatasetError(f"{folder} has no head '{labelled.head}'; it has {', '.join(heads)}")
    rows = labelled.split(split)
    if not rows:
        there = ", ".join(sorted({f"'{row.split}'" for row in labelled.rows})) or "no rows"
        raise DatasetError(f"split '{split}' of the {labelled.head} file is empty; the file has {there}")
    check_labels(folder, labelled.head, heads[labelled.head], rows)
    return heads[labelled.head]


def check_labels(folder: Path, name: str, head: Head, rows: Sequence[Row]) -> None:
    """Refuse rows with a label that the head of this name lacks. Raises DatasetError."""
    unknown = sorted({row.label for row in rows} - set(head.labels))
    if unknown:
        known = ", ".join(head.labels)
        raise DatasetError(f"head '{name}' of {folder} does not know the labels {unknown}; it has {known}")


def figures(probabilities: Floats, truth: Ints, head: Head, plain: Floats) -> dict[str, Any]:
    """Return the figures of (rows, labels) probabilities against the (rows,) label indices, by label, too.

    ``plain`` are the probabilities before any calibration of a feed: what is unscaled follows from these.
    """
    predicted = probabilities.argmax(1)
    matrix = confusion(truth, predicted, len(head.labels))
    columns = zip(*(values.round(4).tolist() for values in precision_recall_f1(matrix)), strict=True)
    by_label = {
        label: {"precision": p, "recall": r, "f1": f, "rows": int(rows)}
        for label, (p, r, f), rows in zip(head.labels, columns, matrix.sum(1), strict=True)
    }
    area = roc_auc(probabilities, truth)
    unscaled = softmax(logits_of(plain, head.temperature, head.sharpening))
    return {
        "rows": len(truth),
        "accuracy": round(accuracy(truth, predicted), 4),
        "macro_f1": round(macro_f1(truth, predicted), 4),
        "intervals_95": bootstrap_intervals(truth, predicted),
        "roc_auc": None if np.isnan(area) else round(area, 4),
        "calibration_error_unscaled": round(expected_calibration_error(unscaled, truth), 4),
        "calibration_error": round(expected_calibration_error(probabilities, truth), 4),
        "labels": dict(sorted(by_label.items(), key=lambda item: item[0] != NEGATIVE)),
    }
