"""A run's folder: what a training writes there, and what later steps find there.

``recipe.json``, ``labels.json``, ``metrics.jsonl`` (as training goes), ``tensorboard/``, ``checkpoints/`` (to resume
from), ``best/`` (the best weights: the heads, and the encoder with its tokenizer), ``artifact/`` (what is served).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import PreTrainedTokenizerBase
from transformers.trainer_utils import get_last_checkpoint

from models.artifact import TOKENIZER
from models.errors import DatasetError
from models.training.data.dataset import LabelledSet
from models.training.network.joint import JointClassifier
from models.training.recipe import Recipe

BEST, HEADS, ARTIFACT, CHECKPOINTS = "best", "heads.pt", "artifact", "checkpoints"
ENTITY_LAYER = "entity.pt"  # in BEST, where one was trained on the run


def prepare(run: Path, recipe: Recipe, sets: Sequence[LabelledSet], resume: bool) -> Path | None:
    """Make the folder, write recipe and labels into it, and return the checkpoint to go on from.

    Raises:
        DatasetError: the folder holds another run, or nothing to resume.
    """
    newest: Any = get_last_checkpoint
    checkpoint = newest(str(run / CHECKPOINTS)) if (run / CHECKPOINTS).is_dir() else None
    if resume and checkpoint is None:
        raise DatasetError(f"{run} holds no checkpoint to resume from; leave out --resume to begin")
    if not resume:
        refuse_used(run, "or --resume to go on with it")
    describe(run, recipe, sets)
    return Path(checkpoint) if checkpoint else None


def refuse_used(run: Path, or_else: str = "") -> None:
    """Refuse a folder that holds something.

    Raises:
        DatasetError: it does; the message ends with what the caller may do instead, ``or_else``.
    """
    if run.is_dir() and any(run.iterdir()):
        raise DatasetError(f"{run} is not empty; give another folder{', ' if or_else else ''}{or_else}")


def describe(run: Path, recipe: Recipe, sets: Sequence[LabelledSet]) -> None:
    """Make the folder, and write recipe and labels into it."""
    run.mkdir(parents=True, exist_ok=True)
    labels = {labelled.head: labelled.labels for labelled in sets}
    (run / "recipe.json").write_bytes(msgspec.json.format(msgspec.json.encode(recipe)) + b"\n")
    (run / "labels.json").write_text(json.dumps(labels, indent=2) + "\n")


def save_best(network: JointClassifier, tokenizer: PreTrainedTokenizerBase, run: Path) -> None:
    """Write the network's weights, adapters merged into them, and the tokenizer into ``run/best``.

    Raises:
        DatasetError: the tokenizer has no file that serving can read.
    """
    folder = run / BEST
    folder.mkdir(parents=True, exist_ok=True)
    encoder = network.encoder
    if hasattr(encoder, "merge_and_unload"):
        encoder = deepcopy(encoder).merge_and_unload()
    encoder.save_pretrained(folder / "encoder")
    tokenizer.save_pretrained(folder / "encoder")
    torch.save(network.heads.state_dict(), folder / HEADS)
    if not (folder / "encoder" / TOKENIZER).is_file():
        raise DatasetError("the base encoder has no fast tokenizer (tokenizer.json), which serving needs")
