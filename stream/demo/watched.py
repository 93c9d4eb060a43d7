"""The demo's watchlist: its banks and companies, so that what happens to one of them is told by its name."""

from __future__ import annotations

import msgspec

from stream.demo import names
from stream.pipeline.documents.watchlist import Entry

# What people call the bank that fails; its full name is found by it, too.
FAILING = "Castermere"
RUMOURED = "Vantreel Bank"


def demo_entries() -> list[Entry]:
    """Return an entry for each invented bank and company."""
    tickers = dict(names.COMPANIES)
    banks = {FAILING if name == names.FAILING else name: tickers.get(name) for name in names.BANKS}
    companies = {name: ticker for name, ticker in names.COMPANIES if name not in names.BANKS}
    return [
        Entry(name=name, tickers=(ticker,) if ticker else (), group=group)
        for group, members in (("banks", banks), ("companies", companies))
        for name, ticker in members.items()
    ]


def demo_watchlist() -> bytes:
    """Return the entries as a watchlist file, YAML."""
    return msgspec.yaml.encode({"entries": [msgspec.to_builtins(entry) for entry in demo_entries()]})
