"""Which names of a watchlist are words, too, are never found, or are those of two entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from stream.pipeline.documents.names import comparable, folded
from stream.pipeline.documents.tickers import SHORT, WORDS_BESIDE_HAN
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.translation import _


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
        plain = comparable(name)
        if not alone.find(name):
            yield _("'{name}' is never found: it is in 'exclude', or has nothing to search for").format(name=name)
        elif is_word(name, words) and not (entry.case == "exact" and not plain.islower()):
            said = _("'{name}' is a common word: set 'case: exact', name phrases in 'exclude', or write the full name")
            yield said.format(name=name)
        elif plain.isascii() and len(plain) <= SHORT and entry.case != "exact":
            yield _("'{name}' is as short as a word: set 'case: exact', or write the full name").format(name=name)
        elif plain.isdigit():
            said = _("'{name}' is a number, and found wherever it stands: write a code of an exchange into 'tickers'")
            yield said.format(name=name)
    if entry.cashtag_only:
        return
    for ticker in entry.tickers:
        if len(ticker) > SHORT and is_word(ticker, words):
            said = _("ticker '{ticker}' is a common word, which writers set in capitals: set 'cashtag_only: true'")
            yield said.format(ticker=ticker)
        elif ticker in WORDS_BESIDE_HAN:
            said = _(
                "ticker '{ticker}' is an abbreviation in Chinese: where it touches Han, "
                "it is found as ${ticker} or with its exchange alone"
            )
            yield said.format(ticker=ticker)
        elif ticker.isalpha() and len(ticker) <= SHORT:
            said = _("ticker '{ticker}' is short: it is found as ${ticker} or with its exchange, never alone")
            yield said.format(ticker=ticker)


def shared_names(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Yield each entry and what it has in common with one before it: a name, an alias or a ticker.

    >>> list(shared_names([Entry(name="A Corp"), Entry(name="B", aliases=("a-corp",))]))
    [('B', "'a-corp' stands at 'A Corp', too: a text with it may count for both")]
    """
    first: dict[str, str] = {}
    for entry in entries:
        for name in dict.fromkeys((entry.name, *entry.aliases, *entry.tickers)):
            other = first.setdefault(folded(comparable(name)), entry.name)
            if other != entry.name:
                said = _("'{name}' stands at '{other}', too: a text with it may count for both")
                yield entry.name, said.format(name=name, other=other)
