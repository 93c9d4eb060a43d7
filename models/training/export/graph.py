"""The ONNX graph of a network: exported, fused by ONNX Runtime's transformer optimizer, compared with the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.transformers import optimizer
from torch import Tensor, nn

from models.errors import ArtifactError
from models.labels import ENTITY
from models.training.export.source import Source
from models.training.network.joint import JointClassifier

# Between the logits of the network and of its graph, relative to the largest: room for the rounding of float sums in
# another order, not for an operator that was exported or fused wrongly.
TOLERANCE = 1e-3
INPUT_NAMES = ["input_ids", "attention_mask", "entity_rows", "entity_mask"]  # the latter two where names are asked for
COMPARED_TOKENS = 24  # of the two texts on which graph and network are compared: more than the four that are traced


class _Logits(nn.Module):
    """The network with positional inputs and a tuple of outputs, as the exporter wants it."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.network, self.entity = source.network, source.entity
        self.eval()  # the exporter gives everything in it back in the mode that it had itself

    def forward(self, input_ids: Tensor, attention_mask: Tensor, *names: Tensor) -> tuple[Tensor, ...]:
        if self.entity is not None:
            hidden = self.network.hidden(input_ids, attention_mask)
            entity = self.entity(hidden, attention_mask, *names)
            return (*self.network.logits_of(hidden, attention_mask), entity)
        if isinstance(self.network, JointClassifier):
            return self.network.logits(input_ids, attention_mask)
        return (self.network(input_ids=input_ids, attention_mask=attention_mask).logits,)


def fused_graph(source: Source, plain: Path) -> onnx.ModelProto:
    """Return the graph of the network, attention and normalisations fused; ``plain`` is a file to write meanwhile."""
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 2003, 102, 0]]) % source.config.vocab_size
    inputs = [ids, torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])]
    of_rows, of_names = {0: "rows", 1: "tokens"}, {0: "names", 1: "tokens"}
    axes: dict[str, dict[int, str]] = {"input_ids": of_rows, "attention_mask": of_rows}
    axes |= {f"logits_{head}": {0: "rows"} for head in source.labels}
    outputs = [f"logits_{head}" for head in source.labels]
    if source.entity is not None:
        inputs += [torch.tensor([0, 1, 1]), torch.tensor([[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0]])]
        axes |= {"entity_rows": {0: "names"}, "entity_mask": of_names, f"logits_{ENTITY}": {0: "names"}}
        outputs.append(f"logits_{ENTITY}")
    torch.onnx.export(
        _Logits(source),
        tuple(inputs),
        plain,
        input_names=INPUT_NAMES[: len(inputs)],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    optimized = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=source.config.num_attention_heads,
        hidden_size=source.config.hidden_size,
    )
    plain.unlink()
    model: onnx.ModelProto = optimized.model
    return model


def check_graph(source: Source, fused: onnx.ModelProto) -> None:
    """The exporter and the optimizer know many encoders, not all: compare on texts longer than the one traced."""
    tokens = min(COMPARED_TOKENS, source.max_tokens)
    ids = torch.arange(2 * tokens).reshape(2, tokens) * 37 % source.config.vocab_size
    inputs = [ids, (torch.arange(tokens) < torch.tensor([[tokens], [tokens // 2]])).long()]
    if source.entity is not None:
        every = torch.tensor([[2], [3], [5], [7], [4]])  # names of every so many tokens
        inputs += [torch.tensor([1, 0, 0, 1, 0]), (torch.arange(tokens) % every == 1).long()]
    session = onnxruntime.InferenceSession(fused.SerializeToString(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {name: value.numpy() for name, value in zip(INPUT_NAMES, inputs, strict=False)})
    with torch.no_grad():
        expected = _Logits(source)(*inputs)
    for answer, logits in zip(answers, expected, strict=True):
        apart = float(np.abs(answer - logits.numpy()).max())
        if not apart <= TOLERANCE * max(1.0, float(logits.abs().max())):
            raise ArtifactError(
                f"the exported graph answers otherwise than the network (logits {apart:.3g} apart): "
                f"an encoder of type '{source.config.model_type}' cannot be exported"
            )
