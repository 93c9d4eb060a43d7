"""The demo's watchlist and rules: what happens to one of its banks and companies is told by its name."""

from __future__ import annotations

import msgspec

from stream.demo.script import Names
from stream.pipeline.documents.watchlist import Entry


def demo_entries(names: Names) -> list[Entry]:
    """Return an entry for each invented bank and company."""
    tickers = dict(names.companies)
    companies = [name for name in tickers if name not in names.banks]
    return [
        Entry(
            name=names.called if name == names.failing else name,
            aliases=names.aliases if name == names.failing else (),
            tickers=(tickers[name],) if name in tickers else (),
            group=group,
        )
        for group, members in zip(names.groups, (names.banks, companies), strict=True)
        for name in members
    ]


def demo_watchlist(names: Names) -> bytes:
    """Return the entries as a watchlist file, YAML."""
    return msgspec.yaml.encode({"entries": [msgspec.to_builtins(entry) for entry in demo_entries(names)]})


def demo_rules() -> bytes:
    """Return the default rule as a file, YAML, with its test of minutes alone.

    The test of hours remembers for a day. Its alert on a bank that falls with the other would be open at the end of
    the scene, and its message would be waited for.
    """
    return msgspec.yaml.encode({"rules": [{"name": "negative-surge", "windows": ["15m", "30m"]}]})
