"""The demo's watchlist and rules: what happens to one of its banks and companies is told by its name."""

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


def demo_rules() -> bytes:
    """Return the default rule as a file, YAML, with its test of minutes alone.

    The test of hours remembers for a day. Its alert on a bank that falls with the other would be open at the end of
    the scene, and its message would be waited for.
    """
    return msgspec.yaml.encode({"rules": [{"name": "negative-surge", "windows": ["15m", "30m"]}]})
