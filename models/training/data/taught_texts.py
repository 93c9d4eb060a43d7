"""Texts for a training of documents and names at once: what each head and each name is taught, and batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from tokenizers import Encoding
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from models.spans import tokens_of
from models.training.data.entities import NamedText
from models.training.data.targets import Targets

SORTED = 20  # batches' worth of texts that are sorted by length, so that little is computed on padding
LENGTHS = 8  # tokens: batches are as long as a multiple of it


@dataclass(frozen=True, slots=True)
class TaughtText:
    """A text's tokens, and what is to be learned of it.

    ``heads``: head -> (labels,) target times its weight. ``names``: of each the tokens, and its target likewise.
    """

    ids: Sequence[int]
    heads: Mapping[str, Targets]
    names: Sequence[tuple[Sequence[int], Targets]] = ()


@dataclass(frozen=True, slots=True)
class TaughtBatch:
    """Padded (rows, tokens) ids and mask; head -> (rows, labels) targets; and what the layer of names takes:
    their rows, their (names, tokens) masks, and their (names, labels) targets.
    """

    ids: Tensor
    mask: Tensor
    targets: Mapping[str, Tensor]
    name_rows: Tensor
    name_masks: Tensor
    name_targets: Tensor


def taught_names(
    text: NamedText, encoding: Encoding, targets: Sequence[Targets]
) -> list[tuple[Sequence[int], Targets]]:
    """Return the tokens and the target of each name; those stay away of which no token is left."""
    placed = [tokens_of(name.mentions, encoding.offsets) for name in text.names]
    return [(tokens, target) for tokens, target in zip(placed, targets, strict=True) if tokens]


def batches(texts: Sequence[TaughtText], sizes: Mapping[str, int], size: int, random: Random) -> Iterator[TaughtBatch]:
    """Yield the texts in batches of ``size``, of like lengths, in another order each time.

    Args:
        texts: to learn.
        sizes: head -> how many labels it has; a head that a text has no target for gets zeros, which teach nothing.
        size: texts in a batch.
        random: of the order.
    """
    order = list(range(len(texts)))
    random.shuffle(order)
    span = size * SORTED
    spans = [sorted(order[at : at + span], key=lambda one: len(texts[one].ids)) for at in range(0, len(order), span)]
    groups = [part[at : at + size] for part in spans for at in range(0, len(part), size)]
    random.shuffle(groups)
    for group in groups:
        yield batch_of([texts[at] for at in group], sizes)


def batch_of(texts: Sequence[TaughtText], sizes: Mapping[str, int]) -> TaughtBatch:
    """Return the texts as one batch; see :func:`batches`."""
    ids = [torch.tensor(text.ids) for text in texts]
    mask = pad_sequence([torch.ones_like(one) for one in ids], batch_first=True)
    # Few lengths: oneDNN makes its kernels anew for each shape that it has not kept.
    more = -mask.shape[1] % LENGTHS
    padded, mask = (functional.pad(one, (0, more)) for one in (pad_sequence(ids, batch_first=True), mask))
    nothing = {head: np.zeros(count, np.float32) for head, count in sizes.items()}
    targets = {head: torch.tensor(np.stack([text.heads.get(head, nothing[head]) for text in texts])) for head in sizes}
    named = [(row, tokens, target) for row, text in enumerate(texts) for tokens, target in text.names]
    masks = torch.zeros(len(named), padded.shape[1], dtype=torch.long)
    for number, (_, tokens, _) in enumerate(named):
        masks[number, list(tokens)] = 1
    rows = torch.tensor([row for row, _, _ in named], dtype=torch.long)
    name_targets = torch.tensor(np.array([target for _, _, target in named], np.float32))
    return TaughtBatch(padded, mask, targets, rows, masks, name_targets)
