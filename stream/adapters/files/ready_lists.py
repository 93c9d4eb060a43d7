"""Watchlists to start from, and the common words that names are held against; both come with the package."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import msgspec

from stream.adapters.files.watchlist import read_watchlist
from stream.pipeline.documents.ambiguity import is_word
from stream.pipeline.documents.ticker_signs import SHORT
from stream.pipeline.documents.watchlist import Entry

_FOLDER = Path(__file__).parent / "lists"


_ABOUT = {
    "sp500": "Members of the S&P 500 as the authors knew them in the middle of 2025; some are missing.",
    "crypto": "Coins, exchanges and companies of crypto markets that are much written about.",
    "banks": "Large banks of the world, those of the Financial Stability Board's list of 2024 among them.",
}


@cache
def common_words() -> frozenset[str]:
    """Return words, in small letters, that a name or ticker may be mistaken for.

    They are the more frequent ones of some hundred thousand headlines, posts and articles, and words that are known as
    names of companies.
    """
    return frozenset((_FOLDER / "common_words.txt").read_text(encoding="utf-8").split())


def ready_entries(name: str) -> list[Entry]:
    """Return the entries of the list ``name``: ``sp500``, ``crypto`` or ``banks``.

    Names and tickers that are words are made to need capitals or a cashtag.
    """
    words = common_words()
    return [_careful(entry, words) for entry in read_watchlist(_FOLDER / f"{name}.csv").entries.values()]


def ready_list(name: str) -> str:
    """Return a list as the text of a YAML file."""
    lines = [
        f"# {_ABOUT[name]}",
        "# Typed in by the authors of Bellwether in November 2026, without a warranty. Check what matters to you:",
        "# memberships, names and tickers change. How names are found: docs/watchlists.md.",
        "entries:",
    ]
    return "\n".join((*lines, *map(_line, ready_entries(name)), ""))


def _careful(entry: Entry, words: frozenset[str]) -> Entry:
    names = (entry.name, *entry.aliases)
    # A short name in Han is a whole word and has no capitals.
    exact = entry.case == "exact" or any(is_word(name, words) or len(name.encode()) <= SHORT for name in names)
    capitals = tuple(dict.fromkeys(name.upper() for name in names if exact and name.upper() not in names))
    return msgspec.structs.replace(
        entry,
        aliases=(*entry.aliases, *capitals),  # headlines in capitals
        case="exact" if exact else "ignore",
        cashtag_only=entry.cashtag_only or any(len(one) > SHORT and is_word(one, words) for one in entry.tickers),
    )


def _line(entry: Entry) -> str:
    """Return an entry as one line of YAML, of which JSON is a part."""
    fields = {"name": entry.name, "aliases": entry.aliases, "tickers": entry.tickers}
    fields |= {"exclude": entry.exclude, "group": entry.group}
    parts = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value]
    parts += ["case: exact"] * (entry.case == "exact") + ["cashtag_only: true"] * entry.cashtag_only
    return f"  - {{{', '.join(parts)}}}"
