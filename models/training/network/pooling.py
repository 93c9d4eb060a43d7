"""From token vectors to one vector per text: their mean, or the encoder's last layer asked once per text.

The heads need one vector, so the last layer need not be computed for every token: the mean of the tokens that it gets
is the only query. With a single query no token is projected to a key or a value either, since
q . (K x) = (K^T q) . x and sum p (V x) = V (sum p x). The layer then costs about as much as one token does elsewhere.
After Touvron et al. (2021), *Going deeper with Image Transformers*, section 3 (class attention), without its class
token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from models.errors import DatasetError
from models.training.recipe import Pooling


def pooling_of(encoder: Any, kind: Pooling) -> Callable[[Tensor, Tensor], Tensor]:
    """Return what makes (rows, width) of the encoder's (rows, tokens, width) and the (rows, tokens) attention mask.

    Raises:
        DatasetError: ``last_layer``, but the encoder is not built as BERT's is.
    """
    return mean if kind == "mean" else ask_last_layer_once(encoder).pooled


def mean(hidden: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean of the token vectors that are not padding: (rows, tokens, width) -> (rows, width)."""
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    pooled: Tensor = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
    return pooled


class LastLayer(nn.Module):
    """The last layer of an encoder built as BERT's is, in its place and under its names, but asked once per text.

    Within the encoder it lets the token vectors pass; :meth:`pooled` is what it answers.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.attention, self.intermediate, self.output = layer.attention, layer.intermediate, layer.output

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        return hidden_states

    def pooled(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """(rows, tokens, width) of the layer below -> (rows, width)."""
        return self.asked(mean(hidden, attention_mask), hidden, attention_mask)

    def asked(self, query: Tensor, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Answer one query per row: (rows, width) and (rows, tokens, width) -> (rows, width)."""
        query = query.unsqueeze(1)
        attended = self.attention.output(self._attention(query, hidden, attention_mask), query)
        answer: Tensor = self.output(self.intermediate(attended), attended)
        return answer[:, 0]

    def _attention(self, query: Tensor, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Return (rows, 1, width): what each head gathers from the tokens, side by side."""
        own = self.attention.self
        heads, size = own.num_attention_heads, own.attention_head_size
        width = hidden.shape[-1]
        asked = own.query(query).reshape(-1, heads, size).transpose(0, 1) @ own.key.weight.view(heads, size, width)
        scores = (hidden @ asked.permute(1, 2, 0)) * own.scaling  # (rows, tokens, heads); K's bias shifts all alike
        padding = attention_mask.unsqueeze(-1) == 0
        shares = own.dropout(scores.masked_fill(padding, -1e4).softmax(1))
        mixed = (shares.transpose(1, 2) @ hidden).transpose(0, 1)  # (heads, rows, width)
        gathered = mixed @ own.value.weight.view(heads, size, width).transpose(1, 2)
        answer: Tensor = gathered.transpose(0, 1).reshape(-1, 1, heads * size) + own.value.bias
        return answer


def ask_last_layer_once(encoder: Any) -> LastLayer:
    """Put a :class:`LastLayer` in the place of the encoder's last layer and return it; see :func:`pooling_of`."""
    layers = getattr(getattr(encoder, "encoder", None), "layer", ())
    if not layers or not hasattr(getattr(layers[-1].attention, "self", None), "key"):
        kind = getattr(encoder.config, "model_type", type(encoder).__name__)
        raise DatasetError(f"pooling=last_layer: an encoder of type '{kind}' is not built as BERT's is")
    layers[-1] = last = LastLayer(layers[-1])
    return last
