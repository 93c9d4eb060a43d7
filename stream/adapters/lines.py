"""Lines of a file, a gzip file or standard input, as bytes, each with a size limit."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from stream.errors import SettingsError
from stream.pipeline.documents import MAX_RECORD_BYTES


def read_lines(file: str) -> Iterator[bytes]:
    """Yield the non-blank lines of ``file`` (``-`` is standard input, ``.gz`` is unpacked), without their ends.

    A line over the record limit comes cut one byte past it, so the reader refuses it and memory stays bounded.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        if file == "-":
            yield from _lines(sys.stdin.buffer)
        elif file.endswith(".gz"):
            with gzip.open(file) as packed:
                yield from _lines(cast(BinaryIO, packed))
        else:
            with Path(file).open("rb") as plain:
                yield from _lines(plain)
    except (OSError, EOFError) as error:
        raise SettingsError(f"{file}: {error.strerror if isinstance(error, OSError) else error}") from error


def _lines(content: BinaryIO) -> Iterator[bytes]:
    limit = MAX_RECORD_BYTES + 1
    while line := content.readline(limit):
        rest = line
        while len(rest) == limit and not rest.endswith(b"\n"):
            rest = content.readline(limit)
        if stripped := line.strip():
            yield stripped
