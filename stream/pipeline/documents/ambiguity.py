"""Which names of a watchlist are words, too, are never found, or are those of two entries. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import NamedTuple

from models.cleaning.han_words import is_frequent
from stream.pipeline.documents.names import comparable, folded
from stream.pipeline.documents.spelling import spellings, with_letters
from stream.pipeline.documents.ticker_signs import SHORT
from stream.pipeline.documents.tickers import WORDS_BESIDE_HAN, forms_of
from stream.pipeline.documents.watchlist import Entry, Watchlist, name_key
from stream.translation import _

# What a name does not have, but a list of names or a quotation does; not the comma of "Acme, Inc." and "Acme Co., Ltd."
_NO_PART = re.compile(
    r"[|;；、“”《》〈〉「」『』【】]|[,，](?! ?(?:Inc|Incorporated|Corp|Corporation|Co|Company|Ltd|Limited|LLC|L\.L\.C|"
    r"LLP|L\.?P|P\.?L\.?C|N\.?A|N\.?V|S\.?A|S\.?p\.?A|S\.?E|A\.?G|GmbH|Pte|Pty|Bhd|K\.?K|The|Jr|Sr)\b)",
    re.IGNORECASE,
)

# Words and parts of other names that are firms, too, and too rare in general text to be among the frequent ones:
# millet, ants, "of beauty", red cattle, a quick hand, people's livelihood, and the index that a bank is called like.
_ALSO_WORDS = frozenset(
    ("小米", "蚂蚁", "美的", "红牛", "快手", "民生", "招商", "光大", "兴业", "东风", "微博", "恒生")
)


def is_word(name: str, words: Set[str]) -> bool:
    """Whether ``name`` is one of ``words``, which are in small letters."""
    return comparable(name).casefold() in words


def warnings_of(entry: Entry, words: Set[str]) -> Iterator[str]:
    """Yield what is never found of ``entry``, or may be found where another thing is meant, with what helps.

    >>> [warning] = warnings_of(Entry(name="Target", tickers=("TGT",)), {"target"})
    >>> warning
    "'Target' is a common word: set 'case: exact', name phrases in 'exclude', or write the full name"
    """
    alone = Watchlist([entry])
    for name in (entry.name, *entry.aliases):
        if not alone.find(name):
            yield _("'{name}' is never found: it is in 'exclude', or has nothing to search for").format(name=name)
        elif said := _doubt_of(name, entry.case == "exact", words):
            yield said.format(name=name)
        if match := _NO_PART.search(name):
            said = _(
                "'{name}' is found only with the '{sign}' in it: leave that out, or, if these are several names, "
                "list them one by one (in CSV with ';' between them)"
            )
            yield said.format(name=name, sign=match[0])
    if not entry.cashtag_only:
        for ticker in entry.tickers:
            if said := _doubt_of_ticker(ticker, words):
                yield said.format(ticker=ticker)


def _doubt_of(name: str, exact: bool, words: Set[str]) -> str:
    """Return what is to be said of a name that may be found where another thing is meant; empty: nothing."""
    plain = comparable(name)
    if is_word(name, words) and not (exact and not plain.islower()):
        return _("'{name}' is a common word: set 'case: exact', name phrases in 'exclude', or write the full name")
    if plain in _ALSO_WORDS or is_frequent(plain):
        return _("'{name}' is a common word in Chinese: name phrases in 'exclude', or write the full name")
    if plain.isascii() and len(plain) <= SHORT and not exact:
        return _("'{name}' is as short as a word: set 'case: exact', or write the full name")
    if plain.isdigit():
        return _("'{name}' is a number, and found wherever it stands: write a code of an exchange into 'tickers'")
    return ""


def _doubt_of_ticker(ticker: str, words: Set[str]) -> str:
    if len(ticker) > SHORT and is_word(ticker, words):
        return _("ticker '{ticker}' is a common word, which writers set in capitals: set 'cashtag_only: true'")
    if ticker in WORDS_BESIDE_HAN:
        return _(
            "ticker '{ticker}' is an abbreviation in Chinese: where it touches Han, "
            "it is found as ${ticker} or with its exchange alone"
        )
    if ticker.isalpha() and len(ticker) <= SHORT:
        return _("ticker '{ticker}' is short: it is found as ${ticker} or with its exchange, never alone")
    return ""


_NO_LETTER, _SPELT_OUT = re.compile(r"[\W_]"), re.compile("(?<=[aou])e|(?<=a)a")
_AND = re.compile("ae?nd")  # "and" and "&" are one; so are "Länder" and "Laender"


class _Place(NamedTuple):
    """Where a way of writing stands first: the entry, and the name or ticker that is written so."""

    entry: str
    word: str


class _Ways(NamedTuple):
    """The ways to write a name or ticker: the keys under which they are kept, and those that have one in common."""

    word: str
    own: list[str]
    alike: list[str]


def skeleton(name: str) -> str:
    """Return what all ways to write a name have in common. It is made sooner than they are.

    >>> skeleton("Marks & Spencer's") == skeleton("marks and spencers"), skeleton("Ørsted") == skeleton("Oersted")
    (True, True)
    """
    letters = _NO_LETTER.sub("", comparable(name)).casefold()
    while _AND.search(letters):
        letters = _AND.sub("", letters)
    return _SPELT_OUT.sub("", letters)


def _skeletons_of_several(entries: Iterable[Entry]) -> set[str]:
    """Return the skeletons of names and tickers that more than one entry has: all others are written like none."""
    first, several = dict[str, str](), set[str]()
    for entry in entries:
        forms = (form.text for ticker in entry.tickers for form in forms_of(ticker))
        for one in {skeleton(word) for word in chain((entry.name, *entry.aliases), forms)}:
            if first.setdefault(one, entry.name) != entry.name:
                several.add(one)
    return several


def shared_names(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Yield each entry and what it has in common with one before it: a way to write a name, an alias or a ticker.

    >>> list(shared_names([Entry(name="A Corp"), Entry(name="B", aliases=("a-corp",))]))
    [('B', "'a-corp' stands at 'A Corp', too: a text with it may count for both")]
    """
    first: dict[str, _Place] = {}
    several = _skeletons_of_several(entries)
    for entry in entries:
        names = (name for name in dict.fromkeys((entry.name, *entry.aliases)) if skeleton(name) in several)
        for ways in chain(map(_ways_of_name, names), map(_ways_of_ticker, dict.fromkeys(entry.tickers))):
            others = (first[key] for key in ways.alike if key in first)
            if other := next((other for other in others if other.entry != entry.name), None):
                yield entry.name, _said_of_both(ways.word, other)
            place = _Place(entry.name, ways.word)
            for key in ways.own:
                first.setdefault(key, place)


def shared_groups(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Yield, once for each, the groups that differ from one before them in case or spaces alone, by their first entry.

    >>> list(shared_groups([Entry(name="A", group="banks"), Entry(name="B", group="Banks")]))
    [('B', "its group 'Banks' and the group 'banks' of 'A' differ in case or spaces alone: two groups")]
    """
    known: set[str] = set()
    first: dict[str, Entry] = {}
    words = _("its group '{group}' and the group '{same}' of '{other}' differ in case or spaces alone: two groups")
    for entry in entries:
        if not entry.group or entry.group in known:
            continue
        known.add(entry.group)
        other = first.setdefault(name_key(entry.group).casefold(), entry)
        if other is not entry:
            yield entry.name, words.format(group=entry.group, same=other.group, other=other.name)


def _said_of_both(name: str, other: _Place) -> str:
    if folded(comparable(name)) == folded(comparable(other.word)):
        said = _("'{name}' stands at '{other}', too: a text with it may count for both")
    else:
        said = _("'{name}' and '{same}' of '{other}' may be written alike: such a text counts for both")
    return said.format(name=name, same=other.word, other=other.entry)


def _ways_of_name(name: str) -> _Ways:
    own = sorted({folded(form) for form in chain(spellings(name), with_letters(name))})
    return _Ways(name, own, [*own, *(f"{form}\n*" for form in own)])


def _ways_of_ticker(ticker: str) -> _Ways:
    """Return the ways of a ticker. What follows the line end is the market: none is any, an asterisk one or none."""
    own, alike = list[str](), list[str]()
    for form in forms_of(ticker):
        text = folded(form.text)
        of_market = [f"{text}\n{market}" for market in sorted(form.markets)]
        own += (*(of_market or [f"{text}\n"]), f"{text}\n*")
        alike += (text, *((*of_market, f"{text}\n") if of_market else (f"{text}\n*",)))
    return _Ways(ticker, own, alike)
