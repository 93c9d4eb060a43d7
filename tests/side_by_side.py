"""The whole suite runs in several processes side by side; a test marked ``alone`` runs while the others rest.

Most tests wait: for servers to start, for a worker to see a document, for a time to pass. So there are more processes
than cores. Each takes whole files, the slow ones first, and has servers of its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

LEAST, MOST = 3, 6  # processes: with fewer the cores are idle, and each costs a gigabyte for its servers
FOLDER: pytest.StashKey[Path] = pytest.StashKey()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes: none but this one for tests that somebody names, or only lists."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    return 0 if named or config.option.collectonly else min(max(LEAST, (os.cpu_count() or 1) + 1), MOST)


def slow_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the files with a slow test first: begun last they would end last, with the other processes idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    return sorted(items, key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process where the locks are."""
    folder = node.config.stash.setdefault(FOLDER, None) or Path(mkdtemp(prefix="bellwether-tests-"))
    node.config.stash[FOLDER] = folder
    node.workerinput["locks"] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the locks away."""
    if (folder := config.stash.get(FOLDER, None)) is not None:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: waiting for its turn is not counted as the test's time
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test when it is its turn."""
    locks = getattr(item.config, "workerinput", {}).get("locks")
    if locks is None:
        return (yield)
    with _turn(Path(locks), alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the lock that tests share, or one has alone. Who waits for it stands in the door, so that nobody passes."""
    with (folder / "door").open("w") as door, (folder / "room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
