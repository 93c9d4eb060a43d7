"""What changed between two states of the detector's arrays, as bytes: a few numbers a series instead of hundreds."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.state import COLUMNS, Baselines

Words = NDArray[np.uint64]
# Per array: its stored name, how many numbers it had and has, a bit for each that changed, and these.
Piece = tuple[str, int, bytes, bytes]


def pack_changes(before: Baselines, after: Baselines) -> bytes:
    """Return what makes ``after`` of ``before``, whose rows are the first ones of it; digit for digit."""
    pieces = [
        piece
        for name, column in COLUMNS.items()
        if (piece := _piece(column.stored, getattr(before, name), getattr(after, name)))
    ]
    return zlib.compress(msgspec.msgpack.encode((len(after), pieces)), 1)


def unpack_changes(before: Baselines, content: bytes) -> Baselines:
    """Return what :func:`pack_changes` was given as ``after``.

    Raises:
        ValueError: these are no such bytes, or those of another ``before``.
    """
    try:
        rows, pieces = msgspec.msgpack.decode(zlib.decompress(content), type=tuple[int, list[Piece]])
        arrays = {column.stored: _longer(getattr(before, name), rows) for name, column in COLUMNS.items()}
        for name, count, mask, numbers in pieces:
            array = arrays[name]
            if array.size != count:
                raise ValueError(f"{count} numbers of {name}, not {array.size}")
            changed = np.unpackbits(np.frombuffer(mask, np.uint8), count=count).astype(np.bool_)
            words = np.frombuffer(numbers, np.uint8).reshape(8, -1).T.copy().view(np.uint64).reshape(-1)
            _words(array)[changed] ^= words
        return Baselines(**{name: arrays[column.stored] for name, column in COLUMNS.items()})
    except (zlib.error, msgspec.DecodeError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"no changes of a detector's arrays: {error}") from error


def _piece(name: str, before: NDArray[Any], after: NDArray[Any]) -> Piece | None:
    apart = _words(_longer(before, len(after))) ^ _words(after)
    changed = apart != 0
    if not changed.any():
        return None
    # All first bytes, then all second ones: numbers that have moved a little differ in their last bytes alone.
    numbers = apart[changed].view(np.uint8).reshape(-1, 8).T.tobytes()
    return name, apart.size, np.packbits(changed).tobytes(), numbers


def _longer(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """Return a copy with ``rows`` rows, those that are new of zeros."""
    longer = np.zeros((rows, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


def _words(array: NDArray[Any]) -> Words:
    return array.reshape(-1).view(np.uint64)
