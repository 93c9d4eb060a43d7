import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from stream.embedded.worker import WorkerProcess
from tests import leftovers, logs
from tests.side_by_side import pytest_xdist_auto_num_workers, slow_first
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = [
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_xdist_auto_num_workers",
]

# Threads that compute wait for each other by spinning. On two busy cores three tests of training took 100 s with one
# thread, and were not done after 590 s with two. Before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# How long an example takes says how busy the machine is; speed is measured by `bellwether bench`.
settings.register_profile("bellwether", deadline=None)
settings.load_profile("bellwether")
# So does how long a worker takes to be ready, and to end. It ends itself when it has not stopped within its own limit.
WorkerProcess.start_timeout, WorkerProcess.stop_timeout = 400.0, 60.0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter; pytest's own are closed, and root runs Postgres as another user."""
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(logs)
    config.pluginmanager.register(leftovers)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="Every fault of tests/chaos, not only the short form.")
    parser.addoption("--chaos-report", help="Append the rows of the table of tests/chaos to this file.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.get_closest_marker("apache") and _on_the_embedded_broker(item)]
    items[:] = slow_first([item for item in items if item not in left_out])
    config.hook.pytest_deselected(items=left_out)


def _on_the_embedded_broker(item: pytest.Item) -> bool:
    return hasattr(item, "callspec") and "embedded" in item.callspec.id.split("-")
