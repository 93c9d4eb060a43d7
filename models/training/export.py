"""Export a fine-tuned network as an artifact: ONNX, fused by ONNX Runtime's transformer optimizer, int8 for the CPU."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from torch import Tensor, nn

from models.artifact import FORMAT_VERSION, GRAPH, TOKENIZER, Head, Manifest, file_hash, write_manifest
from models.training.network import JointClassifier


class _Logits(nn.Module):
    """The network with positional inputs and a tuple of outputs, as the exporter wants it."""

    def __init__(self, network: JointClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        return self.network.logits(input_ids, attention_mask)


def load_run(run: Path) -> tuple[JointClassifier, dict[str, list[str]]]:
    """Load the best checkpoint of a run folder and its labels, in evaluation mode."""
    labels: dict[str, list[str]] = json.loads((run / "labels.json").read_text())
    network = JointClassifier(run / "best" / "encoder", {head: len(names) for head, names in labels.items()})
    network.heads.load_state_dict(torch.load(run / "best" / "heads.pt", weights_only=True))
    return network.eval(), labels


def export(run: Path, folder: Path, name: str, max_tokens: int = 256, int8: bool = True) -> Path:
    """Write the artifact of ``run`` into ``folder``; ``evaluate.calibrate`` then fits its temperatures."""
    network, labels = load_run(run)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        graph = _fused_graph(network, list(labels), Path(scratch))
        if int8:
            # The fused operators have no shape inference, so the quantiser must be told that activations are float.
            extra = {"DefaultTensorType": onnx.TensorProto.FLOAT}
            quantize_dynamic(graph, folder / GRAPH, weight_type=QuantType.QInt8, per_channel=True, extra_options=extra)
        else:
            shutil.copy(graph, folder / GRAPH)
    shutil.copy(run / "best" / "tokenizer.json", folder / TOKENIZER)
    write_manifest(
        folder,
        Manifest(
            format_version=FORMAT_VERSION,
            name=name,
            precision="int8" if int8 else "fp32",
            max_tokens=max_tokens,
            heads={head: Head(tuple(names)) for head, names in labels.items()},
            files={file: file_hash(folder / file) for file in (GRAPH, TOKENIZER)},
        ),
    )
    return folder


def _fused_graph(network: JointClassifier, heads: list[str], scratch: Path) -> Path:
    plain, fused = scratch / "plain.onnx", scratch / "fused.onnx"
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 2003, 102, 0]])
    axes = {0: "rows", 1: "tokens"}
    torch.onnx.export(
        _Logits(network),
        (ids, (ids > 0).long()),
        plain,
        input_names=["input_ids", "attention_mask"],
        output_names=[f"logits_{head}" for head in heads],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, **{f"logits_{head}": {0: "rows"} for head in heads}},
        opset_version=17,
        dynamo=False,
    )
    config = network.encoder.config
    model = optimizer.optimize_model(
        str(plain), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    onnx.save(model.model, fused)
    return fused
