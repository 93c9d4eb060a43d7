"""How the suite itself runs: a skip that fails, a test that runs alone, what a failure says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import ALLOWED

ROOT = Path(__file__).parents[1]
SKIPPED = """
import pytest

def test_the_same_reason(): pytest.skip("needs a moon")
@pytest.mark.skip(reason="needs a moon")
def test_marked(): pass
@pytest.mark.xfail
def test_known(): assert False
"""
# Each test of either file says when it begins and ends, on one clock.
SAYS = """
import pathlib, time, pytest

def say(name):
    begun = time.monotonic()
    time.sleep(1)
    with pathlib.Path("said").open("a") as file: file.write(f"{name} {begun} {time.monotonic()}\\n")

def test_one(): say("shared")
@pytest.mark.alone
def test_two(): say("alone")
def test_three(): say("shared")
"""


FAILS = """
from stream.embedded.worker import WorkerProcess

def test_it(tmp_path):
    worker = WorkerProcess({}, tmp_path / "worker.log")
    worker.log.write_text("the beginning " + "x" * 6000 + " no route to the moon")
    assert not worker
"""


def _pytest(folder: Path, *arguments: str, **values: str) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.skips",
        "-p",
        "xdist",
        "-p",
        "tests.side_by_side",
        "-q",
        *arguments,
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", ALLOWED))}
    env = kept | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | values
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=400).stdout


@pytest.mark.parametrize(
    ("allowed", "outcomes"),
    [
        (None, "2 skipped, 1 xfailed"),
        ("a moon", "2 skipped, 1 xfailed"),
        ("a sun", "1 failed, 1 xfailed, 1 error"),
        ("", "1 failed, 1 xfailed, 1 error"),
    ],
)
def test_a_skip_fails_for_all_but_the_one_reason(tmp_path: Path, allowed: str | None, outcomes: str) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED)
    said = _pytest(tmp_path, **({} if allowed is None else {ALLOWED: allowed}))
    assert outcomes in said
    assert ("needs a moon. " in said) == ("failed, " in outcomes)


def test_a_file_that_is_skipped_fails_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    assert "1 error" in _pytest(tmp_path, **{ALLOWED: ""})
    assert "1 skipped" in _pytest(tmp_path)


def test_what_runs_alone_runs_while_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = alone\n")
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(SAYS)
    assert "9 passed" in _pytest(tmp_path, "-n", "3", "--dist", "loadfile")
    lines = [line.split() for line in (tmp_path / "said").read_text().splitlines()]
    spans = [(name, float(begun), float(ended)) for name, begun, ended in lines]
    pairs = [(one, other) for one in spans for other in spans if one is not other]
    together = {frozenset((one[0], other[0])) for one, other in pairs if one[1] < other[2] and other[1] < one[2]}
    assert together == {frozenset(("shared",))}


def test_what_fails_says_what_its_worker_said(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FAILS)
    said = _pytest(tmp_path, "-p", "tests.logs")
    assert "no route to the moon" in said
    assert "the beginning" not in said.partition("end of ")[2]
