"""What a desk watches: entries with names, aliases and tickers, found in text by one pass of Aho-Corasick. Pure.

How text is compared: full-width forms are narrowed (NFKC), accents dropped, hyphens and runs of space become one space,
case is ignored unless the entry says otherwise. Then, for each entry:

- a name or alias counts as a whole word: a letter or digit of the same script must not touch it. Chinese, Japanese and
  Korean know no such boundary, so none is asked for there;
- a ticker counts as ``$TSLA`` in any case, as ``TSLA``, ``TSLA.O`` or ``NYSE:TSLA`` in capitals; one of one or two
  letters, which are words too often, only with the ``$``, the exchange before it or the suffix behind it;
- a match that lies within a longer one does not count: "Bank of America" is no "America". Two entries with the same
  words both count;
- a match that overlaps one of the entry's exclusions does not count: "Apple" but not "apple pie".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import ahocorasick
import msgspec
from msgspec import Meta

Word = Annotated[str, Meta(min_length=1, max_length=200)]
_ACCENTS = re.compile("[\u0300-\u036f]+")
_GAPS = re.compile(r"[\s\u2010-\u2015\u00ad_-]+")
# Han, kana, hangul: scripts that write no space between words, or join particles to them.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_EXCHANGE_BEHIND = re.compile(r"\.[A-Z]{1,3}(?![A-Za-z0-9])")
_EXCHANGE_BEFORE = re.compile(r"[A-Z]{2,8}: ?$")
EXCLUSION = "exclusion"
SHORT_TICKER = 2  # letters; one as short is too often a word (A, IT, ON) to count without a sign that it is a ticker


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is watched.

    Attributes:
        name: also its series' name, ``entry:NAME``; itself searched for.
        exclude: phrases within which the name does not count.
        case: whether names and aliases must be written as they stand here.
        weight: exposure, in any unit that the desk likes.
        by_topic: keep a series per topic, too: ``entry:NAME/topic:LABEL``.
    """

    name: Word
    aliases: tuple[Word, ...] = ()
    tickers: tuple[Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9.]{0,15}$")], ...] = ()
    exclude: tuple[Word, ...] = ()
    case: Literal["ignore", "exact"] = "ignore"
    group: Annotated[str, Meta(max_length=100)] = ""
    weight: Annotated[float, Meta(gt=0, le=1e12)] = 1.0
    by_topic: bool = False


class Match(NamedTuple):
    """Where a text names an entry: the words, as compared, and their place in the compared text.

    ``how`` is the rule by which it counts: ``name``, ``ticker``, ``cashtag`` or ``ticker with exchange``.
    """

    entry: str
    words: str
    start: int
    end: int
    how: str


class _Pattern(NamedTuple):
    """Words that are searched for; ``entry`` is the entry's place in the list."""

    entry: int
    plain: str
    kind: str  # "name", "ticker" or EXCLUSION


class _Hit(NamedTuple):
    """A pattern of ``entry`` in a text, from ``start`` up to but not including ``end``; hits sort by place.

    ``how`` is the rule by which it counts, or ``exclusion``.
    """

    start: int
    end: int
    entry: int
    how: str

    def lies_within(self, other: _Hit) -> bool:
        """Whether it is a part of a longer one."""
        return other.start <= self.start and self.end <= other.end and other.end - other.start > self.end - self.start

    def is_excluded_by(self, other: _Hit) -> bool:
        """Whether ``other``, an exclusion, is of the same entry and has a character in common with it."""
        return self.entry == other.entry and self.start < other.end and other.start < self.end


class Watchlist:
    """Entries made ready for searching.

    Raises:
        ValueError: two entries share a name.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        if len(self.entries) != len(entries):
            twice = next(one.name for at, one in enumerate(entries) if one.name in {e.name for e in entries[:at]})
            raise ValueError(f"two entries are named '{twice}'")
        self._names = list(self.entries)
        self._search = _automaton(entries)

    def find(self, text: str) -> list[Match]:
        """Return where ``text`` names an entry, in the order of the places."""
        if not len(self._search):  # no entries, or none with a letter or digit: such an automaton cannot be asked
            return []
        plain = comparable(text)
        names, exclusions = set[_Hit](), list[_Hit]()
        for hit in self._hits(plain):
            if hit.how == EXCLUSION:
                exclusions.append(hit)
            else:
                names.add(hit)
        return [
            Match(self._names[hit.entry], plain[hit.start : hit.end], hit.start, hit.end, hit.how)
            for hit in sorted(names)
            if not any(map(hit.is_excluded_by, exclusions)) and not any(map(hit.lies_within, names))
        ]

    def entries_in(self, text: str) -> list[Entry]:
        """Return the entries found in ``text``, each once, in the order of their places."""
        return [self.entries[name] for name in dict.fromkeys(match.entry for match in self.find(text))]

    def _hits(self, plain: str) -> Iterator[_Hit]:
        """Yield what counts in ``plain``, and the exclusions in it."""
        for last, patterns in self._search.iter(folded(plain)):
            end = last + 1
            for pattern in patterns:
                start = end - len(pattern.plain)
                if _is_whole(plain, start, end) and (how := self._rule_of(pattern, plain, start, end)):
                    yield _Hit(start, end, pattern.entry, how)

    def _rule_of(self, pattern: _Pattern, plain: str, start: int, end: int) -> str:
        """Return the rule by which ``pattern`` counts at a place where it stands in some case; empty: it does not."""
        if pattern.kind == EXCLUSION:
            return EXCLUSION
        if pattern.kind == "name":
            exact = self.entries[self._names[pattern.entry]].case == "exact"
            return "" if exact and plain[start:end] != pattern.plain else "name"
        if plain[:start].endswith("$"):
            return "cashtag"
        if plain[start:end] != pattern.plain:
            return ""
        if _EXCHANGE_BEHIND.match(plain, end) or _EXCHANGE_BEFORE.search(plain, max(0, start - 10), start):
            return "ticker with exchange"
        return "ticker" if len(pattern.plain) > SHORT_TICKER else ""


def comparable(text: str) -> str:
    """Return ``text`` as it is compared, but for its case.

    >>> comparable("Ｎｅｓｔｌé-backed  firm")
    'Nestle backed firm'
    """
    narrowed = unicodedata.normalize("NFKC", text)
    if not narrowed.isascii():
        narrowed = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", narrowed)))
    return _GAPS.sub(" ", narrowed).strip()


def folded(plain: str) -> str:
    """Return ``plain`` without case, of the same length, so that places in both are the same."""
    whole = plain.casefold()
    if len(whole) == len(plain):
        return whole
    return "".join(small if len(small := character.casefold()) == 1 else character for character in plain)


def _automaton(entries: Sequence[Entry]) -> Any:
    """Return an Aho-Corasick automaton of all patterns of ``entries``: folded words to the patterns that have them."""
    words: dict[str, list[_Pattern]] = {}
    for number, entry in enumerate(entries):
        for pattern in _patterns(number, entry):
            if pattern.plain:
                words.setdefault(folded(pattern.plain), []).append(pattern)
    search = ahocorasick.Automaton()
    for word, patterns in words.items():
        search.add_word(word, tuple(patterns))
    search.make_automaton()
    return search


def _patterns(number: int, entry: Entry) -> Iterable[_Pattern]:
    yield from (_Pattern(number, comparable(word), "name") for word in (entry.name, *entry.aliases))
    yield from (_Pattern(number, ticker, "ticker") for ticker in entry.tickers)
    yield from (_Pattern(number, comparable(word), EXCLUSION) for word in entry.exclude)


def _is_whole(plain: str, start: int, end: int) -> bool:
    return not (_joined(plain, start - 1, start) or _joined(plain, end - 1, end))


def _joined(plain: str, left: int, right: int) -> bool:
    """Whether the characters at both places, which are neighbours, belong to one word."""
    if left < 0 or right >= len(plain):
        return False
    pair = plain[left], plain[right]
    return all(character.isalnum() and not _UNSPACED.match(character) for character in pair)
