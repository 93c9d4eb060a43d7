"""The network: one encoder, mean pooling, one linear head per task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel

from models.training.dataset import IGNORED


class JointClassifier(nn.Module):
    """Encoder with one head per task; a forward pass gives every head's logits, and the loss when labels come along.

    Args:
        encoder: a directory in Hugging Face format.
        heads: head name -> number of labels.
        dropout: on the pooled vector, in training only.
        label_smoothing: of the cross-entropy.
    """

    def __init__(
        self, encoder: Path, heads: Mapping[str, int], dropout: float = 0.1, label_smoothing: float = 0.0
    ) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder, local_files_only=True, add_pooling_layer=False)
        width = AutoConfig.from_pretrained(encoder, local_files_only=True).hidden_size
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in heads.items()})
        self.label_smoothing = label_smoothing

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Mean of the token vectors that are not padding: (rows, tokens) -> (rows, width)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled: Tensor = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        return pooled

    def logits(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits per head, in the order of ``heads``: each (rows, labels of the head)."""
        vector = self.dropout(self.pooled(input_ids, attention_mask))
        return tuple(head(vector) for head in self.heads.values())

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **labels: Tensor) -> dict[str, Tensor]:
        """Return ``logits_<head>`` for each head and, where labels were given, ``loss``."""
        by_head = dict(zip(self.heads, self.logits(input_ids, attention_mask), strict=True))
        output = {f"logits_{name}": value for name, value in by_head.items()}
        if labels:
            return {"loss": self._loss(by_head, labels), **output}
        return output

    def _loss(self, by_head: Mapping[str, Tensor], labels: Mapping[str, Tensor]) -> Tensor:
        """Sum over heads of the mean cross-entropy of the rows that carry the head's label."""
        total = torch.zeros((), device=next(iter(by_head.values())).device)
        for name, logits in by_head.items():
            if (labels[name] != IGNORED).any():
                total = total + functional.cross_entropy(
                    logits.float(), labels[name], ignore_index=IGNORED, label_smoothing=self.label_smoothing
                )
        return total
