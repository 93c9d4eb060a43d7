"""Text that fits a terminal's width without being cut in the middle of what it says."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len


def fitting(parts: Sequence[str], width: int) -> str:
    """Join as many of ``parts`` as are whole in ``width`` columns; the first one stands in any case.

    >>> fitting(["lag 240", "132 documents/s"], 20)
    'lag 240'
    """
    text = parts[0]
    for part in parts[1:]:
        if cell_len(longer := f"{text} · {part}") > width:
            break
        text = longer
    return text


def broken(text: str, width: int, most: int) -> list[str]:
    """Break ``text`` between words into lines of ``width`` columns; what needs more than ``most`` lines is cut.

    >>> broken("Redis has not answered for 5 s", 20, 2)
    ['Redis has not', '  answered for 5 s']
    """
    return textwrap.wrap(text, max(width, 20), subsequent_indent="  ", max_lines=most, placeholder="…")
