""".ci/tests: few tests that failed are run once more, alone; what fails again fails, and what is no test is final."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "tests"
pytestmark = pytest.mark.skipif(shutil.which("timeout") is None, reason="CI runs on Linux")

# Each "first" fails, or has something fail, the first time alone.
SUITE = """
import os, pathlib, time
import pytest

def first(name):
    file = pathlib.Path(__file__).with_name(name)
    return not file.exists() and file.touch() is None

@pytest.fixture
def begins_ill(request):
    assert not first(request.node.name)

@pytest.fixture
def ends_ill(request):
    yield
    assert not first(request.node.name)

def test_fine(): pass
@pytest.mark.parametrize("which", {flaky!r})
def test_flaky(which): assert not first(f"flaky{{len(which)}}{{which[0]}}")
"""
ILL = """
def test_error(begins_ill): pass
def test_error_at_the_end(ends_ill): pass
def test_that_ends_its_process():
    if first("crash"): os._exit(9)
"""
ALONE = "failed beside others and passed alone: test_it.py::test_"


def _ci(
    folder: Path, suite: str, *, seconds: int = 1000, workers: str = "2", again: str = "0"
) -> tuple[int, str, list[str]]:
    """Return the exit code, what was said, and the notes."""
    (folder / "test_it.py").write_text(suite)
    (folder / "notes").write_text("noted before\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env = kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI_AGAIN": again}
    command = [
        str(SCRIPT),
        "notes",
        str(seconds),
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist.plugin",
        "-q",
        "-n",
        workers,
    ]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=500)
    return done.returncode, done.stdout + done.stderr, (folder / "notes").read_text().splitlines()[1:]


def test_a_suite_that_passes_is_run_once(tmp_path: Path) -> None:
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=[]), workers="0")
    assert (code, notes) == (0, [])
    assert "once more" not in said


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_passes_alone_is_said_at_the_end(tmp_path: Path, workers: str) -> None:
    names = ["one", "a b::c[d]", "银行"]
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=names), workers=workers)
    assert code == 0, said
    assert [note.partition(ALONE)[0] for note in notes] == [".ci/tests: "] * 3
    assert said.rstrip().splitlines()[-3:] == notes


def test_errors_of_fixtures_and_a_process_that_ends_count_as_failures(tmp_path: Path) -> None:
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=["one"]) + ILL)
    assert (code, len(notes)) == (0, 4), said


def test_five_are_run_again_and_six_are_final(tmp_path: Path) -> None:
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=list("abcde")), workers="0")
    assert (code, len(notes)) == (0, 5), said
    for file in tmp_path.glob("flaky*"):
        file.unlink()
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=list("abcdef")), workers="0")
    assert (code, notes) == (1, [])
    assert "6 failed, which is more than 5, so none is run again" in said


def test_what_fails_again_fails(tmp_path: Path) -> None:
    suite = SUITE.format(flaky=["one"]) + "def test_wrong(): assert False\n"
    code, said, notes = _ci(tmp_path, suite, workers="0")
    assert (code, notes) == (1, [])
    assert said.rstrip().splitlines()[-1] == ".ci/tests: failed again, alone: test_it.py::test_wrong"


@pytest.mark.parametrize(
    ("suite", "workers", "code"),
    [
        ("import no_such_module\n", "0", 2),
        ("import no_such_module\n", "2", 1),
        ("import pytest\ndef test_it(): pytest.exit('enough', 7)\n", "0", 7),
        ("nothing = 1\n", "0", 5),
    ],
)
def test_what_is_no_test_that_failed_is_final(tmp_path: Path, suite: str, workers: str, code: int) -> None:
    found, said, notes = _ci(tmp_path, suite, workers=workers)
    assert (found, notes) == (code, []), said
    assert " is run again" in said


def test_a_file_that_cannot_be_collected_is_final_also_beside_tests(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("import no_such_module\n")
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=["one"]))
    assert (code != 0, notes) == (True, []), said
    assert "once more" not in said


def test_without_time_nothing_is_run_again(tmp_path: Path) -> None:
    code, said, notes = _ci(tmp_path, SUITE.format(flaky=["one"]), seconds=9, workers="0")
    assert (code, notes) == (1, [])
    assert "no time is left to run again what failed: test_it.py::test_flaky[one]" in said


def test_the_second_run_has_some_time_though_the_first_took_all(tmp_path: Path) -> None:
    code, _, notes = _ci(tmp_path, SUITE.format(flaky=["one"]), seconds=0, workers="0", again="60")
    assert (code, notes) == (0, [f".ci/tests: {ALONE}flaky[one]"])


def test_a_second_run_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    suite = SUITE.format(flaky=[]) + "def test_long():\n    assert not first('long')\n    time.sleep(3000)\n"
    code, said, notes = _ci(tmp_path, suite, seconds=25, workers="0")
    assert (code, notes) == (1, [])
    assert "before these had passed alone: test_it.py::test_long" in said or "no time is left" in said
