"""Outlier channels: the range without them is finer, and the product with them is the same."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra 'train'")

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from models.training.export.outliers import CHANNELS, Range, add_overflow, range_of


def test_a_channel_that_reaches_far_is_left_out_of_the_range() -> None:
    generator = np.random.default_rng(5)
    highs = generator.uniform(1, 2, (50, 32)).astype(np.float32)
    lows = -generator.uniform(0, 1, (50, 32)).astype(np.float32)
    highs[:, 7] = 28
    kept = range_of(lows, highs, 100, may_split=True)
    assert 7 in kept.outliers
    assert len(kept.outliers) == CHANNELS
    assert kept.high <= 2
    assert range_of(lows, highs, 100, may_split=False) == Range(float(lows.min()), 28.0)


def test_an_even_activation_is_not_split() -> None:
    highs = np.full((10, 32), 3, np.float32)
    assert range_of(-highs, highs, 100, may_split=True).outliers == ()


def test_the_percentile_cuts_rare_texts_and_zero_stays_inside() -> None:
    highs = np.ones((100, 32), np.float32)
    highs[0] = 50
    lows = np.full((100, 32), 0.5, np.float32)
    assert range_of(lows, highs, 100, may_split=False) == Range(0.0, 50.0)
    assert range_of(lows, highs, 98, may_split=False).high == 1


def product(activation: np.ndarray, weights: np.ndarray, kept: Range) -> np.ndarray:
    """Return activation @ weights through a quantised graph whose scale covers ``kept`` only."""
    scale = np.float32((kept.high - kept.low) / 255)
    steps = np.float32(np.abs(weights).max() / 64)
    constants = {
        "scale": scale,
        "zero": np.uint8(round(-kept.low / scale)),
        "weights": np.round(weights / steps).astype(np.int8),
        "steps": np.full(weights.shape[1], steps, np.float32),
        "nought": np.zeros(weights.shape[1], np.int8),
    }
    operands = ["quantised", "weights", "scale", "steps", "zero", "nought"]
    graph = helper.make_graph(
        [
            helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["quantised"]),
            helper.make_node("MatMulIntegerToFloat", operands, ["y"], domain="com.microsoft"),
        ],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, activation.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None, None])],
        [numpy_helper.from_array(np.array(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    add_overflow(model, {"quantised": ("x", kept)})
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(["y"], {"x": activation})[0]
    return result


def test_what_is_beyond_the_range_is_added_in_float() -> None:
    generator = np.random.default_rng(3)
    activation = generator.uniform(-1, 2, (2, 5, 32)).astype(np.float32)
    activation[0, 0, 7] = 28
    activation[1, 2, 11] = -9
    weights = generator.normal(0, 0.1, (32, 8)).astype(np.float32)
    exact = activation @ (np.round(weights / (np.abs(weights).max() / 64)) * (np.abs(weights).max() / 64))
    cut, split = (product(activation, weights, Range(-1, 2, outliers)) for outliers in ((), (7, 11)))
    assert np.abs(cut - exact).max() > 1
    assert np.abs(split - exact).max() < 0.02
