"""Text that fits a terminal's width without being cut in the middle of what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

INDENT = "  "  # of the lines that follow the first
# A wide sign stands alone, other signs up to the next space or wide sign stand together, with what begins or ends them.
_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
_BEGINS, _ENDS = "（《「『【“‘", "，。、；：！？）》」』】”’…"
_PIECE = re.compile(f"[{_BEGINS}]*(?:[{_WIDE}]|[^\\s{_WIDE}]+)[{_ENDS}]*\\s*")


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
    """Break ``text`` into lines of ``width`` columns; what needs more than ``most`` lines is cut.

    Lines break at spaces and beside wide signs, but not before a sign that ends something.

    >>> broken("Redis has not answered for 5 s", 20, 2)
    ['Redis has not', '  answered for 5 s']
    >>> broken("Redis 的内存已使用 85%，请调高上限。", 20, 3)
    ['Redis 的内存已使用', '  85%，请调高上限。']
    """
    width = max(width, 20)
    lines: list[list[str]] = [[]]
    for piece in _pieces(text, width - len(INDENT)):
        if cell_len(_joined([*lines[-1], piece])) <= width:
            lines[-1].append(piece)
        else:
            lines.append([INDENT, piece])
    if len(lines) > most:
        del lines[most:]
        while cell_len(_joined(lines[-1])) >= width:
            lines[-1].pop()
        lines[-1] = [_joined(lines[-1]), "…"]
    return [line for line in map(_joined, lines) if line]


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield what stands together, in pieces of ``width`` columns at most, each with the spaces that follow it."""
    for piece in _PIECE.findall(text):
        yield from (piece,) if cell_len(piece.rstrip()) <= width else chop_cells(piece, width)


def _joined(pieces: Sequence[str]) -> str:
    return "".join(pieces).rstrip()
