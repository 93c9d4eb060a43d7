"""What a process that goes on says meanwhile."""

from __future__ import annotations

from typing import IO


def read_until(stream: IO[str] | None, text: str) -> str:
    """Return what comes out of a process's ``stream`` up to the line with ``text``, that line included."""
    assert stream is not None
    lines = ""
    for line in stream:
        lines += line
        if text in line:
            return lines
    raise AssertionError(lines)
