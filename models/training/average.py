"""One network out of several fine-tunes of the same encoder: the mean of their weights, which often answers better than
any of them, in and out of the domain, at no cost when it is served. After Wortsman et al. (2022), *Model soups*.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import msgspec
import torch

from models.errors import DatasetError
from models.training.export.source import Source, source_of_run
from models.training.run_folder import BEST, ENTITY_LAYER, HEADS


def average_runs(runs: Sequence[Path], folder: Path, shares: Sequence[float] = ()) -> None:
    """Write the weighted mean of the best weights of ``runs`` into ``folder``, as a run that can be exported.

    Args:
        runs: finished runs that began from the same encoder; of the first one the tokenizer and the notes are kept.
        folder: a new one. It has a sentiment per name where each of the runs has one.
        shares: one per run, above 0; they are divided by their sum. Equal ones when empty.

    Raises:
        DatasetError: ``folder`` is there, shares do not fit, or the runs differ in labels, size or pooling.
    """
    shares = shares or [1.0] * len(runs)
    # NaN is not above 0, nor is it below.
    if len(shares) != len(runs) or not all(share > 0 for share in shares) or not isfinite(sum(shares)):
        given = ", ".join(map(str, shares))
        raise DatasetError(f"{len(runs)} runs need as many shares, each an ordinary number above 0; given: {given}")
    if folder.exists():
        raise DatasetError(f"{folder} is there already; give another folder")
    sources = [source_of_run(run) for run in runs]
    _check_alike(runs, sources)
    network = sources[0].network
    network.load_state_dict(_mean([source.network.state_dict() for source in sources], shares))
    copytree(runs[0] / BEST, folder / BEST)
    copy(runs[0] / "recipe.json", folder / "recipe.json")
    network.encoder.save_pretrained(folder / BEST / "encoder")
    torch.save(network.heads.state_dict(), folder / BEST / HEADS)
    layers = [source.entity for source in sources]
    if all(layers):
        torch.save(_mean([layer.state_dict() for layer in layers if layer], shares), folder / BEST / ENTITY_LAYER)
    else:  # a layer of names is made for its own encoder, not for a mean
        (folder / BEST / ENTITY_LAYER).unlink(missing_ok=True)
    (folder / "labels.json").write_text(json.dumps(sources[0].labels, indent=2) + "\n")
    (folder / "training.json").write_bytes(msgspec.json.encode(_notes(runs, shares)) + b"\n")


def _check_alike(runs: Sequence[Path], sources: Sequence[Source]) -> None:
    for run, source in zip(runs, sources, strict=True):
        if source.labels != sources[0].labels or _shapes(source) != _shapes(sources[0]):
            raise DatasetError(
                f"{run} has other labels or another size than {runs[0]}: their weights cannot be averaged"
            )
        if source.network.recipe.pooling != sources[0].network.recipe.pooling:
            raise DatasetError(f"{run} has another pooling than {runs[0]}: their weights cannot be averaged")


def _mean(states: Sequence[dict[str, Any]], shares: Sequence[float]) -> dict[str, Any]:
    parts = [share / sum(shares) for share in shares]
    return {
        name: sum(part * state[name] for part, state in zip(parts, states, strict=True))
        if first.is_floating_point()
        else first
        for name, first in states[0].items()
    }


def _shapes(source: Source) -> dict[str, Any]:
    return {name: tensor.shape for name, tensor in source.network.state_dict().items()}


def _notes(runs: Sequence[Path], shares: Sequence[float]) -> dict[str, Any]:
    first = runs[0] / "training.json"
    notes: dict[str, Any] = msgspec.json.decode(first.read_bytes()) if first.is_file() else {"base": "", "rows": {}}
    parts = ", ".join(f"{run.name} {share / sum(shares):.2f}" for run, share in zip(runs, shares, strict=True))
    return {**notes, "notes": [*notes.get("notes", ()), f"Weights averaged over the runs {parts}."]}
