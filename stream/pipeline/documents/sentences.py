"""Where the sentences of a text end. Pure.

A full stop behind "Inc." or "U.S." ends none, nor does what stands within a name: "Yahoo! Japan".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from stream.pipeline.documents.places import Span, within_names

# Cleaning makes full-width signs plain, so "!" and "?" end a sentence before Han, kana and hangul, too. A run of signs
# is looked at once, from its beginning, and taken whole: a text of nothing else takes time in proportion.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"')\]]*+(?=\s)|[。！？]+[”’」』]?|"
    r"(?<![!?])[!?]++[\"')\]]*+(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:inc|corp|co|ltd|plc|llc|bros|mr|mrs|ms|dr|prof|sen|rep|gov|gen|st|vs|no|nos|jan|feb|mar|apr|jun|jul|aug|"
    r"sept?|oct|nov|dec|approx|est|fig|u\.s|u\.k|e\.g|i\.e|a\.m|p\.m)|\b[a-z])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 10
_LINE_END = re.compile("\n")
LEAST_HEADLINE = 20  # characters: "Breaking!" is none
_LETTER = re.compile(r"[^\W\d_]")


def ends_of_sentences(text: str, names: Iterable[Span] = (), stop: int | None = None) -> Iterator[int]:
    """Yield the places behind the signs that end a sentence, up to ``stop``; ``names`` are where names stand.

    >>> list(ends_of_sentences("Acme Inc. of the U.S. is insolvent. Yahoo! Japan is not.", [(36, 48)]))
    [35]
    """
    through = within_names(names)
    return (end for _, end in _signs(text, 0, len(text) if stop is None else stop) if end not in through)


def ends_of_lines(text: str, names: Iterable[Span] = ()) -> Iterator[int]:
    """Yield the places behind the ends of lines."""
    through = within_names(names)
    return (at for match in _LINE_END.finditer(text) if (at := match.end()) not in through)


def end_of_headline(text: str, names: Sequence[Span] = (), longest: int | None = None) -> int | None:
    """Return where the first sentence or line ends that is long enough for a headline; None: none ends by ``longest``.

    It never ends within one of the ``names``.

    >>> end_of_headline("Breaking! Acme is insolvent. More below."), end_of_headline("Acme is insolvent, it says")
    (28, None)
    """
    stop = len(text) if longest is None else longest
    sentences = (end for end in ends_of_sentences(text, names, stop) if end >= LEAST_HEADLINE)
    lines = (end for end in ends_of_lines(text, names) if LEAST_HEADLINE < end <= stop)  # the line end is no part of it
    return min((end for end in (next(sentences, None), next(lines, None)) if end is not None), default=None)


def sentence_around(text: str, place: Span, names: Sequence[Span], reach: int) -> Span:
    """Return where the sentence or line of ``place`` begins, and where it ends before its sign.

    Args:
        text: all of it.
        place: of a name.
        names: where others stand; no sign within one ends a sentence.
        reach: characters on each side that are looked at.

    >>> sentence_around("It fell. Acme Inc. rose. So?", (9, 13), [], 100)
    (8, 23)
    """
    first, last = max(0, place[0] - reach), min(len(text), place[1] + reach)
    # One sign further: it is a sign of Han behind it that makes an end of "!".
    before = [*_signs(text, first, place[0] + 1), *_line_ends(text, first, place[0])]
    after = [*_signs(text, place[1], last), *_line_ends(text, place[1], last)]

    def is_end(at: int) -> bool:
        return not any(start < at < end for start, end in names)

    start = max((end for _, end in before if end <= place[0] and is_end(end)), default=first)
    return start, min((sign for sign, end in after if is_end(end)), default=last)


def _signs(text: str, start: int, stop: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, stop):
        end = match.end()
        if not _ABBREVIATED.search(text, max(0, end - _LONGEST_ABBREVIATION), end):
            yield match.span()


def _line_ends(text: str, start: int, stop: int) -> Iterator[Span]:
    return (match.span() for match in _LINE_END.finditer(text, start, stop))


class Sentences:
    """The sentences and lines of a text: those that hold a letter or a name.

    >>> sentences = Sentences("Acme fell. It is over.\\n\\n* * *\\n\\nSo it goes.", [(0, 4)])
    >>> sentences.count, sentences.share_of([(0, 4)])
    (3, 0.3333333333333333)
    """

    def __init__(self, text: str, names: Sequence[Span] = ()) -> None:
        self._text, self._names = text, names

    @cached_property
    def _ends(self) -> list[int]:
        """Found when first asked for: most names stand in a headline, and nobody asks."""
        text, names = self._text, self._names
        return sorted({*ends_of_sentences(text, names), *ends_of_lines(text, names), len(text)})

    @cached_property
    def count(self) -> int:
        """How many there are."""
        pieces = enumerate(pairwise([0, *self._ends]))
        lettered = {at for at, piece in pieces if _LETTER.search(self._text, *piece)}
        return len(lettered | self._with(self._names))

    def share_of(self, spans: Iterable[Span]) -> float:
        """Return the share of the sentences in which a name begins that stands at ``spans``."""
        return len(self._with(spans)) / self.count

    def _with(self, spans: Iterable[Span]) -> set[int]:
        return {bisect_right(self._ends, start) for start, _ in spans}
