"""How the suite itself runs: a skip that fails, what a failure says."""

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
FAILS = """
from stream.embedded.worker import WorkerProcess

def test_it(tmp_path):
    worker = WorkerProcess({}, tmp_path / "worker.log")
    worker.log.write_text("the beginning " + "x" * 6000 + " no route to the moon")
    assert not worker
"""
LEAVES = """
import gc, socket
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

def test_it():
    gc.disable()
    circle = [socket.socket()]
    circle.append(circle)
"""
LATER = """
import gc

def test_later():
    gc.enable()
    gc.collect()
"""


def _pytest(folder: Path, *arguments: str, **values: str) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.skips",
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


def test_what_fails_says_what_its_worker_said(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FAILS)
    said = _pytest(tmp_path, "-p", "tests.logs")
    assert "no route to the moon" in said
    assert "the beginning" not in said.partition("end of ")[2]


@pytest.mark.parametrize(("plugins", "outcomes"), [((), "1 failed, 1 passed"), (("-p", "tests.leftovers"), "2 passed")])
def test_what_a_file_may_leave_to_the_garbage_collector_fails_no_later_one(
    tmp_path: Path, plugins: tuple[str, ...], outcomes: str
) -> None:
    (tmp_path / "test_it.py").write_text(LEAVES)
    (tmp_path / "test_later.py").write_text(LATER)
    assert outcomes in _pytest(tmp_path, *plugins, "-W", "error")
