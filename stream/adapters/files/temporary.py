"""Folders for a while. Where none can be made, that is said in one line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.errors import SettingsError


@contextmanager
def temporary_folder(prefix: str, *, ignore_cleanup_errors: bool = False) -> Iterator[Path]:
    """Make a folder, and delete it at the end.

    Raises:
        SettingsError: none can be made: there is no ``/tmp``, or it cannot be written.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=ignore_cleanup_errors)
    except OSError as error:
        raise SettingsError(
            f"no temporary folder can be made: {error.strerror or error}; name one that can be written in TMPDIR"
        ) from None
    with folder as name:
        yield Path(name)
