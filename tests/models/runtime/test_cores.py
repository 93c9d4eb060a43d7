"""Cores of a process: affinity, and quotas of control groups of both versions, from files as Linux shows them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.runtime.cores import usable_cores
from models.runtime.providers import runs_at_once

V1, V2 = "4:cpu,cpuacct:{}\n3:cpuset:/x\n1:name=systemd:/y\n", "0::{}\n"


@pytest.mark.parametrize(
    ("group", "files", "cores"),
    [
        (V2.format("/"), {"cpu.max": "max 100000\n"}, 64),
        (V2.format("/"), {"cpu.max": "200000 100000\n"}, 2),
        (V2.format("/"), {"cpu.max": "150000 100000\n"}, 2),
        (V2.format("/"), {"cpu.max": "50000 100000\n"}, 1),
        (V2.format("/a/b"), {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
        (V2.format("/a/b"), {"a/b/cpu.max": "400000 100000\n", "cpu.max": "800000 100000\n"}, 4),
        (V2.format("/host/id"), {"cpu.max": "200000 100000\n"}, 2),  # the host's path, in a container
        (V2.format("/../../a"), {"cpu.max": "200000 100000\n"}, 2),
        (V1.format("/"), {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 64),
        (V1.format("/d/1"), {"cpu/cpu.cfs_quota_us": "250000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        (V1.format("/d"), {f"cpu,cpuacct/d/cpu.cfs_{n}_us": f"{v}\n" for n, v in [("quota", 7), ("period", 1)]}, 7),
        (V1.format("/d"), {"cpu/cpu.cfs_quota_us": "250000\n"}, 64),
        (V2.format("/"), {"cpu.max": "nonsense"}, 64),
        (V2.format("/"), {"cpu.max": "9 0"}, 64),
        ("nonsense", {}, 64),
        ("", {}, 64),
    ],
)
def test_the_quota_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, files: dict[str, str], cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    for name, content in {"proc/self/cgroup": group, **{f"sys/fs/cgroup/{n}": c for n, c in files.items()}}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert usable_cores(tmp_path) == cores


def test_the_cores_that_the_process_may_run_on_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5})
    assert usable_cores(tmp_path) == 2
    assert runs_at_once("cpu", 0) <= 2
    assert (runs_at_once("cpu", 7), runs_at_once("cuda", 0)) == (7, 1)
    monkeypatch.delattr(os, "sched_getaffinity")  # as where the system has none
    assert usable_cores(tmp_path) == 64
