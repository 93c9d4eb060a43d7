"""A file that a command writes for people: whole or not at all, and never over another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from stream.errors import SettingsError


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Where it cannot be written to its end, as on a full disk, nothing stays.

    Raises:
        SettingsError: it is there already, or cannot be written.
    """
    if str(path) in ("", ".", "-"):
        raise SettingsError(f"'{path}' is no name of a file; give one, as list.yaml")
    try:
        with path.open("x", encoding="utf-8") as written:
            _fill(path, written.fileno(), text)
    except FileExistsError:
        raise SettingsError(f"{path} is there already: give another name, or move it away") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None


def _fill(path: Path, descriptor: int, text: str) -> None:
    rest = text.encode()
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)  # some file systems tell only then that there is no room
    except BaseException:  # an interruption, too
        with suppress(OSError):
            path.unlink()
        raise
