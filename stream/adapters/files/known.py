"""What rules and watchlist name, for doubts about routes and silences. A file that is wrong is told of elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from stream.adapters.files.rules import read_rules
from stream.adapters.files.watchlist import read_watchlist
from stream.errors import SettingsError
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.rules import Rule


def known_rules(path: Path | None) -> tuple[Rule, ...]:
    """Return the rules of a file, the default ones without it; none where it cannot be read."""
    with suppress(SettingsError):
        return read_rules(path)
    return ()


def known_entries(path: Path | None) -> Mapping[str, Entry]:
    """Return the entries of a watchlist by their names; none where there is none, or it cannot be read."""
    with suppress(SettingsError):
        return read_watchlist(path).entries if path else {}
    return {}
