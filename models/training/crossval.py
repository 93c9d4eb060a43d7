"""Cross-validation of a recipe on one labelled set: how good the recipe is, apart from any one split.

The parts are stratified folds or, to see what a recipe is worth on texts of a kind that it did not learn, the sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import open_artifact
from models.errors import ArtifactError
from models.training.data.dataset import TEST, LabelledSet
from models.training.data.extra import with_extra
from models.training.data.folds import folds, leaving_out
from models.training.data.invented import SOURCE as INVENTED
from models.training.data.invented import SOURCE_PROSE as PROSE
from models.training.data.invented import SOURCE_ZH as INVENTED_ZH
from models.training.data.invented import with_invented
from models.training.evaluation.evaluate import predictions
from models.training.evaluation.metrics import accuracy, macro_f1
from models.training.export.artifact import export
from models.training.export.source import source_of_run
from models.training.finetune import finetune
from models.training.recipe import Recipe
from models.training.run_folder import ARTIFACT, CHECKPOINTS

ALL = "all"  # in place of a source's name


def cross_validate(parts: Mapping[str, LabelledSet], base: Path, run: Path, recipe: Recipe) -> dict[str, Any]:
    """Train and measure the served artifact per part, in ``run/NAME``; a finished part is not repeated,
    one that was begun goes on.

    Served in int8, or in fp32 where int8 is refused: on the few hundred rows that stop a fold's training, two answers
    are half a point.

    Args:
        parts: name -> the set whose split ``test`` is measured, and no more.
        base: the encoder, or a run, see :func:`models.training.finetune.finetune`.
        run: folder of the parts.
        recipe: the hyper-parameters.

    Returns:
        ``folds`` (name, rows, accuracy, macro_f1, recall by label, precision of the artifact each), and the mean of
        accuracy and macro_f1, with their standard deviation where there are two parts or more.
    """
    results = []
    for name, part in parts.items():
        folder = run / name
        if not (folder / ARTIFACT).is_dir():
            begun = any((folder / CHECKPOINTS).glob("checkpoint-*"))
            finetune([part], base, folder, recipe, resume=begun)
            _export(folder, part)
        results.append({"name": name, **_measured(folder / ARTIFACT, part)})
    return {"folds": results, **{key: _summary([one[key] for one in results]) for key in ("accuracy", "macro_f1")}}


def stratified(labelled: LabelledSet, count: int, seed: int) -> dict[str, LabelledSet]:
    """Return name -> set for :func:`cross_validate`, of ``count`` folds. Raises DatasetError; see folds."""
    return {f"fold-{number}": fold for number, fold in enumerate(folds(labelled, count, seed))}


def sources_left_out(labelled: LabelledSet, recipe: Recipe, names: Sequence[str]) -> dict[str, LabelledSet]:
    """Return name -> set for :func:`cross_validate`, each with another source left out.

    Args:
        labelled: of several sources.
        recipe: ``extra``, ``invented`` and ``prose`` are learned, too; a source of ``extra`` can be left out as well.
        names: of the sources to leave out; ``all``: of each but what is invented.

    Raises:
        DatasetError: no row is of a source, or nothing is left to train on.
    """
    more = with_invented(with_extra(labelled, recipe.extra), recipe)
    known = sorted({row.source for row in more.rows} - {INVENTED, INVENTED_ZH, PROSE})
    return {f"without-{name}": leaving_out(more, name, recipe.licences) for name in (known if ALL in names else names)}


def _measured(artifact: Path, part: LabelledSet) -> dict[str, Any]:
    probabilities, truth = predictions(artifact, part, part.split(TEST))
    called = probabilities.argmax(1)
    manifest = open_artifact(artifact).manifest
    labels = manifest.heads[part.head].labels
    recall = {
        label: round(accuracy(truth[truth == at], called[truth == at]), 4)
        for at, label in enumerate(labels)
        if (truth == at).any()
    }
    return {
        "rows": len(truth),
        "accuracy": round(accuracy(truth, called), 4),
        "macro_f1": round(macro_f1(truth, called), 4),
        "recall": recall,
        "precision": manifest.precision,
    }


def _summary(values: Sequence[float]) -> dict[str, float]:
    mean = {"mean": round(float(np.mean(values)), 4)}
    return {**mean, "sd": round(float(np.std(values, ddof=1)), 4)} if len(values) > 1 else mean


def _export(folder: Path, fold: LabelledSet) -> None:
    try:
        export(source_of_run(folder), folder / ARTIFACT, "int8", [fold])
    except ArtifactError:
        export(source_of_run(folder), folder / ARTIFACT, "fp32", [fold])
