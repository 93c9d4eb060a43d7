"""The memory of a worker that has loaded all it needs, before its first document."""

from __future__ import annotations

import ctypes
import gc

# New objects that outnumber the freed ones before a collection, then collections before one of the next generation.
# Python's own are 700, 10 and 10. A batch of 128 documents makes tens of thousands of objects, nearly all of which go
# without a collection.
THRESHOLDS = 20_000, 10, 10


def settle() -> None:
    """Leave what was loaded out of every later collection, and give back what loading took for a while.

    Modules, models and tables stay until the end. Looking through them took 0.1 to 0.2 s each time, in which no
    document moved.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    _trim()


def _trim() -> None:
    """Give free memory back to the system, where the C library is glibc, which would keep it."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another library, or another system
        return
    trim(0)
