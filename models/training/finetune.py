"""Fine-tune the joint classifier: what a training begins with, its examples, its course.

Hugging Face's ``Trainer`` brings warm-up, decay, checkpoints, mixed precision, progress bars and TensorBoard;
:mod:`models.training.trainer` adds what is particular here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PreTrainedTokenizerBase

from models.errors import DatasetError
from models.training.callbacks import MetricLines, MovingAverage
from models.training.data.dataset import VALIDATION, LabelledSet
from models.training.data.targets import examples
from models.training.data.teachers import taught_examples
from models.training.data.tokens import TokenizedExamples, load_tokenizer, word_vectors
from models.training.export.source import Source, source_of_run
from models.training.network.joint import JointClassifier
from models.training.recipe import Recipe
from models.training.run_folder import BEST, HEADS, prepare, save_best
from models.training.trainer import JointTrainer, freeze, macro_f1_by_head, training_arguments


def finetune(sets: Sequence[LabelledSet], base: Path, run: Path, recipe: Recipe, resume: bool = False) -> Path:
    """Train on split ``train``, stop early by what split ``val`` says, and return the best weights' folder.

    Args:
        sets: one per head.
        base: the encoder, a directory in Hugging Face format; or a finished run, of which the heads, too, are begun
            with where their labels are the same.
        run: the folder of this run, see :mod:`models.training.run_folder`; made when missing. ``run/best`` is an
            encoder that another run can begin from.
        recipe: the hyper-parameters.
        resume: continue from the newest checkpoint in ``run``.

    Raises:
        DatasetError: ``run`` holds another run, or nothing to resume; ``base`` holds no tokenizer, or is a run whose
            last layer is asked once where the recipe's is not.
    """
    network, tokenizer = begin(sets, base, recipe)
    checkpoint = prepare(run, recipe, sets, resume)  # after what may be refused: it makes the folder
    if recipe.lora_rank:
        network.encoder = _with_adapters(network.encoder, recipe.lora_rank)
    freeze(network, recipe.freeze)
    average = MovingAverage(network, recipe.average)
    if checkpoint is not None:
        average.restore(checkpoint)
    trainer = _trainer(sets, (network, tokenizer), average, run, recipe)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return run / BEST


def begin(sets: Sequence[LabelledSet], base: Path, recipe: Recipe) -> tuple[JointClassifier, PreTrainedTokenizerBase]:
    """Return the network as the training begins with it, and its tokenizer. Raises DatasetError; see finetune."""
    finished = _finished_run(base, recipe)
    encoder = finished.tokenizer.parent if finished else base
    tokenizer = load_tokenizer(encoder)
    torch.manual_seed(recipe.seed)
    network = JointClassifier(encoder, {labelled.head: len(labelled.labels) for labelled in sets}, recipe)
    for labelled in sets:
        if finished and finished.labels.get(labelled.head) == list(labelled.labels):
            network.heads[labelled.head].load_state_dict(finished.network.heads[labelled.head].state_dict())
    return network, tokenizer


def _finished_run(base: Path, recipe: Recipe) -> Source | None:
    """Return the run that ``base`` is, None where it is an encoder. Raises DatasetError; see finetune."""
    if not (base / BEST / HEADS).is_file():
        return None
    source = source_of_run(base)
    pooling = source.network.recipe.pooling
    if pooling not in ("mean", recipe.pooling):
        raise DatasetError(f"{base} was trained with pooling={pooling}: add --set pooling={pooling}")
    return source


def _with_adapters(encoder: Any, rank: int) -> Any:
    from peft import LoraConfig, get_peft_model

    # Alpha of twice the rank: the scale of the adapters' part stays the same whatever the rank is.
    return get_peft_model(encoder, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))


def _trainer(
    sets: Sequence[LabelledSet],
    beginning: tuple[JointClassifier, PreTrainedTokenizerBase],
    average: MovingAverage,
    run: Path,
    recipe: Recipe,
) -> JointTrainer:
    network, tokenizer = beginning
    heads = [labelled.head for labelled in sets]
    training = taught_examples(sets, recipe, word_vectors(tokenizer, network.encoder))
    return JointTrainer(
        recipe,
        average,
        tokenizer,
        partial(save_best, network, tokenizer, run),
        model=network,
        args=training_arguments(run, recipe, heads),
        train_dataset=TokenizedExamples(training, tokenizer, recipe.max_tokens),
        eval_dataset=TokenizedExamples(examples(sets, VALIDATION), tokenizer, recipe.max_tokens),
        compute_metrics=macro_f1_by_head(heads),
        callbacks=[EarlyStoppingCallback(recipe.patience), MetricLines(run / "metrics.jsonl"), average],
    )
