"""A file is written whole or not at all, and never over another."""

import errno
import os
from pathlib import Path

import pytest

from stream.adapters.files.new_file import write_new
from stream.errors import SettingsError


def test_it_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    write_new(path, "é\n" * 100_000)
    assert path.read_text(encoding="utf-8") == "é\n" * 100_000
    with pytest.raises(SettingsError, match="is there already: give another name"):
        write_new(path, "other")


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_nothing_stays_where_it_cannot_be_written_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    path, left = tmp_path / "list.yaml", [failure]

    def write(descriptor: int, content: bytes) -> int:
        if len(left) == 1:
            left.append(failure)
            return os.pwrite(descriptor, content[:5], 0)
        raise failure

    monkeypatch.setattr("os.write", write)
    with pytest.raises((SettingsError, KeyboardInterrupt)) as caught:
        write_new(path, "entries:\n")
    assert not path.exists()
    assert isinstance(failure, KeyboardInterrupt) or "cannot be written: No space left on device" in str(caught.value)


@pytest.mark.parametrize("name", ["", ".", "-"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="is no name of a file; give one"):
        write_new(Path(name), "x")
    assert not list(tmp_path.iterdir())
