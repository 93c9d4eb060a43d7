"""Where names stand in a text, for those that were found in the form in which it is compared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

Span = tuple[int, int]  # half-open range of characters
# By entry of a watchlist, where a text names it.
Spans = Sequence[Span]
Places = Mapping[str, Spans]
Watched = Callable[[str], Places]
# Characters. What the model reads of a document is shorter; aligning takes a time that grows with the square.
MOST_ALIGNED = 2000


class Found(NamedTuple):
    """A name in the compared text."""

    entry: str
    start: int
    end: int


def watch_nothing(_: str) -> Places:
    """Where there is no watchlist."""
    return {}


def places_of(text: str, plain: str, found: Iterable[Found]) -> dict[str, list[Span]]:
    """Return where the names that were found in ``plain``, a form of ``text``, stand in ``text``.

    >>> places_of("At  Ørsted: loss", "At Orsted: loss", [Found("Orsted", 3, 9)])
    {'Orsted': [(4, 10)]}
    """
    moved = _origins(text, plain)
    places: dict[str, list[Span]] = {}
    for entry, start, end in found:
        inside = [moved[at] for at in range(start, end) if at in moved]
        if inside:
            places.setdefault(entry, []).append(_without_spaces(text, min(inside), max(inside) + 1))
    return places


def _without_spaces(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():  # one that was dropped may have been taken for the first letter
        start += 1
    return start, end


def _origins(text: str, plain: str) -> Mapping[int, int]:
    """Return place in ``plain`` -> place in ``text``, of the characters that stand in both or took another's place."""
    if len(text) == len(plain):  # only accents, hyphens and case were changed: each character stands where it stood
        return {at: at for at in range(len(plain))}
    blocks = Levenshtein.opcodes(text[:MOST_ALIGNED], plain[:MOST_ALIGNED])
    # Where characters were replaced, as many stand on both sides.
    kept = (block for block in blocks if block.tag in {"equal", "replace"})
    return {
        block.dest_start + step: block.src_start + step
        for block in kept
        for step in range(block.dest_end - block.dest_start)
    }
