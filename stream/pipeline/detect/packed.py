"""What the detector has learned as bytes, digit for digit, and back; see :mod:`stream.pipeline.detect.state`."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.state import COLUMNS, SLOTS, Baselines, forget_share_hours


def pack(baselines: Baselines) -> bytes:
    """Return the arrays as bytes, squeezed: most of what is kept of a quiet series is nothing."""
    arrays = {column.stored: getattr(baselines, name) for name, column in COLUMNS.items()}
    plain = msgspec.msgpack.encode({name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()})
    return zlib.compress(plain, 1)


def unpack(content: bytes) -> Baselines:
    """Return the arrays that :func:`pack` made bytes of.

    Raises:
        ValueError: these are no such bytes.
    """
    try:
        plain = zlib.decompress(content)
        stored = msgspec.msgpack.decode(plain, type=dict[str, tuple[str, tuple[int, ...], bytes]])
        arrays = {
            name: _array(*stored[column.stored])
            for name, column in COLUMNS.items()
            if column.stored in stored or not column.added
        }
        for name, column in COLUMNS.items():
            arrays.setdefault(name, column.new(len(arrays["since"]), *((SLOTS,) if column.axes == "hours" else ())))
        baselines = Baselines(**arrays)
        if COLUMNS["hour_negatives"].stored not in stored:  # of an older release
            forget_share_hours(baselines, slice(None))
        return baselines
    except (zlib.error, msgspec.DecodeError, KeyError, TypeError) as error:
        raise ValueError(f"no detector's arrays: {error}") from error


def _array(kind: str, shape: Sequence[int], content: bytes) -> NDArray[Any]:
    if kind not in ("<f8", "<i8"):
        raise ValueError(f"an array of {kind}")
    return np.frombuffer(content, kind).reshape(shape).copy()
