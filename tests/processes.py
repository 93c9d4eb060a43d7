"""Processes that a test starts, and that end with it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr

STOP_WITHIN = 60.0  # seconds


@contextmanager
def ended(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """The process has ended when this is over, also where the test has failed: else it would be waited for.

    It is asked first, so that it stops what it has started itself.
    """
    with process:
        try:
            yield process
        finally:
            process.terminate()  # does nothing to one that is known to have ended
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
