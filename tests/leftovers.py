"""What this process holds, for tests that nothing is left behind.

Other tests of the process leave threads that end, and sockets that are collected, a moment later. So a number may sink,
or rise once; what is left behind each time makes it rise each time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """How many threads and descriptors a process has."""

    threads: int
    descriptors: int


def held_now() -> Held:
    """Count them."""
    return Held(threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))


def each_time_more(held: Sequence[Held]) -> bool:
    """Whether there were more threads, or more descriptors, each time."""
    return any(all(one < other for one, other in pairwise(numbers)) for numbers in zip(*held, strict=True))
