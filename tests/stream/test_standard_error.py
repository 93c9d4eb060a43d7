"""A log that cannot be written ends nothing, and is told elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
LINES = """
import logging, sys
from stream.cli import main
from stream.standard_error import lost_lines
from stream.worker.announcing import announce

def app():
    announce("ready")
    logging.warning("late")
    sys.stderr.flush()
    print(lost_lines())

import stream.cli
stream.cli.app = app
main()
"""


def _said(error: int) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", LINES]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=error, text=True, env=environment, check=False)
    assert done.returncode == 0
    return done.stdout


@pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is full")
def test_a_full_disk_ends_no_worker_and_is_told() -> None:
    with FULL.open("w") as file:
        assert _said(file.fileno()) == "['the log cannot be written: No space left on device']\n"


def test_nor_does_a_pipe_that_nobody_reads() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert _said(writer) == "['the log cannot be written: Broken pipe']\n"
    os.close(writer)


def test_what_is_written_is_not_told(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        assert _said(file.fileno()) == "[]\n"
    assert (tmp_path / "log").read_text() == "ready\nWARNING:root:late\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is full")
def test_a_wrong_setting_keeps_its_exit_code() -> None:
    environment = {**os.environ, "BELLWETHER_BATCH": "x", "PYTHONPATH": str(Path.cwd())}
    with FULL.open("w") as file:
        command = [sys.executable, "-m", "stream", "worker"]
        assert subprocess.run(command, stdout=file, stderr=file, env=environment, check=False).returncode == 2
