"""Fine-tune the joint classifier with Hugging Face's ``Trainer``, which brings warm-up, decay, checkpoints, mixed
precision, progress bars and TensorBoard; ours is only what is particular: heads, targets, rates by layer, averaging.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from models.artifact import TOKENIZER
from models.errors import DatasetError
from models.training.callbacks import MetricLines, MovingAverage
from models.training.dataset import VALIDATION, LabelledSet
from models.training.export import BEST, HEADS, Source, source_of_run
from models.training.metrics import macro_f1
from models.training.network import JointClassifier
from models.training.recipe import Recipe
from models.training.targets import examples
from models.training.teachers import taught_examples
from models.training.tokens import Collator, TokenizedExamples, load_tokenizer, word_vectors

LAYER = re.compile(r"\.layer\.(\d+)\.")
CHECKPOINTS = "checkpoints"


def finetune(sets: Sequence[LabelledSet], base: Path, run: Path, recipe: Recipe, resume: bool = False) -> Path:
    """Train on split ``train``, stop early by what split ``val`` says, and return the best weights' folder.

    ``run`` receives ``recipe.json``, ``labels.json``, ``metrics.jsonl`` as it goes, ``tensorboard/``, ``checkpoints/``
    and ``best/``: the heads, and the encoder with its tokenizer, which another run can begin from.

    Args:
        sets: one per head.
        base: the encoder, a directory in Hugging Face format; or a finished run, of which the heads, too, are begun
            with where their labels are the same.
        run: the folder of this run; made when missing.
        recipe: the hyper-parameters.
        resume: continue from the newest checkpoint in ``run``.

    Raises:
        DatasetError: ``run`` holds another run, or nothing to resume; ``base`` holds no tokenizer, or is a run whose
            last layer is asked once where the recipe's is not.
    """
    begun = _begun(base, recipe)
    encoder = begun.tokenizer.parent if begun else base
    tokenizer = load_tokenizer(encoder)
    torch.manual_seed(recipe.seed)
    network = JointClassifier(encoder, {one.head: len(one.labels) for one in sets}, recipe)
    for one in sets:
        if begun and begun.labels.get(one.head) == list(one.labels):
            network.heads[one.head].load_state_dict(begun.network.heads[one.head].state_dict())
    checkpoint = _prepare(run, recipe, sets, resume)  # after what may be refused: it makes the folder
    if recipe.lora_rank:
        network.encoder = _with_adapters(network.encoder, recipe.lora_rank)
    freeze(network, recipe.freeze)
    taught = taught_examples(sets, recipe, word_vectors(tokenizer, network.encoder))
    average = MovingAverage(network, recipe.average)
    if checkpoint is not None:
        average.restore(checkpoint)
    trainer = _JointTrainer(
        model=network,
        args=_arguments(run, recipe, [one.head for one in sets]),
        data_collator=Collator(tokenizer, recipe.mask),
        train_dataset=TokenizedExamples(taught, tokenizer, recipe.max_tokens),
        eval_dataset=TokenizedExamples(examples(sets, VALIDATION), tokenizer, recipe.max_tokens),
        compute_metrics=_metric([one.head for one in sets]),
        callbacks=[EarlyStoppingCallback(recipe.patience), MetricLines(run / "metrics.jsonl"), average],
    )
    trainer.recipe, trainer.average = recipe, average
    trainer.plain_collator = Collator(tokenizer, 0)
    trainer.save_best = lambda: _save(network, tokenizer, run / BEST)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return run / BEST


class _JointTrainer(Trainer):
    """``Trainer`` with rates by layer, which judges and keeps the averaged weights."""

    recipe = Recipe()
    average: MovingAverage
    save_best: Callable[[], None]
    data_collator: Any
    plain_collator: Collator

    def create_optimizer(self, model: Any = None) -> Any:
        if getattr(self, "optimizer", None) is None:
            network: Any = self.model
            groups = parameter_groups(network, self.recipe)
            # Fused: on a CPU the plain loop over the parameters takes longer than a small encoder's backward pass.
            self.optimizer = torch.optim.AdamW(groups, lr=self.recipe.learning_rate, fused=True)
        return self.optimizer

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Nothing is hidden from the network when it is measured."""
        training, self.data_collator = self.data_collator, self.plain_collator
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.data_collator = training

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        with self.average.in_place():
            metrics: dict[str, float] = super().evaluate(*args, **kwargs)
            best, value = self.state.best_metric, metrics[f"eval_{self.recipe.best_by}"]
            if best is None or (value < best if self.recipe.best_by == "loss" else value > best):
                self.save_best()
        return metrics


def parameter_groups(network: JointClassifier, recipe: Recipe) -> list[dict[str, Any]]:
    """Return AdamW groups: rate ``learning_rate * layer_decay ** depth below the top``, no decay on norms and biases.

    Layer-wise decay after Howard and Ruder (2018), *Universal Language Model Fine-tuning*, section 3.1.
    """
    layers = network.encoder.config.num_hidden_layers
    groups: list[dict[str, Any]] = []
    for name, parameter in network.named_parameters():
        rate = recipe.head_learning_rate
        if name.startswith("encoder."):
            layer = LAYER.search(name)
            depth = layers - 1 - int(layer[1]) if layer else layers
            rate = recipe.learning_rate * recipe.layer_decay**depth
        decay = 0.0 if parameter.ndim < 2 else recipe.weight_decay
        if parameter.requires_grad:
            groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


def _begun(base: Path, recipe: Recipe) -> Source | None:
    """Return what a run begins with where ``base`` is a finished run. Raises DatasetError; see :func:`finetune`."""
    if not (base / BEST / HEADS).is_file():
        return None
    begun = source_of_run(base)
    pooling = begun.network.recipe.pooling
    if pooling not in ("mean", recipe.pooling):
        raise DatasetError(f"{base} was trained with pooling={pooling}: add --set pooling={pooling}")
    return begun


def freeze(network: JointClassifier, parts: int) -> None:
    """Take the lowest ``parts`` of the encoder (its embeddings, then layer by layer) out of the training."""
    for name, parameter in network.encoder.named_parameters():
        layer = LAYER.search(name)
        if (int(layer[1]) + 1 if layer else 0) < parts:
            parameter.requires_grad_(False)


def _prepare(run: Path, recipe: Recipe, sets: Sequence[LabelledSet], resume: bool) -> Path | None:
    """Make the run folder and return the checkpoint to go on from."""
    newest: Any = get_last_checkpoint
    found = newest(str(run / CHECKPOINTS)) if (run / CHECKPOINTS).is_dir() else None
    if resume and found is None:
        raise DatasetError(f"{run} holds no checkpoint to resume from; leave out --resume to begin")
    if not resume and run.is_dir() and any(run.iterdir()):
        raise DatasetError(f"{run} is not empty; give another folder, or --resume to go on with it")
    run.mkdir(parents=True, exist_ok=True)
    labels = {one.head: one.labels for one in sets}
    (run / "recipe.json").write_bytes(msgspec.json.format(msgspec.json.encode(recipe)) + b"\n")
    (run / "labels.json").write_text(json.dumps(labels, indent=2) + "\n")
    return Path(found) if found else None


def _with_adapters(encoder: Any, rank: int) -> Any:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(encoder, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))


def _arguments(run: Path, recipe: Recipe, heads: list[str]) -> TrainingArguments:
    # The Trainer takes the folder of TensorBoard's logs from the environment alone.
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(run / "tensorboard")
    return TrainingArguments(
        output_dir=str(run / CHECKPOINTS),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=128,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=recipe.warmup,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=recipe.best_by,
        greater_is_better=recipe.best_by != "loss",
        logging_steps=50,
        label_names=heads,
        remove_unused_columns=False,
        train_sampling_strategy="group_by_length",
        bf16=recipe.bf16 or (torch.cuda.is_available() and torch.cuda.is_bf16_supported()),
        use_cpu=not torch.cuda.is_available(),
        seed=recipe.seed,
        report_to="tensorboard",
        dataloader_num_workers=0,
    )


def _metric(heads: list[str]) -> Any:
    """Return Trainer's metric: macro-F1 per head over the rows that carry its label, and their mean."""

    def compute(prediction: EvalPrediction) -> dict[str, float]:
        logits = prediction.predictions if len(heads) > 1 else (prediction.predictions,)
        targets = prediction.label_ids if len(heads) > 1 else (prediction.label_ids,)
        scores = {}
        for head, head_logits, head_targets in zip(heads, logits, targets, strict=True):
            known = head_targets.any(1)
            scores[f"macro_f1_{head}"] = macro_f1(head_targets[known].argmax(1), head_logits[known].argmax(1))
        return {**scores, "macro_f1": float(np.mean(list(scores.values())))}

    return compute


def _save(network: JointClassifier, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    encoder = network.encoder
    if hasattr(encoder, "merge_and_unload"):
        encoder = deepcopy(encoder).merge_and_unload()
    encoder.save_pretrained(folder / "encoder")
    tokenizer.save_pretrained(folder / "encoder")
    torch.save(network.heads.state_dict(), folder / HEADS)
    if not (folder / "encoder" / TOKENIZER).is_file():
        raise DatasetError("the base encoder has no fast tokenizer (tokenizer.json), which serving needs")
