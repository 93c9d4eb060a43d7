"""What is wrong with a file is told before the model is loaded."""

from pathlib import Path
from typing import Any

import pytest

from models.errors import ArtifactError
from stream.adapters.files.documents import DocumentFile
from stream.cli.work import classify
from stream.errors import BellwetherError


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("the model is loaded")

    monkeypatch.setattr(classify, "load_models", fail)


def test_a_file_that_cannot_be_read_is_told_first(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("a,b\n1,2\n")
    for file in (tmp_path / "none.jsonl", tmp_path, table):
        with pytest.raises((BellwetherError, OSError)):
            classify.classify_lines(DocumentFile(str(file)), None, "cpu", 32)


def test_the_model_is_loaded_as_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "Up", "source": "wire"}\n')
    asked: list[tuple[Any, ...]] = []

    def load(*arguments: Any) -> None:
        asked.append(arguments[2:4])
        raise ArtifactError("enough")

    monkeypatch.setattr(classify, "load_models", load)
    monkeypatch.setenv("BELLWETHER_PROVIDER", "cuda")
    monkeypatch.setenv("BELLWETHER_THREADS", "3")
    for provider in (None, "cpu"):
        with pytest.raises(ArtifactError):
            classify.classify_lines(DocumentFile(str(file)), None, provider, 32)
    assert asked == [("cuda", 3), ("cpu", 3)]


def test_a_file_without_documents_needs_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "empty.jsonl"
    file.touch()
    assert classify.classify_lines(DocumentFile(str(file)), None, "cpu", 32) == 0
    assert "no document stands in it" in capsys.readouterr().err
