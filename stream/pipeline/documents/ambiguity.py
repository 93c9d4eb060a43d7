"""Which names of a watchlist are words, too, and would be found where nobody is meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Set

from stream.pipeline.documents.names import comparable
from stream.pipeline.documents.tickers import SHORT, WORDS_BESIDE_HAN
from stream.pipeline.documents.watchlist import Entry
from stream.translation import _


def is_word(name: str, words: Set[str]) -> bool:
    """Whether ``name`` is one of ``words``, which are in small letters."""
    return comparable(name).casefold() in words


def warnings_of(entry: Entry, words: Set[str]) -> Iterator[str]:
    """Yield what may be found of ``entry`` where another thing is meant, with what helps.

    >>> [warning] = warnings_of(Entry(name="Target", tickers=("TGT",)), {"target"})
    >>> warning
    "'Target' is a common word: set 'case: exact', name phrases in 'exclude', or write the full name"
    """
    for name in (entry.name, *entry.aliases):
        plain = comparable(name)
        if is_word(name, words) and not (entry.case == "exact" and not plain.islower()):
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
