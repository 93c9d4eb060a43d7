"""The memory of a worker: what it has loaded, and what it takes for a while and gives back."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable

# New objects that outnumber the freed ones before a collection, then collections before one of the next generation.
# Python's own are 700, 10 and 10. A batch of 128 documents makes tens of thousands of objects, nearly all of which go
# without a collection.
THRESHOLDS = 20_000, 10, 10
# Pools that threads take memory from. glibc has up to eight for each core, and each keeps for itself what was freed.
ARENAS = 2
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
GIVE_BACK_EVERY = 15.0  # seconds; not tuned


def share_arenas() -> None:
    """Let all threads that are still to come share :data:`ARENAS` pools of memory, where the C library is glibc."""
    if (set_option := _of_libc("mallopt")) is not None:
        set_option(_ARENA_MAX, ARENAS)


def settle() -> None:
    """Leave what was loaded out of every later collection, and give back what loading took for a while.

    Modules, models and tables stay until the end. Looking through them took 0.1 to 0.2 s each time, in which no
    document moved.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    give_back()


def give_back() -> None:
    """Give memory that is free back to the system, where the C library is glibc, which would keep it."""
    if (trim := _of_libc("malloc_trim")) is not None:
        trim(0)


class GiveBack:
    """A stage that gives back what is free. Connecting and the first batches leave holes of some 15 MB."""

    name = "memory"

    async def tick(self) -> bool:
        """Give back, beside the event loop: it takes 0.3 to 7 ms, in which other threads wait only for new memory."""
        await asyncio.to_thread(give_back)
        return False


def _of_libc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc; None with another library, or on another system."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return None
    return found
