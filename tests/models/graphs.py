"""Small ONNX graphs, written byte by byte: the package that makes them is no part of what serving needs."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, NamedTuple

from models.artifact import FORMAT_VERSION, GRAPH, TOKENIZER, Head, Manifest, file_hash, write_manifest
from models.labels import SENTIMENTS

FLOAT, INT64 = 1, 7


def varint(number: int) -> bytes:
    """Encode a number."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def field(number: int, content: int | bytes | str) -> bytes:
    """Encode a field of a message."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def value(name: str, kind: int, shape: list[str | int]) -> bytes:
    """Encode an input or output."""
    sizes = b"".join(field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sizes)))


def node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    """Encode a node."""
    named = b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind)
    return named + b"".join(field(5, attribute) for attribute in attributes)


def tensor(name: str, shape: list[int], kind: int, content: bytes | None, external: str = "") -> bytes:
    """Encode weights, in the graph or in a file beside it."""
    head = b"".join(field(1, size) for size in shape) + field(2, kind) + field(8, name)
    if content is None:
        return head + field(13, field(1, "location") + field(2, external)) + field(14, 1)
    return head + field(9, content)


class Shape(NamedTuple):
    """What a graph is like: where its weights stand, and what it takes."""

    external: str | None = None
    told: bool = True  # whether it says how many logits it gives
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    tokens: int = 0  # the most that it takes; 0 is any
    words: int = 1000  # of its vocabulary
    weight: float = 1.0


def graph(logits: dict[str, int], **changes: Any) -> bytes:
    """Encode a model with an output ``logits_NAME`` of so many columns per head; ``changes`` are those of its shape.

    It looks up a number per word, takes the mean over the tokens, and multiplies it with 0, 1, 2, ... per column.
    """
    like = Shape(**changes)
    nodes = [
        node("Gather", ["words", "input_ids"], "looked_up"),
        node("ReduceMean", ["looked_up"], "mean", field(1, "axes") + field(8, 1) + field(20, 7)),
        *(node("MatMul", ["mean", f"w_{name}"], f"logits_{name}") for name in logits),
    ]
    tensors = [tensor("words", [like.words], FLOAT, struct.pack("<f", like.weight) * like.words)]
    for name, size in logits.items():
        content = None if like.external else struct.pack(f"<{size}f", *range(size))
        tensors.append(tensor(f"w_{name}", [1, size], FLOAT, content, like.external or ""))
    inputs = [value(name, INT64, ["rows", like.tokens or "tokens"]) for name in like.inputs]
    outputs = [value(f"logits_{name}", FLOAT, ["rows", size if like.told else name]) for name, size in logits.items()]
    parts = [(1, nodes), (5, tensors), (11, inputs), (12, outputs)]
    content = b"".join(field(number, item) for number, items in parts for item in items) + field(2, "g")
    return field(1, 8) + field(7, content) + field(8, field(1, "") + field(2, 13))


def tokenizer_of(*words: str) -> str:
    """Return a tokenizer that knows these words, the first of which stands for all others."""
    model = {"type": "WordLevel", "vocab": {word: number for number, word in enumerate(words)}, "unk_token": words[0]}
    rest = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    return json.dumps(
        {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": model, **rest}
    )


def artifact(folder: Path, logits: int = 3, **changes: Any) -> Path:
    """Write an artifact of the head sentiment; ``changes`` are those of the graph's shape."""
    folder.mkdir(exist_ok=True)
    (folder / GRAPH).write_bytes(graph({"sentiment": logits}, **changes))
    (folder / TOKENIZER).write_text(tokenizer_of("[UNK]", "a"))
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name="small",
        precision="fp32",
        max_tokens=64,
        heads={"sentiment": Head(SENTIMENTS)},
        files={name: file_hash(folder / name) for name in (GRAPH, TOKENIZER)},
    )
    write_manifest(folder, manifest)
    return folder
