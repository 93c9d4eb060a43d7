"""Settings as lines that a shell reads: to print, or as a file for ``. FILE``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from stream.errors import EmbeddedError

OURS = "# Written by bellwether up, which takes it away when it ends."  # the first line of such a file


def export_lines(settings: Mapping[str, str]) -> list[str]:
    """Return a line of shell for each setting.

    >>> export_lines({"kafka": "127.0.0.1:9092"})
    ['export BELLWETHER_KAFKA=127.0.0.1:9092']
    """
    return [f"export BELLWETHER_{name.upper()}={shlex.quote(value)}" for name, value in settings.items()]


def check_exports(path: Path) -> None:
    """Return when a file of such lines can be written without anything being lost: none is there, or one of ours.

    Raises:
        EmbeddedError: something else is there.
    """
    try:
        if path.is_dir():
            raise EmbeddedError(f"{path}: it is a folder; give the name of a file")
        if not os.path.lexists(path):
            return
        content = path.read_bytes() if path.is_file() else None
        ours = content is not None and (not content or content.startswith(OURS.encode()))
    except (OSError, ValueError) as error:
        raise EmbeddedError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error
    if not ours:
        raise EmbeddedError(
            f"{path} is there already, and is not of `bellwether up`; give another name, or move it away"
        )


@contextmanager
def exports_written(path: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Write them to a file that the caller alone may read, for there are passwords in it; it is gone at the end.

    Raises:
        EmbeddedError: it cannot be written.
    """
    content = write_exports(path, settings)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            if path.read_text() == content:  # and not what somebody has put there since
                path.unlink()


def write_exports(path: Path, settings: Mapping[str, str]) -> str:
    """Write them to a file that the caller alone may read; return what stands in it.

    Raises:
        EmbeddedError: it cannot be written, or something else is there.
    """
    check_exports(path)
    content = "".join(f"{line}\n" for line in (OURS, *export_lines(settings)))
    _write(path, content)
    return content


def _write(path: Path, content: str) -> None:
    # Written beside it and moved: whoever sources the file finds all of it or none, and nobody else's rights stay.
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EmbeddedError(f"{path}: cannot be written: {error.strerror}") from error
