"""Where names stand: from a text as it came, over the text as the model reads it, to tokens. Pure.

Normalising drops markup, decodes entities and replaces links, so places move. They are followed by marks: a sign that
no text holds is put at each end of a name, the whole is normalised, and the marks are taken out again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from models.text import normalise

Span = tuple[int, int]  # half-open range of characters
Places = Sequence[Span]  # where one name stands in a text
# Of a text: what a list of tickers names beyond them gets the document's sentiment. Bounds the memory of a run.
MAX_NAMES = 64
_MARKS = "\U000f5a17", "\U000f5a18", "\U000fe3c4"  # private use; more than one, for a text that holds the first


def normalised_spans(text: str, names: Sequence[Places]) -> tuple[str, list[list[Span]]]:
    """Return ``text`` as the model reads it, and where each of ``names`` stands there.

    A place outside of the text, and one of which nothing is left, as of a name within a link, is left out.

    >>> normalised_spans("<b>AT&amp;T</b>  up", [[(3, 11)]])
    ('AT&T up', [[(0, 4)]])
    """
    plain = normalise(text)
    if plain == text:  # most headlines
        inside = [[_stripped(text, *span) for span in places if _is_place(text, span)] for places in names]
        return plain, [[(start, stop) for start, stop in places if start < stop] for places in inside]
    inside = [[span for span in places if _is_place(text, span)] for places in names]
    ends = sorted({end for places in inside for place in places for end in place})
    mark = next((one for one in _MARKS if one not in text), "")
    moved = _followed(text, plain, ends, mark) if ends and mark else None

    def place(span: Span) -> Span:
        if moved is None:
            return _nearest(text, plain, span)
        return _stripped(plain, moved[span[0]], moved[span[1]])

    return plain, [[found for one in places if (found := place(one))[0] < found[1]] for places in inside]


def tokens_of(places: Places, offsets: Sequence[Span]) -> list[int]:
    """Return the tokens that share a character with one of ``places``.

    Args:
        places: in the text that was tokenised.
        offsets: per token, its range there, rising; empty for tokens that stand for no characters.
    """
    found: dict[int, None] = {}
    stops = [stop for _, stop in offsets]
    # Special tokens have the range (0, 0), so the ends do not rise at the last one.
    last = len(stops) - 1 if stops and stops[-1] == 0 else len(stops)
    for start, stop in places:
        at = bisect_left(stops, start + 1, 0, last)
        while at < last and offsets[at][0] < stop:
            if offsets[at][0] < offsets[at][1]:
                found[at] = None
            at += 1
    return list(found)


def _is_place(text: str, span: Span) -> bool:
    return 0 <= span[0] < span[1] <= len(text)


def _followed(text: str, plain: str, ends: Sequence[int], mark: str) -> dict[int, int] | None:
    """Return end in ``text`` -> end in ``plain``; None where the marks change how the text is read."""
    pieces = [text[start:stop] for start, stop in zip((0, *ends), (*ends, len(text)), strict=True)]
    parts = normalise(mark.join(pieces)).split(mark)
    if len(parts) != len(pieces) or "".join(parts) != plain:
        return None
    moved, at = {}, 0
    for end, part in zip(ends, parts[:-1], strict=True):
        at += len(part)
        moved[end] = at
    return moved


def _stripped(plain: str, start: int, stop: int) -> Span:
    while start < stop and plain[start].isspace():
        start += 1
    while start < stop and plain[stop - 1].isspace():
        stop -= 1
    return start, stop


def _nearest(text: str, plain: str, span: Span) -> Span:
    """Return where the words of ``span`` stand in ``plain``, nearest to the share of the text that is before them.

    (0, 0) where they do not.
    """
    words = normalise(text[span[0] : span[1]])
    wanted = span[0] / len(text) * len(plain)
    found, at = -1, plain.find(words) if words else -1
    while at >= 0 and (found < 0 or abs(at - wanted) < abs(found - wanted)):
        found, at = at, plain.find(words, at + 1)
    return (found, found + len(words)) if found >= 0 else (0, 0)
