"""Standard output that cannot be written, as on a full disk: one line says so, whatever command wrote.

An ``OSError`` does not say what it is about, so what our output raises is told apart where it is written.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stream.errors import UsageError


class _Output(io.FileIO):
    """A file that says why nothing can be written. After that it takes everything: Python writes again at its end."""

    _is_lost = False

    def write(self, data: Any, /) -> int | None:  # type: ignore[override] # None: it would block
        size = memoryview(data).nbytes
        if self._is_lost or not size:  # click writes nothing at all to see what it writes to, and drops what that says
            return size
        try:
            return super().write(data)
        except (BrokenPipeError, BlockingIOError):
            raise
        except OSError as error:
            self._is_lost = True
            raise UsageError(f"the output could not be written: {error.strerror or error}") from None


@contextmanager
def written_output() -> Iterator[None]:
    """Write all of the output before it is left.

    Raises:
        UsageError: it could not be written.
        BrokenPipeError: who read it left.
    """
    output = sys.stdout
    if isinstance(output, io.TextIOWrapper) and (raw := _raw_of(output)):
        buffer: Any = raw if output.write_through else io.BufferedWriter(raw)
        how = output.line_buffering, output.write_through
        sys.stdout = io.TextIOWrapper(buffer, output.encoding, output.errors, None, *how)
    try:
        yield
    finally:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()


def _raw_of(output: io.TextIOWrapper) -> _Output | None:
    try:
        return _Output(output.fileno(), "wb", closefd=False)
    except (OSError, ValueError):  # it is closed, or no file
        return None
