"""Train a whole encoder for documents and names at once.

:mod:`models.training.entity` leaves the encoder as it is, so names can be read no better than the encoder reads texts.
Here the encoder learns both. What it answered for documents before is part of the targets, so that is kept (Hinton et
al. 2015). A larger model that was trained by the same code, on the names alone, may teach the names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch
from torch import nn

from models.errors import DatasetError
from models.labels import ENTITY, SENTIMENT
from models.training.data.dataset import VALIDATION, LabelledSet
from models.training.data.entities import NamedText
from models.training.data.entity_variants import masked
from models.training.data.extra import with_extra
from models.training.data.invented import with_invented
from models.training.data.named_batches import read_texts
from models.training.data.taught_texts import TaughtBatch, batches
from models.training.entity import EntityScores, follow, note_names, score
from models.training.export.source import Source, source_of_run
from models.training.finetune import begin
from models.training.lessons import Lessons
from models.training.network.entity import begin_entity_layer
from models.training.network.joint import weighted_loss
from models.training.recipe import NamesRecipe, Recipe
from models.training.run import provenance
from models.training.run_folder import BEST, ENTITY_LAYER, HEADS, describe, refuse_used, save_best
from models.training.trainer import freeze, parameter_groups

STEEPEST = 2.0  # of the gradients' norm; a batch with a rare name must not throw the weights about


def train_together(
    base: Path,
    run: Path,
    sets: Sequence[LabelledSet],
    texts: Sequence[NamedText],
    recipes: tuple[Recipe, NamesRecipe],
    report: Callable[[str], None],
) -> Path:
    """Train, and write the moving average of the weights into ``run`` after each epoch; return ``run/best``.

    Args:
        base: a finished run, with or without a layer of names, or an encoder. What the run answers for documents stays.
        run: a new folder.
        sets: labelled documents, one set per head; the first of them is of the sentiment.
        texts: with names, of all splits; ``test`` is not looked at.
        recipes: of the documents and of the names.
        report: called after each epoch with what split ``val`` says.

    Raises:
        DatasetError: ``run`` holds another run, ``base`` does not fit, or there is no sentiment, or nothing to stop by.
    """
    recipe = recipes[0]
    held_out = [text for text in texts if text.split == VALIDATION]
    _check(base, run, sets, held_out, recipes)
    network, tokenizer = begin(sets, base, recipe)
    before = source_of_run(base) if (base / BEST / HEADS).is_file() else None
    names = begin_entity_layer(network) if before is None or before.entity is None else before.entity
    both = nn.ModuleDict({"network": network, "names": names})
    freeze(network, recipe.freeze)
    sets = [with_extra(labelled, recipe.extra, recipe.licences) for labelled in sets]
    if recipe.teacher or recipes[1].teacher:
        report("asking the teachers; a large one takes minutes on a CPU")
    lessons = Lessons(sets, texts, recipes, tokenizer, before)
    describe(run, recipe, sets)  # not sooner: a run that is refused leaves no folder
    notes = msgspec.json.encode(_notes(sets, texts, base, recipes))
    for epoch, averaged in enumerate(_epochs(both, lessons, recipes), start=1):
        save_best(averaged["network"], tokenizer, run)
        torch.save(averaged["names"].state_dict(), run / BEST / ENTITY_LAYER)
        (run / "training.json").write_bytes(notes)
        report(_scores(epoch, source_of_run(run), held_out))
    return run / BEST


def _check(
    base: Path,
    run: Path,
    sets: Sequence[LabelledSet],
    held_out: Sequence[NamedText],
    recipes: tuple[Recipe, NamesRecipe],
) -> None:
    """Refuse what would fail, or silently learn less than it was told to, after minutes."""
    recipe, of_names = recipes
    refuse_used(run)
    if SENTIMENT not in [labelled.head for labelled in sets] or not held_out:
        raise DatasetError(f"a sentiment per name needs labelled sentiment, and names in split '{VALIDATION}'")
    if recipe.teacher and not (base / BEST / HEADS).is_file():
        raise DatasetError(f"'teacher' answers beside what --base says of documents, so {base} must be a finished run")
    if recipe.unlabelled and not of_names.documents:
        raise DatasetError("'unlabelled' is learned with the documents; leave out names.documents=false")


def _epochs(both: nn.ModuleDict, lessons: Lessons, recipes: tuple[Recipe, NamesRecipe]) -> Any:
    """Train; yield the moving average of the weights after each epoch."""
    recipe, of_names = recipes
    random = Random(recipe.seed)  # noqa: S311 -- repeatable, no secret
    sizes, averaged = lessons.sizes, deepcopy(both)
    optimizer = _optimizer(both, recipe)
    first = lessons.of_epoch(0)
    epochs, steps = int(recipe.epochs), -(-len(first) // recipe.batch_size)
    schedule: Any = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [group["lr"] for group in optimizer.param_groups],
        epochs * (steps + 1),
        pct_start=max(recipe.warmup, 1 / steps),
        anneal_strategy="linear",
        cycle_momentum=False,
    )
    done = 0
    for epoch in range(epochs):
        both.train()
        lesson = lessons.of_epoch(epoch) if epoch else first
        for batch in batches(lesson, sizes, recipe.batch_size, random):
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bf16):
                loss = _loss(both, batch, of_names.weight)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(both.parameters(), STEEPEST)
            optimizer.step()
            if done < epochs * steps:
                schedule.step()
            done += 1
            follow(averaged, both, min(recipe.average, (1 + done) / (10 + done)))
        averaged.eval()
        yield averaged


def _loss(both: nn.ModuleDict, batch: TaughtBatch, weight: float) -> torch.Tensor:
    network: Any = both["network"]
    hidden = network.hidden(batch.ids, batch.mask)
    logits = dict(zip(network.heads, network.logits_of(hidden, batch.mask), strict=True))
    loss = weighted_loss(logits, batch.targets)
    if len(batch.name_rows):
        said = both["names"](hidden, batch.mask, batch.name_rows, batch.name_masks)
        loss = loss + weight * weighted_loss({ENTITY: said}, {ENTITY: batch.name_targets})
    return loss


def _optimizer(both: nn.ModuleDict, recipe: Recipe) -> torch.optim.Optimizer:
    network: Any = both["network"]
    of_names: list[dict[str, Any]] = [
        {"params": [one], "lr": recipe.learning_rate, "weight_decay": recipe.weight_decay if one.ndim > 1 else 0.0}
        for one in both["names"].parameters()
    ]
    return torch.optim.AdamW([*parameter_groups(network, recipe), *of_names], lr=recipe.learning_rate, fused=True)


def _scores(epoch: int, source: Source, held_out: Sequence[NamedText]) -> str:
    assert source.entity is not None  # noqa: S101 -- it was just written
    accuracy, loss = score(source.entity, read_texts(source, held_out))
    hidden, _ = score(source.entity, read_texts(source, [masked(text) for text in held_out]))
    return EntityScores(epoch, accuracy, loss, hidden).line


def _notes(
    sets: Sequence[LabelledSet], texts: Sequence[NamedText], base: Path, recipes: tuple[Recipe, NamesRecipe]
) -> dict[str, Any]:
    recipe, of_names = recipes
    told = {**msgspec.to_builtins(of_names), "teacher": Path(of_names.teacher).name}
    learned = [with_invented(labelled, recipe) for labelled in sets]
    return note_names(provenance(learned, base, recipe), texts, told)
