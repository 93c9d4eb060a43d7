"""Where names stand in a text, for those that were found in the form in which it is compared. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

Span = tuple[int, int]  # half-open range of characters
# By entry of a watchlist, where a text names it.
Spans = Sequence[Span]
Places = Mapping[str, Spans]
Watched = Callable[[str], Places]
# Characters that are aligned at once: the time grows with their square. Where these have too little in common, as
# beside a long link, twice as many are tried, up to the most.
PIECE, LONGEST_PIECE = 256, 4096
_LOOSE = frozenset(
    " \t\n\r-_·・\u2010\u2011\u2012\u2013\u2014\u2015"
)  # what comes, goes and is exchanged between words


class Found(NamedTuple):
    """A name in the compared text."""

    entry: str
    start: int
    end: int


class NamedPart(NamedTuple):
    """A part of a document as the model reads it, and where it names entries."""

    text: str
    places: Places

    @property
    def spans(self) -> list[Spans]:
        """Where the names stand, in the order of ``places``, as a classifier is asked."""
        return list(self.places.values())

    @property
    def names(self) -> list[Span]:
        """Where any name stands."""
        return [span for spans in self.places.values() for span in spans]

    def between(self, start: int, end: int) -> NamedPart:
        """Return what stands between two places, with the names that begin there."""
        moved = {
            entry: [(a - start, min(b, end) - start) for a, b in spans if start <= a < end]
            for entry, spans in self.places.items()
        }
        return NamedPart(self.text[start:end], {entry: spans for entry, spans in moved.items() if spans})

    def stripped(self) -> NamedPart:
        """Return it without the spaces around it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.between(start, max(start, len(self.text.rstrip())))


def named_part(text: str, watched: Watched) -> NamedPart:
    """Return ``text`` with the names in it."""
    return NamedPart(text, watched(text))


def split_part(part: NamedPart, end: int) -> tuple[NamedPart, NamedPart]:
    """Return what stands before ``end``, a headline, and what comes after it."""
    return part.between(0, end), part.between(end, max(end, len(part.text)))


def watch_nothing(_: str) -> Places:
    """Where there is no watchlist."""
    return {}


def within_names(names: Iterable[Span]) -> frozenset[int]:
    """Return the places at which a cut would go through a name."""
    return frozenset(at for start, end in names for at in range(start + 1, end))


def behind_names(at: int, names: Iterable[Span]) -> int:
    """Return the place, or the end of the name that a cut there would go through.

    >>> behind_names(5, [(3, 9), (8, 12)]), behind_names(3, [(3, 9)])
    (12, 3)
    """
    through = within_names(names)
    while at in through:
        at += 1
    return at


def places_of(text: str, plain: str, found: Iterable[Found]) -> dict[str, list[Span]]:
    """Return where the names that were found in ``plain``, a form of ``text``, stand in ``text``.

    Each name has a place. Where both forms have too little in common to tell, it is where it may be expected.

    >>> places_of("At  Ørsted: loss", "At Orsted: loss", [Found("Orsted", 3, 9)])
    {'Orsted': [(4, 10)]}
    """
    hits = sorted(found, key=lambda hit: hit.start)
    if not hits:
        return {}
    origins = _Origins(text, plain, max(hit.end for hit in hits))
    places: dict[str, list[Span]] = {}
    for entry, start, end in hits:
        places.setdefault(entry, []).append(_without_spaces(text, *origins.span(start, end)))
    return places


def _without_spaces(text: str, start: int, end: int) -> Span:
    while start < end - 1 and text[start].isspace():  # one that was dropped may have been taken for the first letter
        start += 1
    return start, end


class _Origins:
    """Where characters of ``plain`` stand in ``text``, up to the place ``needed``."""

    def __init__(self, text: str, plain: str, needed: int) -> None:
        self._length = len(text)
        self._text = [at for at, character in enumerate(text) if character not in _LOOSE]
        self._plain = [at for at, character in enumerate(plain) if character not in _LOOSE]
        # Mostly as many are left: only accents and case were changed, and each stands where it stood.
        if len(self._text) != len(self._plain):
            words = "".join(text[at] for at in self._text), "".join(plain[at] for at in self._plain)
            pairs = list(_pairs(*words, bisect_left(self._plain, needed)))
            self._plain = [self._plain[at] for at, _ in pairs]
            self._text = [self._text[at] for _, at in pairs]

    def span(self, start: int, end: int) -> Span:
        """Return where what stands from ``start`` up to ``end`` in ``plain`` stands in the text."""
        first, last = bisect_left(self._plain, start), bisect_left(self._plain, end)
        if first < last:
            return self._text[first], self._text[last - 1] + 1
        before = self._text[first - 1] + 1 if first else 0  # none of its characters is there
        begin = min(before, self._length - 1)
        return begin, min(begin + end - start, self._length)


def _pairs(text: str, plain: str, needed: int) -> Iterator[tuple[int, int]]:
    """Yield the places in ``plain`` and in ``text`` of what stands in both or took another's place, piece by piece."""
    at, to, size = 0, 0, PIECE
    while to < needed and at < len(text):
        blocks = _blocks(text[at : at + size], plain[to : to + size])
        if at + size < len(text) or to + size < len(plain):
            least = min(size, len(plain) - to) // 2
            if size < LONGEST_PIECE and sum(block.length for block in blocks if block.same) < least:
                size *= 2
                continue
            blocks = _first_half(blocks, size)
        for block in blocks:
            yield from ((to + block.plain + step, at + block.text + step) for step in range(block.length))
        at, to, size = at + blocks[-1].text + blocks[-1].length, to + blocks[-1].plain + blocks[-1].length, PIECE


class _Block(NamedTuple):
    """Characters that are the ``same`` in both forms, or took another's place; and where they stand in each."""

    same: bool
    plain: int
    text: int
    length: int


def _blocks(text: str, plain: str) -> list[_Block]:
    # Where characters were replaced, as many stand on both sides.
    kept = (one for one in Levenshtein.opcodes(text, plain) if one.tag in {"equal", "replace"})
    return [_Block(one.tag == "equal", one.dest_start, one.src_start, one.dest_end - one.dest_start) for one in kept]


def _first_half(blocks: Sequence[_Block], size: int) -> list[_Block]:
    """Return what stands in the first half of a piece: towards its end, what only looks alike is paired."""
    return [
        block._replace(length=min(block.length, max(1, size // 2 - block.plain)))
        for at, block in enumerate(blocks)
        if not at or block.plain < size // 2
    ]
