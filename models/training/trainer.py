"""Hugging Face's ``Trainer`` with what is particular here: rates by layer, the averaged weights, macro-F1 per head."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import EvalPrediction, PreTrainedTokenizerBase, Trainer, TrainingArguments

from models.training.callbacks import MovingAverage
from models.training.data.tokens import Collator
from models.training.evaluation.metrics import macro_f1
from models.training.network.joint import JointClassifier
from models.training.recipe import Recipe
from models.training.run_folder import CHECKPOINTS

LAYER = re.compile(r"\.layer\.(\d+)\.")
EVALUATION_BATCH = 128  # texts; larger than in training, for no gradients are kept: it changes the speed alone


class JointTrainer(Trainer):
    """Trains with rates by layer; judges and keeps the averaged weights.

    Args:
        recipe: the hyper-parameters.
        average: of the network's weights; it stands in their place while the network is measured.
        tokenizer: pads the batches.
        save_best: called after each epoch that is the best so far, with the averaged weights in place.
        options: of ``Trainer``.
    """

    data_collator: Any  # Trainer's own, which is untyped

    def __init__(
        self,
        recipe: Recipe,
        average: MovingAverage,
        tokenizer: PreTrainedTokenizerBase,
        save_best: Callable[[], None],
        **options: Any,
    ) -> None:
        self.recipe, self.average, self.save_best = recipe, average, save_best
        self.plain_collator: Any = Collator(tokenizer, 0)
        super().__init__(data_collator=Collator(tokenizer, recipe.mask), **options)

    def create_optimizer(self, model: Any = None) -> Any:
        if getattr(self, "optimizer", None) is None:
            network: Any = self.model
            groups = parameter_groups(network, self.recipe)
            # Fused: on a CPU the plain loop over the parameters takes longer than a small encoder's backward pass.
            self.optimizer = torch.optim.AdamW(groups, lr=self.recipe.learning_rate, fused=True)
        return self.optimizer

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Nothing is hidden from the network when it is measured."""
        training_collator, self.data_collator = self.data_collator, self.plain_collator
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.data_collator = training_collator

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


def freeze(network: JointClassifier, parts: int) -> None:
    """Take the lowest ``parts`` of the encoder (its embeddings, then layer by layer) out of the training."""
    for name, parameter in network.encoder.named_parameters():
        layer = LAYER.search(name)
        if (int(layer[1]) + 1 if layer else 0) < parts:
            parameter.requires_grad_(False)


def training_arguments(run: Path, recipe: Recipe, heads: list[str]) -> TrainingArguments:
    """Return ``Trainer``'s arguments: an evaluation and a checkpoint after each epoch, of which two are kept."""
    # The Trainer takes the folder of TensorBoard's logs from the environment alone.
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(run / "tensorboard")
    return TrainingArguments(
        output_dir=str(run / CHECKPOINTS),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=EVALUATION_BATCH,
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


def macro_f1_by_head(heads: list[str]) -> Callable[[EvalPrediction], dict[str, float]]:
    """Return ``Trainer``'s metric: macro-F1 per head over the rows that carry its label, and their mean."""

    def compute(prediction: EvalPrediction) -> dict[str, float]:
        logits = prediction.predictions if len(heads) > 1 else (prediction.predictions,)
        targets = prediction.label_ids if len(heads) > 1 else (prediction.label_ids,)
        scores = {}
        for head, head_logits, head_targets in zip(heads, logits, targets, strict=True):
            known = head_targets.any(1)
            scores[f"macro_f1_{head}"] = macro_f1(head_targets[known].argmax(1), head_logits[known].argmax(1))
        return {**scores, "macro_f1": float(np.mean(list(scores.values())))}

    return compute
