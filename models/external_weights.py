"""Weights that an ONNX graph keeps in other files. Read from the file's bytes: serving does without the package onnx.

Only the messages that can hold a tensor are followed, by the numbers of onnx.proto, which never change.
"""

from __future__ import annotations

from collections.abc import Iterator

Span = tuple[int, int]
# Message -> number of a field -> the message in it.
_MESSAGES = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_NAME, _EXTERNAL_DATA, _DATA_LOCATION = 8, 13, 14  # of a tensor
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def external_tensors(model: bytes) -> list[str]:
    """Return the names of the tensors whose weights stand in another file.

    Raises:
        ValueError: ``model`` is no ONNX file.
    """
    names = []
    pending: list[tuple[str, Span]] = [("model", (0, len(model)))]
    while pending:
        kind, span = pending.pop()
        if kind == "tensor":
            if (name := _external(model, span)) is not None:
                names.append(name)
            continue
        for number, content in _fields(model, span):
            if isinstance(content, tuple) and number in _MESSAGES[kind]:
                pending.append((_MESSAGES[kind][number], content))
    return sorted(names)


def _external(model: bytes, span: Span) -> str | None:
    name, elsewhere = "", False
    for number, content in _fields(model, span):
        if number == _NAME and isinstance(content, tuple):
            name = model[content[0] : content[1]].decode(errors="replace")
        elsewhere |= number == _EXTERNAL_DATA or (number == _DATA_LOCATION and content != 0)
    return name if elsewhere else None


def _fields(model: bytes, span: Span) -> Iterator[tuple[int, int | Span]]:
    """Yield (number, value) of a message; of a field with a length, the place of its content."""
    at, end = span
    while at < end:
        key, at = _varint(model, at, end)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(model, at, end)
            yield number, value
            continue
        if kind == _LENGTH:
            size, at = _varint(model, at, end)
        else:
            size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind, end)
        if at + size > end:
            raise ValueError(f"a field ends behind its message, at byte {at}")
        yield number, (at, at + size)
        at += size


def _varint(model: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at >= end:
            break
        byte = model[at]
        at += 1
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at
    raise ValueError(f"no number at byte {at}")
