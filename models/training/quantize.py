"""int8 with fixed activation scales, measured on training texts.

ONNX Runtime's dynamic quantisation takes the scale of a whole batch of activations, so a text's answer would depend on
its neighbours. Here the scales that it would take for single texts are recorded, and one per place is fixed: the
answer of a text is then the same, bit for bit, alone or in any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

SAMPLE = 1000  # texts
DYNAMIC = "DynamicQuantizeLinear"
Ranges = npt.NDArray[np.float64]


class Quantizer:
    """Quantised once, weighed by how wide a range of activations is kept.

    Args:
        model: the fused fp32 graph.
        tokenizer: file of the tokenizer.
        texts: to measure the activations on; at most ``SAMPLE`` of them are taken.
        scratch: an existing folder.
    """

    def __init__(self, model: onnx.ModelProto, tokenizer: Path, texts: Sequence[str], scratch: Path) -> None:
        # The fused operators have no shape inference, so the quantiser must be told that activations are float.
        extra = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        path = scratch / "dynamic.onnx"
        quantize_dynamic(model, path, weight_type=QuantType.QInt8, per_channel=True, extra_options=extra)
        self._model = onnx.load(path)
        path.unlink()
        sample = Random(7).sample(list(texts), min(SAMPLE, len(texts)))  # noqa: S311 -- repeatable, no secret
        self._lows, self._highs = _ranges(self._model, tokenizer, sample)

    def fixed(self, percentile: float) -> onnx.ModelProto:
        """Return the graph whose scales hold the extremes of ``percentile`` of the texts; values beyond are cut."""
        lows = np.minimum(np.percentile(self._lows, 100 - percentile, axis=0), 0)
        highs = np.maximum(np.percentile(self._highs, percentile, axis=0), 0)
        model, nodes, place = onnx.ModelProto(), [], 0
        model.CopyFrom(self._model)
        for node in model.graph.node:
            if node.op_type != DYNAMIC:
                nodes.append(node)
                continue
            scale = np.float32(max(highs[place] - lows[place], 1e-8) / 255)
            zero = np.uint8(np.clip(round(-lows[place] / scale), 0, 255))
            place += 1
            quantised, scale_name, zero_name = node.output
            constants = ((scale_name, np.array(scale)), (zero_name, np.array(zero)))
            model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants)
            nodes.append(helper.make_node("QuantizeLinear", [node.input[0], scale_name, zero_name], [quantised]))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        return model


def _ranges(model: onnx.ModelProto, tokenizer: Path, texts: Sequence[str]) -> tuple[Ranges, Ranges]:
    """Return the (texts, places) lowest and highest activations that dynamic quantisation sees, text by text."""
    probe: Any = onnx.ModelProto()
    probe.CopyFrom(model)
    names = []
    for node in model.graph.node:
        if node.op_type == DYNAMIC:
            _, scale, zero = node.output
            probe.graph.output.append(helper.make_tensor_value_info(scale, onnx.TensorProto.FLOAT, []))
            probe.graph.output.append(helper.make_tensor_value_info(zero, onnx.TensorProto.UINT8, []))
            names += [scale, zero]
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    cutter = Tokenizer.from_file(str(tokenizer))
    cutter.no_padding()
    cutter.enable_truncation(256)
    found = []
    for encoding in cutter.encode_batch(list(texts)):
        ids = np.array([encoding.ids], np.int64)
        found.append(session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)}))
    scales = np.array([row[0::2] for row in found], np.float64)
    zeros = np.array([row[1::2] for row in found], np.float64)
    return -scales * zeros, scales * (255 - zeros)
