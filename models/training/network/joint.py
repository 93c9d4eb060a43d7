"""The network: one encoder, pooling, one linear head per task, and the loss over weighted targets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel

from models.training.network.pooling import pooling_of
from models.training.recipe import Recipe

Logits = dict[str, Tensor]


class JointClassifier(nn.Module):
    """Encoder with one head per task; a forward pass gives every head's logits, and the loss when targets come along.

    Args:
        encoder: a directory in Hugging Face format.
        heads: head name -> number of labels.
        recipe: pooling; dropout, its samples, and R-Drop, these in training only.

    Raises:
        DatasetError: the encoder cannot be pooled so.
    """

    def __init__(self, encoder: Path, heads: Mapping[str, int], recipe: Recipe | None = None) -> None:
        super().__init__()
        self.recipe = recipe or Recipe()
        self.encoder = AutoModel.from_pretrained(encoder, local_files_only=True, add_pooling_layer=False)
        self.pooling = pooling_of(self.encoder, self.recipe.pooling)
        width = AutoConfig.from_pretrained(encoder, local_files_only=True).hidden_size
        self.dropout = nn.Dropout(self.recipe.dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in heads.items()})

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """One vector per text: (rows, tokens) -> (rows, width)."""
        return self.pooling(self.hidden(input_ids, attention_mask), attention_mask)

    def hidden(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """One vector per token, below a last layer that is asked once: (rows, tokens) -> (rows, tokens, width)."""
        hidden: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden

    def logits(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits per head, in the order of ``heads``: each (rows, labels of the head)."""
        return self.logits_of(self.hidden(input_ids, attention_mask), attention_mask)

    def logits_of(self, hidden: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Likewise from the token vectors of :meth:`hidden`."""
        return tuple(self._logits(self.pooling(hidden, attention_mask)).values())

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **targets: Tensor) -> dict[str, Tensor]:
        """Return ``logits_<head>`` for each head and, where (rows, labels) targets were given, ``loss``."""
        samples = self._samples(input_ids, attention_mask)
        output = {f"logits_{name}": value for name, value in samples[0].items()}
        if not targets:
            return output
        loss = torch.stack([weighted_loss(logits, targets) for logits in samples]).mean()
        if self.training and self.recipe.r_drop:
            again = self._samples(input_ids, attention_mask)
            loss = (loss + torch.stack([weighted_loss(logits, targets) for logits in again]).mean()) / 2
            loss = loss + self.recipe.r_drop * symmetric_divergence(samples[0], again[0])
        return {"loss": loss, **output}

    def _samples(self, input_ids: Tensor, attention_mask: Tensor) -> list[Logits]:
        vector = self.pooled(input_ids, attention_mask)
        return [self._logits(vector) for _ in range(self.recipe.dropout_samples if self.training else 1)]

    def _logits(self, vector: Tensor) -> Logits:
        dropped = self.dropout(vector)
        return {name: head(dropped) for name, head in self.heads.items()}


def weighted_loss(logits: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Sum over heads of the cross-entropy against the (rows, labels) targets, over the targets' total weight."""
    total = torch.zeros((), device=next(iter(logits.values())).device)
    for name, values in logits.items():
        weight = targets[name].sum()
        if weight > 0:
            total = total - (targets[name] * functional.log_softmax(values.float(), -1)).sum() / weight
    return total


def symmetric_divergence(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> Tensor:
    """Mean over heads of (KL(p||q) + KL(q||p)) / 2, averaged over the rows (Liang et al. 2021, equation 2)."""
    parts = []
    for name in one:
        p, q = (functional.log_softmax(value[name].float(), -1) for value in (one, other))
        parts.append(((p.exp() - q.exp()) * (p - q)).sum(-1).mean() / 2)
    return torch.stack(parts).mean()
