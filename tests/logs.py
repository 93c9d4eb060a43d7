"""What servers and workers said stands in the report of a test that fails: there is no other way to ask them in CI."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path

import pytest

from stream.embedded import Server
from stream.embedded.worker import WorkerProcess

MOST = 6000  # characters of a log: its end


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of the logs of all servers and workers that this process holds; their folders are still there."""
    report = yield
    if report.failed:
        report.sections += [(f"end of {path}", text) for path in _logs() if (text := _end(path))]
    return report


def _logs() -> list[Path]:
    # Every object, and not a list of them: only a test that fails pays for it. By its type alone, since there are
    # objects which, asked for their class, stand for another.
    held = gc.get_objects()
    paths = {one._log for one in held if issubclass(type(one), Server)}
    return sorted(paths | {one.log for one in held if issubclass(type(one), WorkerProcess)})


def _end(path: Path) -> str:
    try:
        return path.read_text(errors="replace")[-MOST:].strip()
    except OSError:
        return ""  # its test is over
