"""What this process holds, for tests that nothing is left behind.

Other tests of the process leave threads that end, and sockets that are collected, a moment later. So a number may sink,
or rise once; what is left behind each time makes it rise each time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Collect what a file whose tests may leave sockets open has left, before a test of another file is told of it.

    The libraries leave them in circles, and then they are closed in whatever test garbage happens to be collected.
    """
    result = yield
    marks = item.iter_markers("filterwarnings")
    if (nextitem is None or nextitem.path != item.path) and any("ResourceWarning" in str(mark.args) for mark in marks):
        gc.collect()
    return result
