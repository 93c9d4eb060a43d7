"""How names of series and headlines are written, so that they can be read and copied."""

from __future__ import annotations

import re
from datetime import timedelta

from stream.pipeline.documents.readable import readable
from stream.pipeline.notify.matching import group_of, split_series
from stream.pipeline.windows.contribution import ALL

# From here on a document was old when it came: nobody's feed takes so long on a good day.
OLD_NEWS = timedelta(minutes=10)
_ADDRESS = re.compile(r"\s*https?://\S+")


def series_name(series: str) -> str:
    """Return what a series is called: its entry of the watchlist, its topic, both, or its group.

    >>> series_name("topic:Macro"), series_name("entry:Acme"), series_name("entry:Acme/topic:Macro")
    ('Macro', 'Acme', 'Acme / Macro')
    >>> series_name("group:banks"), series_name("watchlist:all")
    ('group banks', 'all names')
    """
    if series == ALL:
        return "all names"
    if group := group_of(series):
        return f"group {group}"
    return " / ".join(part for part in split_series(series) if part) or series


def headline(text: str) -> str:
    """Return the first line of a document's text, without addresses, tags and entities.

    >>> headline("<p>Shares can&#39;t rise https://example.com/a</p>" + chr(10) + "More below.")
    "Shares can't rise"
    """
    lines = _ADDRESS.sub("", readable(text)).strip().splitlines()
    return lines[0].strip() if lines else ""
