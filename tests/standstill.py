"""Processes that stand still for a while: their connections stay open, and nothing answers.

The kernel goes on to accept connections and to acknowledge what is sent.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stream.embedded import Server
from stream.embedded.worker import WorkerProcess

AT_MOST = 120.0  # seconds until all stand still; generous: the machine may be busy


@contextmanager
def still(process: Server | WorkerProcess | int) -> Iterator[None]:
    """The process and all below it stand still. Whatever happens, they go on at the end.

    Raises:
        ProcessLookupError: the process itself is not there. One below it that ends meanwhile is no fault.
    """
    pid = process if isinstance(process, int) else process.pid
    if pid is None:
        raise ProcessLookupError("there is no process")
    found = list[int]()
    os.kill(pid, 0)
    try:
        _stop_with_all_below(pid, found)
        yield
    finally:
        for one in found:
            _send(one, signal.SIGCONT)


def _stop_with_all_below(pid: int, found: list[int]) -> None:
    """Stop it, and when it stands and can have no more children, those that it has; add all to ``found``.

    Not its children before: a process that starts a program stands still only when the program has begun.
    """
    found.append(pid)  # before it is stopped, so that it goes on in any case
    _send(pid, signal.SIGSTOP)
    deadline = time.monotonic() + AT_MOST
    while not _stands(pid):
        assert time.monotonic() < deadline, f"process {pid} does not stand still"
        time.sleep(0.002)
    for child in _children(pid):
        _stop_with_all_below(child, found)


def _children(pid: int) -> list[int]:
    """Its children, of whichever thread."""
    children = list[int]()
    with suppress(OSError):  # it, or one of its threads, has just ended
        for file in Path(f"/proc/{pid}/task").glob("*/children"):
            children += map(int, file.read_text().split())
    return children


def _stands(pid: int) -> bool:
    """Whether it stands still, or is no more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "TtZX"


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
