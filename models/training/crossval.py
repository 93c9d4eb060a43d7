"""Stratified cross-validation of a recipe on one labelled set: how good the recipe is, apart from any one split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import open_artifact
from models.errors import ArtifactError
from models.training.data.dataset import TEST, LabelledSet
from models.training.data.folds import folds
from models.training.evaluation.evaluate import predictions
from models.training.evaluation.metrics import accuracy, macro_f1
from models.training.export.artifact import export
from models.training.export.source import source_of_run
from models.training.finetune import finetune
from models.training.recipe import Recipe
from models.training.run_folder import ARTIFACT, CHECKPOINTS


def cross_validate(labelled: LabelledSet, base: Path, run: Path, recipe: Recipe, count: int = 5) -> dict[str, Any]:
    """Train and measure the served artifact per fold, in ``run/fold-N``; a finished fold is not repeated,
    one that was begun goes on.

    Served in int8, or in fp32 where int8 is refused: on the few hundred rows that stop a fold's training, two answers
    are half a point.

    Returns:
        ``folds`` (accuracy, macro_f1, precision each) and the mean and standard deviation of the first two.
    """
    results = []
    for number, fold in enumerate(folds(labelled, count, recipe.seed)):
        folder = run / f"fold-{number}"
        if not (folder / ARTIFACT).is_dir():
            begun = any((folder / CHECKPOINTS).glob("checkpoint-*"))
            finetune([fold], base, folder, recipe, resume=begun)
            _export(folder, fold)
        probabilities, truth = predictions(folder / ARTIFACT, fold, fold.split(TEST))
        called = probabilities.argmax(1)
        precision = open_artifact(folder / ARTIFACT).manifest.precision
        figures = {"accuracy": round(accuracy(truth, called), 4), "macro_f1": round(macro_f1(truth, called), 4)}
        results.append({**figures, "precision": precision})
    values = np.array([[result["accuracy"], result["macro_f1"]] for result in results])
    mean, spread = values.mean(0).round(4).tolist(), values.std(0, ddof=1).round(4).tolist()
    return {
        "folds": results,
        "accuracy": {"mean": mean[0], "sd": spread[0]},
        "macro_f1": {"mean": mean[1], "sd": spread[1]},
    }


def _export(folder: Path, fold: LabelledSet) -> None:
    try:
        export(source_of_run(folder), folder / ARTIFACT, "int8", [fold])
    except ArtifactError:
        export(source_of_run(folder), folder / ARTIFACT, "fp32", [fold])
