"""Pictures of a run: learning curves, and of the served artifact confusion, precision-recall and reliability."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from models.artifact import open_artifact
from models.training.data.dataset import TEST, VALIDATION, LabelledSet
from models.training.evaluation.evaluate import predictions
from models.training.evaluation.metrics import Floats, Ints, confusion, precision_recall_curve, reliability

mpl.use("Agg")
from matplotlib import pyplot as plt


def draw_curves(metrics: Path, folder: Path) -> None:
    """Draw training loss and validation macro-F1 over the steps from ``metrics.jsonl``."""
    entries = [json.loads(line) for line in metrics.read_text().splitlines()]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for name, label in (("loss", "training, with dropout"), ("eval_loss", "validation")):
        points = [(entry["step"], float(entry[name])) for entry in entries if name in entry]
        left.plot(*zip(*points, strict=True), label=label, marker="o" if name == "eval_loss" else None)
    left.set(title="Loss", xlabel="step", ylim=(0, None))
    left.legend()
    for name in sorted({key for entry in entries for key in entry if key.startswith("eval_macro_f1")}):
        points = [(entry["step"], entry[name]) for entry in entries if name in entry]
        right.plot(
            *zip(*points, strict=True), marker="o", label=name.removeprefix("eval_macro_f1").strip("_") or "mean"
        )
    right.set(title="Macro-F1 on the validation split", xlabel="step")
    right.legend()
    _save(figure, folder / "learning-curves.png")


def draw_artifact(artifact: Path, labelled: LabelledSet, folder: Path) -> None:
    """Draw confusion matrix, precision-recall and reliability on split ``test``, or on ``val`` where there is none."""
    split = TEST if labelled.split(TEST) else VALIDATION
    probabilities, truth = predictions(artifact, labelled, labelled.split(split))
    labels = open_artifact(artifact).manifest.heads[labelled.head].labels
    title = f"{labelled.head}, split {split}, {len(truth):,} rows"
    _confusion(probabilities, truth, labels, title, folder / f"confusion-{labelled.head}.png")
    _precision_recall(probabilities, truth, labels, title, folder / f"precision-recall-{labelled.head}.png")
    _reliability(probabilities, truth, title, folder / f"reliability-{labelled.head}.png")


def _confusion(probabilities: Floats, truth: Ints, labels: tuple[str, ...], title: str, path: Path) -> None:
    counts = confusion(truth, probabilities.argmax(1), len(labels))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = max(5.0, 0.55 * len(labels) + 3)
    figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        if counts[row, column]:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=8)
    axes.set(title=title, xlabel="called", ylabel="is (colour: share of the row)")
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    _save(figure, path)


def _precision_recall(probabilities: Floats, truth: Ints, labels: tuple[str, ...], title: str, path: Path) -> None:
    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    styles = ("-", "--", ":")
    for index, label in enumerate(labels):
        if (truth == index).any():
            precision, recall = precision_recall_curve(probabilities[:, index], truth == index)
            axes.plot(recall, precision, styles[index // 10 % len(styles)], label=label)
    axes.set(title=title, xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(fontsize=7 if len(labels) > 8 else 10, ncols=2 if len(labels) > 8 else 1)
    _save(figure, path)


def _reliability(probabilities: Floats, truth: Ints, title: str, path: Path) -> None:
    confidence, right, share = reliability(probabilities, truth)
    figure, axes = plt.subplots(figsize=(6, 6), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label="perfect")
    axes.plot(confidence, right, marker="o", label="measured")
    axes.bar(confidence, share, width=0.05, color="lightgrey", label="share of the rows")
    axes.set(
        title=title, xlabel="probability given to the label called", ylabel="share right", xlim=(0, 1), ylim=(0, 1)
    )
    axes.legend()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
