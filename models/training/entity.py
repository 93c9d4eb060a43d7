"""Train the layer of names on a finished run: minutes, since the encoder below it stays as it is and reads each text
once. The answers for whole texts do not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Annotated, Any

import msgspec
import torch
from msgspec import Meta
from torch import nn
from torch.nn.functional import cross_entropy

from models.errors import DatasetError
from models.training.data.dataset import TRAIN, VALIDATION
from models.training.data.entities import NamedText, share_in_chinese
from models.training.data.entity_contrasts import contrasts
from models.training.data.entity_variants import masked, with_variants
from models.training.data.named_batches import ReadText, batches, read_texts
from models.training.export.source import source_of_run
from models.training.network.entity import EntityLayer, begin_entity_layer
from models.training.run_folder import BEST, ENTITY_LAYER

EVALUATION_BATCH = 256


class EntityRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hyper-parameters, chosen on split ``val`` of SEntFiN with the shipped encoder.

    Attributes:
        variants: whether each text is learned also with other names and with its names hidden.
        contrasts: invented texts of two names, in pairs with the roles exchanged.
        distill: share of the encoder's own answer for the whole text in the targets of a text that says the same of all
            its names (Hinton et al. 2015): what it learned from larger teachers is kept. Not of contrasts.
        average: decay of the moving average of the weights, which is what gets saved.
    """

    epochs: Annotated[int, Meta(ge=1, le=100)] = 4
    batch_size: Annotated[int, Meta(ge=1, le=4096)] = 64
    learning_rate: Annotated[float, Meta(gt=0)] = 3e-4
    weight_decay: Annotated[float, Meta(ge=0)] = 0.01
    warmup: Annotated[float, Meta(gt=0, lt=1)] = 0.08
    label_smoothing: Annotated[float, Meta(ge=0, lt=1)] = 0.02
    distill: Annotated[float, Meta(ge=0, le=1)] = 0.5
    average: Annotated[float, Meta(ge=0, lt=1)] = 0.998
    variants: bool = True
    contrasts: Annotated[int, Meta(ge=0, le=100_000)] = 8000
    seed: int = 7


class EntityScores(msgspec.Struct, frozen=True):
    """Accuracy on split ``val``, 0 to 1, and log-loss in nats: of all names, and with the names hidden."""

    epoch: int
    accuracy: float
    loss: float
    masked_accuracy: float

    @property
    def line(self) -> str:
        """The scores in words."""
        hidden = f"{self.masked_accuracy:.3f} with the names hidden"
        return (
            f"epoch {self.epoch}: on split '{VALIDATION}' right {self.accuracy:.3f}, {hidden}, log-loss {self.loss:.3f}"
        )


def train_entity_layer(
    run: Path, texts: Sequence[NamedText], recipe: EntityRecipe, report: Callable[[EntityScores], None]
) -> EntityScores:
    """Train on split ``train``, keep the epoch of the best accuracy on ``val``, and write it into the run.

    Args:
        run: a finished run with ``pooling=last_layer`` and the head ``sentiment``.
        texts: of all splits; ``test`` is not looked at.
        recipe: the hyper-parameters.
        report: called after each epoch.

    Raises:
        DatasetError: the run has no last layer that is asked once, or no head ``sentiment``.
    """
    source = source_of_run(run)
    torch.manual_seed(recipe.seed)
    layer = begin_entity_layer(source.network)
    if not isinstance(layer, EntityLayer):
        raise DatasetError("a layer of names on a finished run needs pooling=last_layer")
    training = _training_texts(texts, recipe)
    held_out = [text for text in texts if text.split == VALIDATION]
    if not held_out:
        raise DatasetError(f"split '{VALIDATION}' of the texts with names is empty")
    plain, hidden = read_texts(source, held_out), read_texts(source, [masked(text) for text in held_out])
    best: EntityScores | None = None
    for epoch, averaged in enumerate(_epochs(layer, read_texts(source, training), recipe), start=1):
        accuracy, loss = score(averaged, plain)
        scores = EntityScores(epoch, accuracy, loss, score(averaged, hidden)[0])
        report(scores)
        if best is None or scores.accuracy > best.accuracy:
            best = scores
            torch.save(averaged.state_dict(), run / BEST / ENTITY_LAYER)
    assert best is not None  # noqa: S101 -- a recipe has one epoch at least
    _note(run, texts, recipe)
    return best


def score(layer: nn.Module, read: Sequence[ReadText]) -> tuple[float, float]:
    """Return accuracy and log-loss, a mean over the names."""
    layer.eval()
    right, loss, count = 0, 0.0, 0
    with torch.no_grad():
        for batch in batches(read, EVALUATION_BATCH):
            logits = layer(*batch.inputs)
            right += int((logits.argmax(1) == batch.labels).sum())
            loss += float(cross_entropy(logits, batch.labels, reduction="sum"))
            count += len(batch.labels)
    return right / count, loss / count


def _training_texts(texts: Sequence[NamedText], recipe: EntityRecipe) -> list[NamedText]:
    known = [text for text in texts if text.split == TRAIN]
    names = sorted({one.name for text in known for one in text.names})
    learned = with_variants(known, recipe.seed) if recipe.variants else known
    return [*learned, *contrasts(recipe.contrasts, recipe.seed, names, share_in_chinese(known))]


def _epochs(layer: EntityLayer, read: Sequence[ReadText], recipe: EntityRecipe) -> Any:
    """Train ``layer``; yield the moving average of its weights after each epoch."""
    random = Random(recipe.seed)  # noqa: S311 -- repeatable, no secret
    averaged = deepcopy(layer)
    rate, steps = recipe.learning_rate, -(-len(read) // recipe.batch_size)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=rate, weight_decay=recipe.weight_decay, fused=True)
    schedule: Any = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, recipe.epochs * (steps + 1), pct_start=recipe.warmup, anneal_strategy="linear"
    )
    done = 0
    for _ in range(recipe.epochs):
        layer.train()
        for batch in batches(read, recipe.batch_size, random):
            targets = batch.targets(recipe.label_smoothing, recipe.distill)
            loss = cross_entropy(layer(*batch.inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            done += 1
            follow(averaged, layer, min(recipe.average, (1 + done) / (10 + done)))
        yield averaged


def follow(averaged: nn.Module, layer: nn.Module, decay: float) -> None:
    """Move the weights of ``averaged`` towards those of ``layer``, by 1 - ``decay`` of the way."""
    with torch.no_grad():
        for mean, newest in zip(averaged.parameters(), layer.parameters(), strict=True):
            mean.lerp_(newest, 1 - decay)


def _note(run: Path, texts: Sequence[NamedText], recipe: EntityRecipe) -> None:
    """Write into the run's notes what the layer was trained on; the model card tells it."""
    path = run / "training.json"
    notes = msgspec.json.decode(path.read_bytes()) if path.is_file() else {"base": run.name, "rows": {}}
    path.write_bytes(
        msgspec.json.format(msgspec.json.encode(note_names(notes, texts, msgspec.to_builtins(recipe)))) + b"\n"
    )


def note_names(notes: dict[str, Any], texts: Sequence[NamedText], recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a run's notes with what its names were trained on."""
    counts = Counter((one.source, one.licence) for one in texts if one.split == TRAIN for _ in one.names)
    rows = [{"source": source, "licence": licence, "rows": rows} for (source, licence), rows in sorted(counts.items())]
    return {**notes, "entity": {"recipe": recipe, "rows": rows}}
