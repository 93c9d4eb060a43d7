"""Settings as lines that a shell reads: to print, or as a file for ``. FILE``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from stream.errors import EmbeddedError


def export_lines(settings: Mapping[str, str]) -> list[str]:
    """Return a line of shell for each setting.

    >>> export_lines({"kafka": "127.0.0.1:9092"})
    ['export BELLWETHER_KAFKA=127.0.0.1:9092']
    """
    return [f"export BELLWETHER_{name.upper()}={shlex.quote(value)}" for name, value in settings.items()]


def write_exports(path: Path, settings: Mapping[str, str]) -> None:
    """Write them to a file that the caller alone may read, for there are passwords in it.

    Raises:
        EmbeddedError: it cannot be written.
    """
    try:
        # Written beside it and moved: whoever sources the file finds all of it or none, and nobody else's rights stay.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{line}\n" for line in export_lines(settings))
        beside.replace(path)
    except OSError as error:
        raise EmbeddedError(f"{path}: cannot be written: {error.strerror}") from error
