"""int8 with fixed activation scales, measured on training texts.

ONNX Runtime's dynamic quantisation takes the scale of a whole batch of activations, so a text's answer would depend on
its neighbours. Here the scales that it would take for single texts are recorded, and one per place is fixed: the
answer of a text is then the same alone or in any batch, but for the rounding of sums in float, which rarely turns a
step of int8 (one of 1,000 tweets answered otherwise, by 0.00005).

Weights keep seven bits. On an x86 processor without VNNI two products of an 8-bit activation and an 8-bit weight are
added in 16 bits, which cuts sums over 32,767; with weights of at most 64 the greatest is 2 x 255 x 64 = 32,640, so that
every processor computes the same sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from models.runtime.consistency import ENTITY_INPUTS, INPUTS
from models.training.data.dataset import sampled
from models.training.export.blocks import pack_weights
from models.training.export.half import halve_weights
from models.training.export.lean import lean
from models.training.export.outliers import Floats, Range, add_overflow, range_of

SAMPLE = 1000  # texts that the activations are measured on: more take longer and change the extremes less
DYNAMIC = "DynamicQuantizeLinear"


class Quantizer:
    """A graph whose weights are quantised once; :meth:`with_fixed_scales` then fixes the scales of its activations.

    Args:
        model: the fused fp32 graph.
        tokenizer: cuts texts to what the graph can read.
        texts: to measure the activations on; at most ``SAMPLE`` of them are taken.
        scratch: an existing folder.
    """

    def __init__(self, model: onnx.ModelProto, tokenizer: Tokenizer, texts: Sequence[str], scratch: Path) -> None:
        # The fused operators have no shape inference, so the quantiser must be told that activations are float.
        extra = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        path = scratch / "dynamic.onnx"
        quantize_dynamic(
            model,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options=extra,
            nodes_to_exclude=_once_per_text(model),
        )
        self._model = onnx.load(path)
        path.unlink()
        self._extremes = _activations(self._model, tokenizer, sampled(texts, SAMPLE))
        # QAttention multiplies inside, so nothing can be added to its product: its inputs' scales cover all channels.
        self._unsplit = {name for node in self._model.graph.node if node.op_type == "QAttention" for name in node.input}

    def with_fixed_scales(self, percentile: float) -> onnx.ModelProto:
        """Return the graph whose scales hold the extremes of ``percentile`` of the texts; values beyond are cut."""
        model, nodes = onnx.ModelProto(), []
        model.CopyFrom(self._model)
        ranges: dict[str, tuple[str, Range]] = {}
        for node in model.graph.node:
            if node.op_type != DYNAMIC:
                nodes.append(node)
                continue
            quantised, scale_name, zero_name = node.output
            covered = range_of(*self._extremes[node.input[0]], percentile, quantised not in self._unsplit)
            ranges[quantised] = node.input[0], covered
            scale = np.float32(max(covered.high - covered.low, 1e-8) / 255)
            zero = np.uint8(np.clip(round(-covered.low / scale), 0, 255))
            constants = ((scale_name, np.array(scale)), (zero_name, np.array(zero)))
            model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants)
            nodes.append(helper.make_node("QuantizeLinear", [node.input[0], scale_name, zero_name], [quantised]))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        result = lean(model)
        add_overflow(result, ranges)
        of_once = {node.output[0] for node in _after(result, {*ENTITY_INPUTS, *_stacks_of(result)})}
        pack_weights(result, of_once)
        halve_weights(result, of_once)
        return result


def _once_per_text(model: onnx.ModelProto) -> list[str]:
    """Return the names of the products without fixed scales: a last layer's that is asked once, and all those of names.

    The former are those from the products with a stack of matrices on, but for the heads
    (:mod:`models.training.network.pooling`): a stack has no scale per column, and what runs once per text costs little.
    """
    stacks = _stacks_of(model)
    asked = {node.input[1] for node in model.graph.node if node.op_type == "MatMul"} & stacks
    of_texts = [node for node in _after(model, asked) if node.op_type == "MatMul"]  # the heads are Gemm: int8
    of_names = [node for node in _after(model, set(ENTITY_INPUTS)) if node.op_type in ("MatMul", "Gemm", "Gather")]
    split = [f"{node.name}_MatMul" for node in of_names if node.op_type == "Gemm"]  # what the quantiser makes of one
    return [*dict.fromkeys(node.name for node in (*of_texts, *of_names)), *split]


def _stacks_of(model: onnx.ModelProto) -> set[str]:
    """Return the names of the constants that are a stack of matrices, one per head of a layer asked once."""
    return {one.name for one in model.graph.initializer if len(one.dims) > 2}


def _after(model: onnx.ModelProto, tensors: set[str]) -> list[Any]:
    """Return the nodes that need one of ``tensors``, or what is made of it."""
    reached, nodes = set(tensors), []
    for node in model.graph.node:  # sorted, as ONNX requires: each after what it needs
        if not reached.isdisjoint(node.input):
            reached.update(node.output)
            nodes.append(node)
    return nodes


def _activations(
    model: onnx.ModelProto, tokenizer: Tokenizer, texts: Sequence[str]
) -> dict[str, tuple[Floats, Floats]]:
    """Return per quantised activation its (texts, channels) lowest and highest values."""
    probe: Any = onnx.ModelProto()
    probe.CopyFrom(model)
    names = list(dict.fromkeys(node.input[0] for node in model.graph.node if node.op_type == DYNAMIC))
    probe.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    with_names = len(session.get_inputs()) > len(INPUTS)
    lows: dict[str, list[Floats]] = {name: [] for name in names}
    highs: dict[str, list[Floats]] = {name: [] for name in names}
    for encoding in tokenizer.encode_batch(list(texts)):
        ids = np.array([encoding.ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        if with_names:
            feed |= {"entity_rows": np.zeros(1, np.int64), "entity_mask": np.ones_like(ids)}
        for name, values in zip(names, session.run(names, feed), strict=True):
            flat = values.reshape(-1, values.shape[-1])
            lows[name].append(flat.min(0))
            highs[name].append(flat.max(0))
    return {name: (np.array(lows[name]), np.array(highs[name])) for name in names}
