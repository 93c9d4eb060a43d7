"""``bellwether model evaluate``: an artifact measured on labelled text, and printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.labels import ENTITY
from models.training.data.dataset import TEST, TRAIN, LabelledSet
from models.training.evaluation.evaluate import evaluate, scores
from models.training.evaluation.names import evaluate_names
from stream.cli.listing import console, listing
from stream.cli.work.labelled import names_to_measure, set_to_measure


def measure(artifact: Path, files: dict[str, Path], entity: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the figures of each head, split and source; ``files`` has a labelled file for each head.

    ``entity`` is a file of names; its figures stand by kind of name.
    """
    result: dict[str, dict[str, Any]] = {
        head: _splits(artifact, set_to_measure(head, path)) for head, path in files.items()
    }
    if entity is not None:
        texts = names_to_measure(entity)
        result[ENTITY] = {
            split: evaluate_names(artifact, texts, split) for split in _tests({one.split for one in texts})
        }
    return result


def _splits(artifact: Path, labelled: LabelledSet) -> dict[str, Any]:
    return {split: evaluate(artifact, labelled, split) for split in _tests({row.split for row in labelled.rows})}


def _tests(splits: set[str]) -> list[str]:
    return sorted(split for split in splits if split.startswith(TEST)) or [TEST]


def print_figures(title: str, sources: dict[str, Any]) -> None:
    """Print the figures of a head and split: a row for each source, and one for each label over all sources."""
    table = listing(
        "source", "rows", "accuracy [95 %]", "macro-F1 [95 %]", "ROC-AUC", "ECE unscaled", "ECE", title=title
    )
    for source, figures in sources.items():
        spans = {name: f"{figures[name]:.3f} [{low:.3f}, {high:.3f}]" for name, (low, high) in _spans(figures)}
        area = "" if figures["roc_auc"] is None else f"{figures['roc_auc']:.3f}"
        errors = (f"{figures[name]:.3f}" for name in ("calibration_error_unscaled", "calibration_error"))
        table.add_row(source, str(figures["rows"]), spans["accuracy"], spans["macro_f1"], area, *errors)
    labels = listing("label", "rows", "precision", "recall", "F1", title=f"{title}, all sources")
    for label, figures in sources["all"]["labels"].items():
        numbers = (f"{figures[name]:.3f}" for name in ("precision", "recall", "f1"))
        labels.add_row(label, str(figures["rows"]), *numbers)
    console().print(table, labels)


def print_summary(artifact: Path, sets: Sequence[LabelledSet]) -> None:
    """Print the served model's accuracy and macro-F1 on each split and source of ``sets`` that was not learned."""
    table = listing("head", "split", "source", "rows", "accuracy", "macro-F1", title="as it is served, in int8")
    for labelled in sets:
        for split in sorted({row.split for row in labelled.rows} - {TRAIN}):
            for source, (rows, right, f1) in scores(artifact, labelled, split).items():
                table.add_row(labelled.head, split, source, f"{rows:,}", f"{right:.3f}", f"{f1:.3f}")
    console().print(table)


def _spans(figures: dict[str, Any]) -> list[tuple[str, list[float]]]:
    return list(figures["intervals_95"].items())
