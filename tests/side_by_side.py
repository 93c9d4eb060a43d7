"""The whole suite runs in several processes side by side.

Most tests wait: for servers to start, for a worker to see a document, for a time to pass. So there are more processes
than cores. Each takes whole files, the slow ones first, and has servers of its own.
"""

from __future__ import annotations

import os

import pytest

LEAST, MOST = 3, 6  # processes: with fewer the cores are idle, and each costs a gigabyte for its servers


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes: none but this one for tests that somebody names, or only lists."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    return 0 if named or config.option.collectonly else min(max(LEAST, (os.cpu_count() or 1) + 1), MOST)


def slow_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the files with a slow test first: begun last they would end last, with the other processes idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    return sorted(items, key=lambda item: item.path not in slow)
