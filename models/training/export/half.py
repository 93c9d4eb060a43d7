"""Stacks of matrices in half the bytes: kept as fp16, computed with as float. ONNX Runtime turns them back once, at the
start, so nothing of it is seen in the time that a text takes. Other matrices: :mod:`models.training.export.blocks`.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np
import onnx
from onnx import helper, numpy_helper

LEAST = 1000  # values; the rest is small


def halve_weights(model: onnx.ModelProto, outputs: Set[str]) -> None:
    """Keep the float weights of the nodes with these outputs as fp16; changes the model."""
    graph = model.graph
    weights = {one.name: one for one in graph.initializer if one.data_type == onnx.TensorProto.FLOAT}
    names = [name for node in graph.node if node.output[0] in outputs for name in node.input if name in weights]
    casts = []
    for name in dict.fromkeys(names):
        values = numpy_helper.to_array(weights[name])
        if values.ndim < 3 or values.size < LEAST:
            continue
        graph.initializer.remove(weights[name])
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    for at, cast in enumerate(casts):
        graph.node.insert(at, cast)
