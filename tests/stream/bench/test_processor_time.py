"""Processor time is counted for this process and for those that it started, whatever the machine does meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream.bench.processor_time import processor_seconds

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="Linux counts it in /proc")
BUSY = """
import sys, time
while time.process_time() < 0.3:
    pass
print("done", flush=True)
sys.stdin.read()
"""


def test_a_child_counts_by_the_name_that_it_was_given() -> None:
    child = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"done"
        seconds = processor_seconds({child.pid: "worker", os.getpid(): "publisher"})
    assert seconds["worker"] >= 0.25  # to a tick of the kernel's clock or two
    assert seconds["publisher"] > 0
    assert not {"init", "systemd"} & set(seconds)  # those above do not count


def test_others_are_called_as_their_program_is() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            assert "sleep" in processor_seconds({})
        finally:
            child.kill()
