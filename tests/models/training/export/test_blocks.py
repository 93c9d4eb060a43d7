"""Weights in eight bits by blocks: the product is the same but for rounding, and the matrix can be had back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra 'train'")

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from models.training.export.blocks import PRODUCT, pack_weights, unpacked

SMALL = np.array([[1, 2], [3, 4]], np.float32)


def product(matrix: np.ndarray, rows: int = 5) -> onnx.ModelProto:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"], name="one")]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, len(matrix)])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(matrix, "w")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"x": x})
    return np.asarray(answer)


@pytest.mark.parametrize("shape", [(384, 512), (64, 33), (100, 40)])
def test_a_product_is_the_same_but_for_rounding(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(7)
    matrix = generator.normal(size=shape).astype(np.float32)
    x = generator.normal(size=(5, shape[0])).astype(np.float32)
    model = product(matrix)
    before = len(model.SerializeToString())
    pack_weights(model, {"y"})
    (node,) = model.graph.node
    assert node.op_type == PRODUCT
    assert len(model.SerializeToString()) < before * 0.4
    error = np.abs(run(model, x) - x @ matrix).max()
    assert 0 < error < 0.03 * np.sqrt(shape[0])
    # A row's answer does not hang on the rows beside it.
    alone = product(matrix, 1)
    pack_weights(alone, {"y"})
    assert np.array_equal(run(alone, x[2:3]), run(model, x)[2:3])


def test_the_matrix_can_be_had_back() -> None:
    matrix = np.random.default_rng(8).normal(size=(100, 40)).astype(np.float32)
    matrix[:, 3] = 0
    model = product(matrix)
    pack_weights(model, {"y"})
    parts: dict[str, Any] = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    found = unpacked(parts["w_steps"], parts["w_scales"], 100)
    assert found.shape == (100, 40)
    assert np.abs(found - matrix).max() <= np.abs(matrix).max() / 127 / 2 * 1.001
    assert (found[:, 3] == 0).all()


def test_what_is_small_or_not_asked_for_stays() -> None:
    matrix = np.ones((64, 64), np.float32)
    for model, outputs in ((product(matrix), set[str]()), (product(SMALL), {"y"})):
        pack_weights(model, outputs)
        assert [node.op_type for node in model.graph.node] == ["MatMul"]
