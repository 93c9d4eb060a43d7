"""What an artifact is made from: the best weights of a run, or anybody's text classifier in Hugging Face format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import AutoModelForSequenceClassification

from models.artifact import ENGLISH, TOKENIZER
from models.errors import DatasetError
from models.training.data.tokens import load_tokenizer
from models.training.network.entity import EntityLayer, EntityPooling, begin_entity_layer
from models.training.network.joint import JointClassifier
from models.training.recipe import Recipe
from models.training.run_folder import BEST, ENTITY_LAYER, HEADS

ATTENTION = "eager"  # the form of attention that ONNX Runtime's optimizer knows how to fuse
# Of a served text; a longer one is read in pieces. Longer pieces take more time and memory, attention with the square
# of the length; shorter ones show the model less of a text at once.
MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Source:
    """A network with ``logits(input_ids, attention_mask)``, its heads and the file of its tokenizer.

    ``entity`` is the layer of names, of a run that has one; its labels are those of the head sentiment.
    ``languages`` are those that it reads, by their codes.
    """

    network: Any
    config: Any
    labels: Mapping[str, Sequence[str]]
    tokenizer: Path
    entity: EntityLayer | EntityPooling | None = None
    languages: tuple[str, ...] = (ENGLISH,)

    @property
    def max_tokens(self) -> int:
        """The longest input that the artifact will take, in tokens."""
        # Two positions less: some encoders, RoBERTa's kin, begin to count behind the padding's.
        return min(MAX_TOKENS, int(self.config.max_position_embeddings) - 2)


def source_of_run(run: Path) -> Source:
    """Load the best weights of a run folder.

    Raises:
        DatasetError: the folder holds no finished epoch.
    """
    if not (run / BEST / HEADS).is_file():
        raise DatasetError(f"{run} holds no {BEST}/{HEADS}: no epoch of this run was finished")
    labels: dict[str, list[str]] = json.loads((run / "labels.json").read_text())
    recipe = msgspec.json.decode((run / "recipe.json").read_bytes(), type=Recipe)
    network = JointClassifier(run / BEST / "encoder", {head: len(names) for head, names in labels.items()}, recipe)
    network.heads.load_state_dict(torch.load(run / BEST / HEADS, weights_only=True))
    network.encoder.set_attn_implementation(ATTENTION)
    network.eval()
    entity = None
    if (run / BEST / ENTITY_LAYER).is_file():
        entity = begin_entity_layer(network)
        entity.load_state_dict(torch.load(run / BEST / ENTITY_LAYER, weights_only=True))
    tokenizer = run / BEST / "encoder" / TOKENIZER
    return Source(network, network.encoder.config, labels, tokenizer, entity, recipe.languages)


def source_of_huggingface(folder: Path, head: str, renamed: Mapping[str, str]) -> Source:
    """Load a text classifier in Hugging Face format as one head, its labels renamed to ours.

    Raises:
        DatasetError: the folder is none or has no tokenizer, or ``renamed`` names a label that the model does not have.
    """
    if not (folder / "config.json").is_file():
        raise DatasetError(f"{folder} holds neither labels.json (a run) nor config.json (Hugging Face format)")
    network = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, attn_implementation=ATTENTION
    ).eval()
    theirs = [network.config.id2label[index] for index in range(network.config.num_labels)]
    unknown = set(renamed) - set(theirs)
    if unknown:
        raise DatasetError(f"--label {sorted(unknown)[0]}: the model's labels are {', '.join(theirs)}")
    tokenizer = folder / TOKENIZER
    if not tokenizer.is_file():
        load_tokenizer(folder).save_pretrained(folder)
    return Source(network, network.config, {head: [renamed.get(name, name) for name in theirs]}, tokenizer)
