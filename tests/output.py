"""What a process that goes on says meanwhile."""

from __future__ import annotations

import re
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


def english_words(text: str) -> set[str]:
    """Return the English words of an output, of three letters or more. No id is one, though some begin with letters."""
    return set(re.findall(r"[A-Za-z]{3,}", _ID.sub("", text)))


_ID = re.compile(r"(?<![0-9A-Za-z])(?=[a-f-]*[0-9])[0-9a-f-]{6,}(?![0-9A-Za-z])")
