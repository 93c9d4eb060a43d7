"""How many cores a process may use: those that it may run on, and no more than its container's quota."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_V1 = ("cpu", "cpu,cpuacct")


def usable_cores(root: Path = Path("/")) -> int:
    """Return the number of cores, 1 at least; part of a core counts as one.

    ``os.cpu_count()`` counts those of the machine: 64 runs of the model at once on the two of a container.

    Args:
        root: where ``proc`` and ``sys`` lie; for tests.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quotas, in cores, of the process's control group and of those around it, of both versions."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        mounted = root / "sys/fs/cgroup"
        if not controllers:
            for folder in _upwards(mounted, path):
                yield from _quota(*_read(folder / "cpu.max").split()[:2])
        elif "cpu" in controllers.split(","):
            for folder in (folder for name in _V1 for folder in _upwards(mounted / name, path)):
                yield from _quota(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


def _upwards(mounted: Path, path: str) -> Iterator[Path]:
    # Within a container the path may be the host's, of which nothing is mounted but its end, as the root.
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        yield mounted.joinpath(*parts[:count])


def _quota(quota: str = "", period: str = "") -> Iterator[float]:
    try:
        time, every = int(quota), int(period)  # both in microseconds
    except ValueError:  # "max", or no such file
        return
    if time > 0 and every > 0:  # -1 is no quota
        yield time / every


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
