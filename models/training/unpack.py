"""A run out of a served artifact, its weights in float again: to train on, to shrink, to export for a GPU.

Our export leaves the names of the parameters in the graph, and those of the modules in the outputs of their products.
An int8 weight is known to half a step of its column's scale, so the run answers as the artifact does but for rounding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from models.artifact import Artifact, open_artifact
from models.errors import DatasetError
from models.training.export.blocks import PRODUCT as IN_BLOCKS
from models.training.export.blocks import STEPS, unpacked
from models.training.recipe import Recipe
from models.training.run_folder import BEST, ENTITY_LAYER, HEADS

Bert: Any = BertModel  # untyped, as are its libraries
Tokenizer: Any = PreTrainedTokenizerFast
Floats = NDArray[np.float32]
Weights = dict[str, Floats]
OF_ENCODER, OF_HEADS, OF_NAMES = "network.encoder.", "network.heads.", "entity."
LAYER = "encoder.layer.{}."
NAMES = "/entity/"  # what outputs within the layers of names begin with
OF_LAYER = re.compile(r"/entity/layers\.(\d+)(/.+)")
PRODUCT = re.compile(r"/(.+)/MatMul_output_0(_outlier_rest)?$")  # of models.training.export.outliers: the part in int8
ATTENTION = re.compile(r"/encoder/encoder/layer\.(\d+)/attention/self/")
ASKED = {  # of a last layer asked once (models.training.network.pooling), which is called from outside of the encoder
    "query": "attention.self.query",
    "output/dense": "attention.output.dense",
    "intermediate/dense": "intermediate.dense",
    "output/dense_1": "output.dense",
}
SPECIAL = {
    "unk_token": "[UNK]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def unpack(folder: Path, run: Path) -> None:
    """Write the artifact in ``folder`` as a finished run into ``run``, a new folder.

    Raises:
        ArtifactError: ``folder`` holds no whole artifact.
        DatasetError: ``run`` is there, or the artifact was not exported from a run whose encoder is built as BERT's is.
    """
    if run.exists():
        raise DatasetError(f"{run} is there already; give another folder")
    artifact = open_artifact(folder)
    graph = onnx.load(artifact.graph).graph
    try:
        constants = _constants(graph)
        weights = {name: value for name, value in constants.items() if name.startswith(OF_ENCODER)}
        asked = _add_products(weights, graph, constants)
        encoder = _encoder(weights, graph)
        names = _names(graph, constants) if artifact.manifest.entity else {}
    except (KeyError, RuntimeError, ValueError) as error:
        raise DatasetError(
            f"{folder} cannot be unpacked: it was not exported from a run whose encoder is built as BERT's is"
        ) from error
    best = run / BEST
    encoder.save_pretrained(best / "encoder")
    Tokenizer(tokenizer_file=str(artifact.tokenizer), **SPECIAL).save_pretrained(best / "encoder")
    torch.save(_heads(constants), best / HEADS)
    if names:
        torch.save(names, best / ENTITY_LAYER)
    recipe = Recipe(pooling="last_layer" if asked else "mean", languages=artifact.manifest.languages)
    _write_notes(run, artifact, recipe)


def _constants(graph: Any) -> Weights:
    """Return name -> value of each constant, int8 ones as what they stand for."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for quantised in [name for name in constants if name.endswith("_quantized")]:
        name = _before_quantising(quantised)
        steps, zero, scale = (constants.pop(f"{name}_{part}") for part in ("quantized", "zero_point", "scale"))
        constants[name] = (steps.astype(np.float32) - zero.astype(np.float32)) * scale
    for node in graph.node:  # what is kept as fp16 (models.training.export.half)
        if node.op_type == "Cast" and node.input[0] in constants:
            constants[node.output[0]] = constants.pop(node.input[0])
        elif node.op_type == IN_BLOCKS:
            steps, scales = (constants.pop(name) for name in node.input[1:3])
            rows = next(one.i for one in node.attribute if one.name == "K")
            constants[_before_quantising(node.input[1])] = unpacked(steps, scales, rows)
    return {name: np.array(value, np.float32) for name, value in constants.items()}


def _before_quantising(constant: str) -> str:
    """Return the name of a constant before it was quantised."""
    return constant.removesuffix("_quantized").removesuffix(STEPS)


def _add_products(weights: Weights, graph: Any, constants: Weights) -> bool:
    """Add the matrices, which the graph holds without their names; return whether the last layer is asked once."""
    attentions = [node for node in graph.node if node.op_type in ("Attention", "QAttention")]
    for node in attentions:
        weights |= _split_attention(node, constants)
    stacks = []
    last = LAYER.format(len(attentions))
    for node in graph.node:
        value = constants.get(_before_quantising(node.input[1])) if "MatMul" in node.op_type else None
        place = PRODUCT.match(node.output[0])
        if node.output[0].startswith(NAMES):
            continue
        if value is not None and value.ndim == 3:  # a stack, one matrix per head
            stacks.append(value)
        elif value is not None and place is not None:
            path = place[1].removeprefix("encoder/").replace("/", ".")
            path = last + ASKED[place[1]] if place[1] in ASKED else path
            weights[f"{OF_ENCODER}{path}.weight"] = value.T
    if stacks:
        key, value = stacks
        weights |= _split_stacks(key, value, f"{OF_ENCODER}{last}attention.self.")
    return bool(stacks)


def _split_attention(node: Any, constants: Weights) -> Weights:
    """Return query, key and value of a fused attention, (width, 3 x width) and (3 x width,)."""
    place = ATTENTION.match(node.output[0])
    if place is None:
        raise ValueError(node.output[0])
    matrix, bias = (constants[_before_quantising(name)] for name in node.input[1:3])
    own = f"{OF_ENCODER}{LAYER.format(place[1])}attention.self."
    parts = zip(("query", "key", "value"), np.split(matrix.T, 3), np.split(bias, 3), strict=True)
    return {
        f"{own}{name}.{kind}": value
        for name, *both in parts
        for kind, value in zip(("weight", "bias"), both, strict=True)
    }


def _split_stacks(key: Floats, value: Floats, own: str) -> Weights:
    """Return key and value of a layer asked once: (heads, size, width), (heads, width, size); K has no bias."""
    width = key.shape[-1]
    return {
        f"{own}key.weight": key.reshape(-1, width),
        f"{own}key.bias": np.zeros(width, np.float32),
        f"{own}value.weight": value.transpose(0, 2, 1).reshape(-1, width),
    }


def _names(graph: Any, constants: Weights) -> dict[str, Any]:
    """Return the state of the layer of names. Raises KeyError or ValueError where it is not built as ours is."""
    weights = {}
    for name, stored in constants.items():
        if name.startswith(OF_NAMES):
            turned = stored.T if name.endswith("_Transposed") else stored
            weights[name.removeprefix(OF_NAMES).removesuffix("_Transposed")] = turned
    stacks: dict[str, list[Floats]] = {}
    for node in graph.node:
        value = constants.get(_before_quantising(node.input[1])) if node.op_type in ("MatMul", IN_BLOCKS) else None
        place = OF_LAYER.match(node.output[0])
        if value is None or place is None:
            continue
        if value.ndim == 3:
            stacks.setdefault(place[1], []).append(value)
        elif part := PRODUCT.match(place[2]):
            weights[f"layers.{place[1]}.{ASKED[part[1]]}.weight"] = value.T
    for number, (key, values) in stacks.items():
        weights |= _split_stacks(key, values, f"layers.{number}.attention.self.")
    return {name: torch.tensor(np.ascontiguousarray(value)) for name, value in weights.items()}


def _encoder(weights: Weights, graph: Any) -> Any:
    """Return the encoder with all of its weights. Raises KeyError or RuntimeError where they are not BERT's."""
    words, places, kinds = (
        weights[f"{OF_ENCODER}embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    )
    up_projections = [value for name, value in weights.items() if name.endswith(".intermediate.dense.weight")]
    config = BertConfig(
        vocab_size=len(words),
        max_position_embeddings=len(places),
        type_vocab_size=len(kinds),
        hidden_size=words.shape[1],
        num_hidden_layers=len(up_projections),
        intermediate_size=len(up_projections[0]),
        num_attention_heads=next(one.i for node in graph.node for one in node.attribute if one.name == "num_heads"),
    )
    encoder = Bert(config, add_pooling_layer=False)
    encoder.load_state_dict({name.removeprefix(OF_ENCODER): torch.tensor(value) for name, value in weights.items()})
    return encoder


def _heads(constants: Weights) -> dict[str, Any]:
    heads = {}
    for name, value in constants.items():
        if name.startswith(OF_HEADS) and name.endswith((".bias", ".weight", ".weight_Transposed")):
            turned = value.T if name.endswith("_Transposed") else value
            heads[name.removeprefix(OF_HEADS).removesuffix("_Transposed")] = torch.tensor(np.ascontiguousarray(turned))
    return heads


def _write_notes(run: Path, artifact: Artifact, recipe: Recipe) -> None:
    manifest = artifact.manifest
    labels: Mapping[str, Sequence[str]] = {name: head.labels for name, head in manifest.heads.items()}
    (run / "labels.json").write_text(json.dumps(labels, indent=2) + "\n")
    (run / "recipe.json").write_bytes(msgspec.json.encode(recipe) + b"\n")
    notes = [*manifest.training.get("notes", ()), f"Weights of the artifact {manifest.name} {manifest.hash[:12]}."]
    known = {"base": manifest.name, "rows": {}, **manifest.training, "notes": notes}
    (run / "training.json").write_bytes(msgspec.json.encode(known) + b"\n")
