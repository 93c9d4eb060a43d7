"""Fine-tune the joint classifier with Hugging Face's ``Trainer``, which brings warm-up, decay, checkpoints, mixed
precision and logging; ours is only what is particular: two heads, learning-rate decay by layer, the metric.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import (
    AutoTokenizer,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)

from models.training.dataset import IGNORED, TRAIN, VALIDATION, LabelledSet, examples
from models.training.metrics import macro_f1
from models.training.network import JointClassifier


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights besides the data. Learning rates are per step, at their peak."""

    epochs: float = 4.0
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.06
    dropout: float = 0.1
    label_smoothing: float = 0.05
    max_tokens: int = 128
    patience: int = 2
    seed: int = 7
    bf16: bool = False


class TokenizedExamples(Dataset[dict[str, Any]]):
    """Examples of :func:`models.training.dataset.examples`, tokenized once and held in memory."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> None:
        encoded = tokenizer(
            [row["text"] for row in rows],
            truncation=True,
            max_length=max_tokens,
            return_token_type_ids=False,
        )
        targets = [{name: value for name, value in row.items() if name != "text"} for row in rows]
        self._items = [
            {"input_ids": ids, "attention_mask": mask, **target}
            for ids, mask, target in zip(encoded["input_ids"], encoded["attention_mask"], targets, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return dict(self._items[index])


def finetune(sets: Sequence[LabelledSet], base: Path, run: Path, recipe: Recipe, resume: bool = False) -> Path:
    """Train on split ``train``, stop early on the mean macro-F1 of split ``val``, and return the checkpoint folder.

    ``run`` receives ``recipe.json``, ``labels.json``, ``metrics.jsonl`` and ``best/`` (weights and tokenizer).

    Args:
        sets: one per head.
        base: the encoder, a directory in Hugging Face format.
        run: the folder of this run; made when missing.
        recipe: the hyper-parameters.
        resume: continue from the newest checkpoint in ``run``.
    """
    run.mkdir(parents=True, exist_ok=True)
    heads = {labelled.head: labelled.labels for labelled in sets}
    (run / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")
    (run / "labels.json").write_text(json.dumps(heads, indent=2) + "\n")
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    torch.manual_seed(recipe.seed)
    network = JointClassifier(
        base, {head: len(labels) for head, labels in heads.items()}, recipe.dropout, recipe.label_smoothing
    )
    trainer = _JointTrainer(
        model=network,
        args=_arguments(run, recipe, list(heads)),
        data_collator=DataCollatorWithPadding(tokenizer),
        train_dataset=TokenizedExamples(examples(sets, TRAIN), tokenizer, recipe.max_tokens),
        eval_dataset=TokenizedExamples(examples(sets, VALIDATION), tokenizer, recipe.max_tokens),
        compute_metrics=_metric(list(heads)),
        callbacks=[EarlyStoppingCallback(recipe.patience)],
    )
    trainer.recipe = recipe
    trainer.train(resume_from_checkpoint=resume)
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in trainer.state.log_history))
    return _save(network, tokenizer, run / "best")


class _JointTrainer(Trainer):
    """``Trainer`` with its own parameter groups: lower layers learn slower, new heads learn faster."""

    recipe = Recipe()

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if getattr(self, "optimizer", None) is None:
            groups = parameter_groups(self.model, self.recipe)
            self.optimizer = torch.optim.AdamW(groups, lr=self.recipe.learning_rate)
        return self.optimizer


def parameter_groups(network: JointClassifier, recipe: Recipe) -> list[dict[str, Any]]:
    """Return AdamW groups: rate ``learning_rate * layer_decay ** depth below the top``, no decay on norms and biases.

    Layer-wise decay after Howard and Ruder (2018), *Universal Language Model Fine-tuning*, section 3.1.
    """
    layers = len(network.encoder.encoder.layer)
    groups: list[dict[str, Any]] = []
    for name, parameter in network.named_parameters():
        rate = recipe.head_learning_rate
        if name.startswith("encoder.encoder.layer."):
            rate = recipe.learning_rate * recipe.layer_decay ** (layers - 1 - int(name.split(".")[3]))
        elif name.startswith("encoder."):
            rate = recipe.learning_rate * recipe.layer_decay**layers
        decay = 0.0 if parameter.ndim < 2 else recipe.weight_decay
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


def _arguments(run: Path, recipe: Recipe, heads: list[str]) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(run / "checkpoints"),
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
        metric_for_best_model="macro_f1",
        logging_steps=100,
        label_names=heads,
        remove_unused_columns=False,
        train_sampling_strategy="group_by_length",
        bf16=recipe.bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=recipe.seed,
        report_to="none",
        dataloader_num_workers=0,
    )


def _metric(heads: list[str]) -> Any:
    """Return Trainer's metric: macro-F1 per head over the rows that carry its label, and their mean."""

    def compute(prediction: EvalPrediction) -> dict[str, float]:
        logits = prediction.predictions if len(heads) > 1 else (prediction.predictions,)
        labels = prediction.label_ids if len(heads) > 1 else (prediction.label_ids,)
        scores = {}
        for head, head_logits, head_labels in zip(heads, logits, labels, strict=True):
            known = head_labels != IGNORED
            scores[f"macro_f1_{head}"] = macro_f1(head_labels[known], head_logits[known].argmax(1))
        return {**scores, "macro_f1": float(np.mean(list(scores.values())))}

    return compute


def _save(network: JointClassifier, tokenizer: PreTrainedTokenizerBase, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(folder / "encoder")
    torch.save(network.heads.state_dict(), folder / "heads.pt")
    tokenizer.save_pretrained(folder)
    return folder
