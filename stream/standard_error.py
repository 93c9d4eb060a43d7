"""Standard error that cannot be written, as a log on a full disk: what was to be said is lost, and the work goes on."""

from __future__ import annotations

import io
import sys
from typing import Any


class _Tolerant(io.FileIO):
    """A file that drops what cannot be written, and knows why."""

    reason = ""  # of the last write, empty where it was taken

    def write(self, data: Any, /) -> int:
        size = memoryview(data).nbytes
        try:
            written, self.reason = super().write(data), ""
        except OSError as error:
            written, self.reason = None, error.strerror or str(error)
        return size if written is None else written  # None: it would block, as a pipe that nobody empties


def tolerate_lost_lines() -> None:
    """Have no line on standard error end the process."""
    error = sys.stderr
    if isinstance(error, io.TextIOWrapper) and not isinstance(_raw_of(error), _Tolerant):
        try:
            error.flush()
            raw = _Tolerant(error.fileno(), "wb", closefd=False)
        except (OSError, ValueError):  # it is closed, or no file
            return
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(raw), error.encoding, error.errors, line_buffering=True, write_through=error.write_through
        )


def lost_lines() -> list[str]:
    """Return a sentence where the last line on standard error could not be written."""
    raw = _raw_of(sys.stderr)
    return [f"the log cannot be written: {raw.reason}"] if isinstance(raw, _Tolerant) and raw.reason else []


def _raw_of(stream: Any) -> object:
    return getattr(getattr(stream, "buffer", None), "raw", None)
