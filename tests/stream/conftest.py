import sys
from collections.abc import Callable, Iterator

import pytest

from stream.cli import main
from stream.translation import choose_language
from tests.clusters import cluster
from tests.postgres import database, empty_database, own_database, postgres, shared_database, template

__all__ = ["cluster", "database", "empty_database", "own_database", "postgres", "shared_database", "template"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the database; returns exit code, output and errors."""
    monkeypatch.setenv("BELLWETHER_POSTGRES", database)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr("getpass.getuser", lambda: "ann")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bellwether", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def chinese() -> Iterator[None]:
    """What people read is Chinese until the test ends."""
    choose_language("zh")
    yield
    choose_language("en")
