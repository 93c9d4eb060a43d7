"""Processes that stand still: all of them, and all go on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import standstill
from tests.standstill import still

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are read from /proc")
AT_MOST = 120.0  # generous: the machine may be busy
# One that stays, and others that come and go all the time, while the file grows.
BUSY = 'sleep 1000 & echo $! > "$0.child"; while :; do sh -c "echo >> $0"; done'


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sh", "-c", BUSY, str(tmp_path / "lines")], start_new_session=True) as process:
        try:
            _until(lambda: _lines(tmp_path) > 0)
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + AT_MOST
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _lines(folder: Path) -> int:
    file = folder / "lines"
    return file.stat().st_size if file.exists() else 0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_children_that_come_and_go_stand_still_too_and_all_go_on(busy: subprocess.Popen[bytes], tmp_path: Path) -> None:
    child = int((tmp_path / "lines.child").read_text())
    for _ in range(20):
        before = _lines(tmp_path)
        with still(busy.pid):
            stood = _lines(tmp_path)
            time.sleep(0.05)
            assert _lines(tmp_path) == stood
            assert _state(child) == "T"
        _until(lambda: _state(child) == "S")
        _until(lambda: _lines(tmp_path) > before)  # noqa: B023


def test_they_go_on_where_one_of_them_cannot_be_stopped(
    busy: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(pid: int, number: signal.Signals) -> None:
        os.kill(pid, number)
        if number == signal.SIGSTOP:
            raise PermissionError(pid)

    monkeypatch.setattr(standstill, "_send", send)
    with pytest.raises(PermissionError), still(busy.pid):
        pytest.fail("it began")
    before = _lines(tmp_path)
    _until(lambda: _lines(tmp_path) > before)


def test_they_go_on_after_an_error(busy: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with pytest.raises(KeyError), still(busy.pid):
        raise KeyError
    before = _lines(tmp_path)
    _until(lambda: _lines(tmp_path) > before)


def test_a_process_that_is_gone_is_told_and_a_child_that_is_gone_is_not(
    busy: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    with pytest.raises(ProcessLookupError), still(gone.pid):
        pytest.fail("it began")
    children = standstill._children
    monkeypatch.setattr(standstill, "_children", lambda pid: [*children(pid), *([gone.pid] if pid == busy.pid else [])])
    with still(busy.pid):
        assert _state(busy.pid) == "T"
