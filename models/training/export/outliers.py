"""Activations that one scale per tensor cannot hold: a few channels of an encoder reach ten times as far as the others.

Such a channel makes the int8 steps of all channels coarse. Here the scale covers the other channels only; what the
outliers have beyond it, x - clip(x), is multiplied by their rows of the weights in float and added. The sum is the same
product, x W = clip(x) W + (x - clip(x)) W. After Dettmers et al. (2022), *LLM.int8()*, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, helper, numpy_helper

PRODUCT = "MatMulIntegerToFloat"
# Per product. Of the encoders shipped, a few channels reach ten times as far as the others; each costs a row of floats.
CHANNELS = 4
# How many times narrower the range must become: less does not pay for the five operators that the rest takes.
WORTH = 1.5

Floats = npt.NDArray[np.float32]


class Range(NamedTuple):
    """What the scale of one activation covers, and the channels that reach beyond it."""

    low: float
    high: float
    outliers: tuple[int, ...] = ()


def range_of(lows: Floats, highs: Floats, percentile: float, may_split: bool) -> Range:
    """Return the range that holds the extremes of ``percentile`` of the texts; values beyond are cut.

    Args:
        lows: (texts, channels) lowest values.
        highs: (texts, channels) highest values.
        percentile: 100 keeps everything that was seen.
        may_split: whether the widest channels may be left out of the range.
    """
    whole = _extremes(lows, highs, percentile)
    if not may_split or lows.shape[1] <= CHANNELS:
        return Range(*whole)
    reach = np.maximum(highs.max(0), -lows.min(0))
    widest = np.sort(np.argsort(-reach)[:CHANNELS])
    low, high = _extremes(np.delete(lows, widest, 1), np.delete(highs, widest, 1), percentile)
    if whole[1] - whole[0] < WORTH * (high - low):
        return Range(*whole)
    return Range(low, high, tuple(int(channel) for channel in widest))


def _extremes(lows: Floats, highs: Floats, percentile: float) -> tuple[float, float]:
    low = min(float(np.percentile(lows.min(1), 100 - percentile)), 0.0)
    return low, max(float(np.percentile(highs.max(1), percentile)), 0.0)


def add_overflow(model: onnx.ModelProto, ranges: Mapping[str, tuple[str, Range]]) -> None:
    """Add to each product of ``model`` what its activation's outliers have beyond the range; changes the model.

    Args:
        model: a graph of :func:`models.training.lean.lean`.
        ranges: name of the quantised activation -> (name of the activation in float, its range).
    """
    weights = {one.name: one for one in model.graph.initializer}
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        name, covered = ranges.get(node.input[0], ("", Range(0, 0))) if node.op_type == PRODUCT else ("", Range(0, 0))
        if not covered.outliers:
            nodes.append(node)
            continue
        channels = list(covered.outliers)
        rows = numpy_helper.to_array(weights[node.input[1]])[channels].astype(np.float32)
        rows = rows * numpy_helper.to_array(weights[node.input[3]])
        nodes += _with_overflow(model, node, name, covered, rows)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _with_overflow(
    model: onnx.ModelProto, node: NodeProto, name: str, covered: Range, rows: Floats
) -> Iterator[NodeProto]:
    output = node.output[0]
    constants: dict[str, npt.NDArray[Any]] = {
        "channels": np.array(covered.outliers, np.int64),
        "low": np.array(covered.low, np.float32),
        "high": np.array(covered.high, np.float32),
        "rows": rows,
    }
    names = {key: f"{output}_outlier_{key}" for key in (*constants, "all", "within", "beyond", "product", "rest")}
    model.graph.initializer.extend(numpy_helper.from_array(value, names[key]) for key, value in constants.items())
    node.output[0] = names["rest"]
    yield node
    yield helper.make_node("Gather", [name, names["channels"]], [names["all"]], axis=-1)
    yield helper.make_node("Clip", [names["all"], names["low"], names["high"]], [names["within"]])
    yield helper.make_node("Sub", [names["all"], names["within"]], [names["beyond"]])
    yield helper.make_node("MatMul", [names["beyond"], names["rows"]], [names["product"]])
    yield helper.make_node("Add", [names["rest"], names["product"]], [output])
