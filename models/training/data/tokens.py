"""From texts to padded batches of token ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import AutoTokenizer, DataCollatorWithPadding, PreTrainedTokenizerBase

from models.errors import DatasetError
from models.training.data.targets import Example
from models.training.data.variants import Vocabulary


def load_tokenizer(base: Path) -> PreTrainedTokenizerBase:
    """Load the tokenizer of an encoder's folder.

    Raises:
        DatasetError: there is none.
    """
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    # Without its files transformers makes an empty one of the right kind, and every word is unknown.
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise DatasetError(f"{base} holds an encoder without its tokenizer: put tokenizer.json beside config.json")
    loaded: PreTrainedTokenizerBase = tokenizer
    return loaded


def word_vectors(tokenizer: PreTrainedTokenizerBase, encoder: Any) -> Vocabulary:
    """Return the tokens in the order of their ids and their (tokens, width) vectors at the encoder's entrance."""
    vectors = encoder.get_input_embeddings().weight.detach().numpy()
    return tokenizer.convert_ids_to_tokens(list(range(min(len(tokenizer), len(vectors))))), vectors


class TokenizedExamples(Dataset[dict[str, Any]]):
    """Examples of :mod:`models.training.data.targets`, tokenized once and held in memory."""

    def __init__(self, rows: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> None:
        encoded = tokenizer(
            [row["text"] for row in rows], truncation=True, max_length=max_tokens, return_token_type_ids=False
        )
        self._items = [
            {"input_ids": ids, "attention_mask": mask, **{name: row[name] for name in row if name != "text"}}
            for ids, mask, row in zip(encoded["input_ids"], encoded["attention_mask"], rows, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return dict(self._items[index])


class Collator:
    """Pads a batch, and hides a share of the tokens, never the special ones, behind the mask token."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, mask: float) -> None:
        self._pad = DataCollatorWithPadding(tokenizer)
        self._tokenizer, self._mask = tokenizer, mask

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        batch: dict[str, Tensor] = dict(self._pad(rows))
        if self._mask:
            ids = batch["input_ids"]
            special = torch.isin(ids, torch.tensor(self._tokenizer.all_special_ids))
            hidden = (torch.rand(ids.shape) < self._mask) & ~special
            batch["input_ids"] = torch.where(hidden, self._tokenizer.mask_token_id, ids)
        return batch
