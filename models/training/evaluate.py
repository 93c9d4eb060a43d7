"""Evaluate and calibrate what is served: the ONNX artifact, never the network it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from models.artifact import Head, open_artifact
from models.classifier import Classified, load_classifier
from models.training.dataset import VALIDATION, LabelledSet, Row
from models.training.export import write_manifest
from models.training.metrics import (
    Floats,
    Ints,
    accuracy,
    best_temperature,
    confusion,
    expected_calibration_error,
    macro_f1,
    precision_recall_f1,
)


def calibrate(folder: Path, sets: Sequence[LabelledSet]) -> dict[str, float]:
    """Fit each head's temperature on split ``val``, write it into the manifest, and return head -> temperature."""
    manifest = open_artifact(folder).manifest
    heads = {}
    for labelled in sets:
        probabilities, truth = _predict(folder, labelled, labelled.split(VALIDATION))
        head = manifest.heads[labelled.head]
        # Softmax loses only a constant per row, so log-probabilities times the old temperature serve as logits.
        temperature = best_temperature(np.log(np.maximum(probabilities, 1e-9)) * head.temperature, truth)
        heads[labelled.head] = Head(head.labels, round(temperature, 4))
    write_manifest(folder, msgspec.structs.replace(manifest, heads={**manifest.heads, **heads}))
    return {name: head.temperature for name, head in heads.items()}


def evaluate(folder: Path, labelled: LabelledSet, split: str) -> dict[str, dict[str, Any]]:
    """Return figures per source of ``split`` and for ``all``: accuracy, macro-F1, calibration error, F1 per label."""
    rows = labelled.split(split)
    probabilities, truth = _predict(folder, labelled, rows)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[row.source].append(index)
        groups["all"].append(index)
    return {
        source: _figures(probabilities[indices], truth[indices], labelled.labels)
        for source, indices in sorted(groups.items())
    }


def _predict(folder: Path, labelled: LabelledSet, rows: Sequence[Row]) -> tuple[Floats, Ints]:
    """Return the served (rows, labels) probabilities and the (rows,) label indices."""
    labels = open_artifact(folder).manifest.heads[labelled.head].labels
    answers = load_classifier(folder).classify([row.text for row in rows])
    probabilities = [
        [answer.heads[labelled.head].probabilities[label] for label in labels]
        for answer in answers
        if isinstance(answer, Classified)
    ]
    truth = [
        labels.index(row.label) for row, answer in zip(rows, answers, strict=True) if isinstance(answer, Classified)
    ]
    return np.array(probabilities), np.array(truth)


def _figures(probabilities: Floats, truth: Ints, labels: Sequence[str]) -> dict[str, Any]:
    predicted = probabilities.argmax(1)
    precision, recall, f1 = precision_recall_f1(confusion(truth, predicted, len(labels)))
    return {
        "rows": len(truth),
        "accuracy": round(accuracy(truth, predicted), 4),
        "macro_f1": round(macro_f1(truth, predicted), 4),
        "calibration_error": round(expected_calibration_error(probabilities, truth), 4),
        "labels": {
            label: {"precision": round(p, 4), "recall": round(r, 4), "f1": round(f, 4)}
            for label, p, r, f in zip(labels, precision.tolist(), recall.tolist(), f1.tolist(), strict=True)
        },
    }
