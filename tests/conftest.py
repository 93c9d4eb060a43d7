from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter; pytest's own are closed, and root runs Postgres as another user."""
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
