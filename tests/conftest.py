from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is; speed is measured by `bellwether bench`.
settings.register_profile("bellwether", deadline=None)
settings.load_profile("bellwether")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter; pytest's own are closed, and root runs Postgres as another user."""
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="Every fault of tests/chaos, not only the short form.")
    parser.addoption("--chaos-report", help="Append the rows of the table of tests/chaos to this file.")
