"""What a desk watches: entries with names, aliases and tickers, found in text by one pass of Aho-Corasick. Pure.

The text is compared as :mod:`stream.pipeline.documents.names` says: cleaned, without accents, hyphens as spaces; case
is ignored unless the entry says otherwise. Links, mentions and e-mail addresses name nobody. Then, for each entry:

- a name or alias counts as a whole word: a letter or digit of the same script must not touch it. Chinese, Japanese and
  Korean know no such boundary, so none is asked for there; but a Chinese name does not count where the text is
  likelier made of other words: 工行 in 化工行业, 中国银行 in 中国银行业. As a hashtag it counts without its spaces;
- a ticker counts as ``$TSLA`` in any case, as ``TSLA``, ``TSLA.O`` or ``NYSE:TSLA`` in capitals; one of one or two
  letters, or of digits, only with a sign: see :mod:`stream.pipeline.documents.tickers`;
- a match that lies within a longer one does not count: "Bank of America" is no "America". Two entries with the same
  words both count;
- a match that overlaps one of the entry's exclusions does not count: "Apple" but not "apple pie".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import ahocorasick
import msgspec
from msgspec import Meta

from stream.pipeline.documents import tickers
from stream.pipeline.documents.hits import Hit, counted
from stream.pipeline.documents.names import Written, folded, is_whole, stands_in_other_words, written
from stream.pipeline.documents.places import Found, Span, places_of
from stream.pipeline.documents.spelling import SMALL_LETTER, hashtag, spellings, with_letters, with_s
from stream.pipeline.documents.sums import is_sum
from stream.pipeline.documents.tickers import Form, forms_of

Word = Annotated[str, Meta(min_length=1, max_length=200)]
NAME, LETTERS, HASHTAG, EXCLUSION = "name", "name with a single letter", "hashtag", "exclusion"
WITH_S = "name with an s"


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is watched.

    Attributes:
        name: also its series' name, ``entry:NAME``; itself searched for.
        exclude: phrases within which the name does not count.
        cashtag_only: whether its tickers count with a ``$`` alone.
        case: whether names and aliases must be written as they stand here.
        weight: exposure, in any unit that the desk likes.
        by_topic: keep a series per topic, too: ``entry:NAME/topic:LABEL``.
    """

    name: Word
    aliases: tuple[Word, ...] = ()
    tickers: tuple[Annotated[str, Meta(pattern=tickers.PATTERN)], ...] = ()
    exclude: tuple[Word, ...] = ()
    cashtag_only: bool = False
    case: Literal["ignore", "exact"] = "ignore"
    group: Annotated[str, Meta(max_length=100)] = ""
    weight: Annotated[float, Meta(gt=0, le=1e12)] = 1.0
    by_topic: bool = False


def name_key(name: str) -> str:
    """Return what names have in common that differ in spaces alone; no two entries are named so."""
    return " ".join(name.split())


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
    kind: str | Form  # NAME, LETTERS, HASHTAG, EXCLUSION, or a form of a ticker


class Watchlist:
    """Entries made ready for searching.

    Raises:
        ValueError: two entries share a name, but for spaces.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        keys = Counter(name_key(entry.name) for entry in entries)
        if twice := next((entry.name for entry in entries if keys[name_key(entry.name)] > 1), None):
            raise ValueError(f"two entries are named '{twice}'")
        self.entries = {entry.name: entry for entry in entries}
        self._names = list(self.entries)
        self._search = _automaton(entries)
        self._tickers = frozenset(form.text for entry in entries for one in entry.tickers for form in forms_of(one))
        names = (name.casefold() for entry in entries for name in (entry.name, *entry.aliases))
        self._domains = frozenset(name for name in names if "." in name and " " not in name)

    def find(self, text: str) -> list[Match]:
        """Return where ``text`` names an entry, in the order of the places."""
        plain, hits = self._found(text)
        return [Match(self._names[hit.entry], plain[hit.start : hit.end], hit.start, hit.end, hit.how) for hit in hits]

    def places(self, text: str) -> dict[str, list[Span]]:
        """Return by entry where ``text`` itself, not its compared form, names it, in the order of the places."""
        plain, hits = self._found(text)
        return places_of(text, plain, (Found(self._names[hit.entry], hit.start, hit.end) for hit in hits))

    def _found(self, text: str) -> tuple[str, list[Hit]]:
        """Return the compared text, and what counts in it."""
        if not len(self._search):  # no entries, or none with a letter or digit: such an automaton cannot be asked
            return "", []
        looked_at = written(text, self._domains)
        names, exclusions = set[Hit](), list[Hit]()
        for hit in self._hits(looked_at):
            if hit.how == EXCLUSION:
                exclusions.append(hit)
            else:
                names.add(hit)
        return looked_at.plain, counted(names, exclusions)

    def entries_in(self, text: str) -> list[Entry]:
        """Return the entries found in ``text``, each once, in the order of their places."""
        return [self.entries[name] for name in dict.fromkeys(match.entry for match in self.find(text))]

    def _hits(self, text: Written) -> Iterator[Hit]:
        """Yield what counts in ``text``, and the exclusions in it."""
        plain, calm = text.plain, None
        for last, patterns in self._search.iter(text.folded):
            end = last + 1
            start = end - len(patterns[0].plain)
            if not is_whole(plain, start, end):
                continue
            for pattern in patterns:
                how = self._rule_of(pattern, text, start, end)
                if how == tickers.BARE and pattern.plain.isalpha():
                    calm = tickers.calm_words(text.loose, self._tickers) if calm is None else calm
                    how = how if pattern.plain in calm else ""
                if how:
                    yield Hit(start, end, pattern.entry, how)

    def _rule_of(self, pattern: _Pattern, text: Written, start: int, end: int) -> str:
        """Return the rule by which ``pattern`` counts at a place where it stands in some case; empty: it does not."""
        kind = pattern.kind
        if isinstance(kind, Form):
            return tickers.rule_of(kind, text, start, end)
        if kind == HASHTAG:
            return NAME if text.plain[start - 1 : start] == "#" else ""
        if kind == EXCLUSION:
            return EXCLUSION
        exact = self.entries[self._names[pattern.entry]].case == "exact"
        plain = text.plain
        if (exact or kind == WITH_S) and plain[start:end] != pattern.plain:
            return ""
        if kind == LETTERS and SMALL_LETTER.search(plain[start:end]):
            return ""
        return "" if is_sum(plain, start, end) or stands_in_other_words(plain, start, end, text.gaps) else NAME


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
    for name in (entry.name, *entry.aliases):
        yield from (_Pattern(number, form, NAME) for form in set(spellings(name)))
        yield from (_Pattern(number, form, LETTERS) for form in with_letters(name))
        yield from (_Pattern(number, form, WITH_S) for form in with_s(name))
        yield _Pattern(number, hashtag(name), HASHTAG)
    for ticker in entry.tickers:
        for form in forms_of(ticker):
            if entry.cashtag_only:
                form = form._replace(kind=tickers.Kind.CASHTAG)
            yield _Pattern(number, form.text, form)
    for word in entry.exclude:  # as it may be written where the name is found
        yield from (_Pattern(number, form, EXCLUSION) for form in {*spellings(word), *with_letters(word)})
