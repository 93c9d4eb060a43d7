"""Processor time of this process and of all that it started, as Linux counts it; nothing on other systems."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

# Of a program's name as Linux keeps it, 15 letters of it: tansu-v0.6.0-51
_VERSION = re.compile(r"-v?\d.*")


class _Process(NamedTuple):
    pid: int
    parent: int
    name: str
    seconds: float  # user's and system's


def processor_seconds(named: Mapping[int, str]) -> dict[str, float]:
    """Return the processor time so far of this process and those below it, in seconds, by name.

    Args:
        named: process id -> what it is called here; the others are called as their program is.
    """
    processes = {process.pid: process for process in _processes()}
    seconds: dict[str, float] = defaultdict(float)
    for process in processes.values():
        if _is_below(process, os.getpid(), processes):
            seconds[named.get(process.pid) or _VERSION.sub("", process.name)] += process.seconds
    return dict(seconds)


def _is_below(process: _Process, ancestor: int, processes: Mapping[int, _Process]) -> bool:
    at: _Process | None = process
    while at is not None and at.pid != ancestor:
        at = processes.get(at.parent)
    return at is not None


def _processes() -> Iterator[_Process]:
    """Yield all processes. See proc(5), ``stat``."""
    tick = os.sysconf("SC_CLK_TCK")
    for place in Path("/proc").glob("[0-9]*"):
        try:
            before, _, rest = (place / "stat").read_text().rpartition(")")
        except OSError:
            continue  # it ended meanwhile
        fields = rest.split()
        seconds = (int(fields[11]) + int(fields[12])) / tick
        yield _Process(int(place.name), int(fields[1]), before.partition("(")[2], seconds)
