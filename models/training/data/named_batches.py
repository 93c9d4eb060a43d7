"""From texts with names to batches for the layer of names: the encoder reads each text once, and is not trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import one_hot, pad
from torch.nn.utils.rnn import pad_sequence

from models.labels import SENTIMENT, SENTIMENTS
from models.spans import tokens_of
from models.training.data.entities import NamedText
from models.training.data.invented import SOURCE as INVENTED
from models.training.export.source import Source

MAX_TOKENS = 128  # of a text that is learned from; longer ones are cut
BATCH = 64  # texts that the encoder reads at once
LABELS = len(SENTIMENTS)
SORTED = 20  # batches' worth of texts that are sorted by length, so that little is computed on padding


@dataclass(frozen=True, slots=True)
class ReadText:
    """What the encoder made of a text: (tokens, width) vectors; (names, tokens) masks and (names,) labels.

    ``whole`` are the (labels,) probabilities of the whole text where it says the same of all its names, else None.
    """

    hidden: Tensor
    masks: Tensor
    labels: Tensor
    whole: Tensor | None = None


@dataclass(frozen=True, slots=True)
class NamedBatch:
    """Inputs of :class:`models.training.network.entity.EntityLayer`, and the (names,) labels.

    ``whole``: (names, labels) probabilities of their texts; zeros where a name is taught by its label alone.
    """

    inputs: tuple[Tensor, Tensor, Tensor, Tensor]
    labels: Tensor
    whole: Tensor

    def targets(self, smoothing: float, distill: float) -> Tensor:
        """Return (names, labels): the smoothed label and, where the text's answer is known, ``distill`` of that."""
        count = self.whole.shape[1]
        labels = one_hot(self.labels, count).float() * (1 - smoothing) + smoothing / count
        share = distill * self.whole.sum(1, keepdim=True)
        return (1 - share) * labels + distill * self.whole


def read_texts(source: Source, texts: Sequence[NamedText]) -> list[ReadText]:
    """Let the encoder read ``texts``; those stay away of whose names no token is left."""
    tokenizer = Tokenizer.from_file(str(source.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(MAX_TOKENS, source.max_tokens))
    encodings = tokenizer.encode_batch([text.text for text in texts])
    order = sorted(range(len(texts)), key=lambda at: len(encodings[at].ids))
    read: dict[int, ReadText] = {}
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        ids = [torch.tensor(encodings[at].ids) for at in batch]
        padded = pad_sequence(ids, batch_first=True)
        mask = pad_sequence([torch.ones_like(one) for one in ids], batch_first=True)
        with torch.no_grad():
            hidden = source.network.hidden(padded, mask)
            logits = source.network.logits_of(hidden, mask)[list(source.labels).index(SENTIMENT)]
        for row, at in enumerate(batch):
            # Half the memory: of its rounding nothing is seen in what is learned.
            own = hidden[row, : len(ids[row])].bfloat16().clone()
            read[at] = _read_text(source, texts[at], encodings[at].offsets, own, logits[row].softmax(-1))
    return [read[at] for at in range(len(texts)) if len(read[at].labels)]


def _read_text(
    source: Source, text: NamedText, offsets: Sequence[tuple[int, int]], hidden: Tensor, whole: Tensor
) -> ReadText:
    labels = list(source.labels[SENTIMENT])
    named = [(tokens_of(one.mentions, offsets), labels.index(one.label)) for one in text.names]
    named = [(tokens, label) for tokens, label in named if tokens]
    masks = torch.zeros(len(named), len(offsets), dtype=torch.long)
    for number, (tokens, _) in enumerate(named):
        masks[number, tokens] = 1
    taught = None if text.differs or text.source == INVENTED else whole
    return ReadText(hidden, masks, torch.tensor([label for _, label in named], dtype=torch.long), taught)


def batches(read: Sequence[ReadText], size: int, random: Random | None = None) -> Iterator[NamedBatch]:
    """Yield the texts in batches of ``size``, of like lengths; in another order each time with ``random``."""
    order = list(range(len(read)))
    if random is not None:
        random.shuffle(order)
    span = size * SORTED
    sorted_spans = [
        sorted(order[at : at + span], key=lambda one: len(read[one].hidden)) for at in range(0, len(order), span)
    ]
    groups = [part[at : at + size] for part in sorted_spans for at in range(0, len(part), size)]
    if random is not None:
        random.shuffle(groups)
    for group in groups:
        yield _batch([read[at] for at in group])


def _batch(texts: Sequence[ReadText]) -> NamedBatch:
    width = max(len(text.hidden) for text in texts)
    hidden = torch.stack([pad(text.hidden.float(), (0, 0, 0, width - len(text.hidden))) for text in texts])
    mask = torch.tensor([[1] * len(text.hidden) + [0] * (width - len(text.hidden)) for text in texts])
    rows = torch.tensor([row for row, text in enumerate(texts) for _ in text.labels])
    masks = torch.cat([pad(text.masks, (0, width - text.masks.shape[1])) for text in texts])
    nothing = torch.zeros(LABELS)
    whole = torch.stack([nothing if text.whole is None else text.whole for text in texts])[rows]
    return NamedBatch((hidden, mask, rows, masks), torch.cat([text.labels for text in texts]), whole)
