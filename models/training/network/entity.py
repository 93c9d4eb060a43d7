"""What a text says of one of its names: two layers that are asked by that name's tokens.

The query is the mean of the name's token vectors below the encoder's last layer; what the first layer answers is the
query of the second. Both begin as copies of the last layer, and so does the head of the sentiment's. The encoder below
is shared and stays as it is, so the answers for the whole text do not change, and a text without names costs nothing
more. After Gao et al. (2019), *Target-dependent sentiment classification with BERT* (TD-BERT): the outputs of a name's
own tokens are enough.
"""

from __future__ import annotations

from copy import deepcopy

from torch import Tensor, nn

from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.network.joint import JointClassifier
from models.training.network.pooling import LastLayer, mean

# On split val of SEntFiN two were right of .863 of all names and .806 of those whose labels differ, log-loss .396; one
# of .852 and .797, log-loss .412 (the encoder shipped before, three epochs).
ROUNDS = 2


class AskedLayer(LastLayer):
    """A layer that answers one query per row: (rows, width) and (rows, tokens, width) -> (rows, width)."""

    def forward(self, query: Tensor, hidden: Tensor, attention_mask: Tensor) -> Tensor:  # type: ignore[override]
        return self.asked(query, hidden, attention_mask)


class EntityLayer(nn.Module):
    """The layers and the head of names.

    Args:
        last: the encoder's last layer, which these begin as.
        head: of the sentiment, (labels, width).
    """

    def __init__(self, last: LastLayer, head: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(AskedLayer(deepcopy(last)) for _ in range(ROUNDS))
        self.head = deepcopy(head)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, attention_mask: Tensor, entity_rows: Tensor, entity_mask: Tensor) -> Tensor:
        """Return (names, labels) logits.

        Args:
            hidden: (rows, tokens, width), below the last layer.
            attention_mask: (rows, tokens).
            entity_rows: (names,), the row that each stands in.
            entity_mask: (names, tokens), 1 where the name stands.
        """
        own = hidden[entity_rows]
        mask, answer = attention_mask[entity_rows], mean(own, entity_mask)
        for layer in self.layers:
            answer = layer(answer, own, mask)
        logits: Tensor = self.head(self.dropout(answer))
        return logits


class EntityPooling(nn.Module):
    """A head on the mean of a name's tokens, of an encoder whose last layer is computed for every token.

    Args:
        head: of the sentiment, which this begins as.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = deepcopy(head)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, attention_mask: Tensor, entity_rows: Tensor, entity_mask: Tensor) -> Tensor:
        """Return (names, labels) logits; see :meth:`EntityLayer.forward`."""
        logits: Tensor = self.head(self.dropout(mean(hidden[entity_rows], entity_mask)))
        return logits


def begin_entity_layer(network: JointClassifier) -> EntityLayer | EntityPooling:
    """Return what answers for names, as its training begins: a head alone where the token vectors are averaged.

    Raises:
        DatasetError: there is no head of the sentiment.
    """
    if SENTIMENT not in network.heads:
        raise DatasetError("a sentiment per name needs the head 'sentiment'")
    head = network.heads[SENTIMENT]
    last = network.encoder.encoder.layer[-1] if network.recipe.pooling == "last_layer" else None
    layer = EntityLayer(last, head) if isinstance(last, LastLayer) else EntityPooling(head)
    layer.eval()
    return layer
