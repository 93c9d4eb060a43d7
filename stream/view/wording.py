"""How names of series and headlines are written, so that they can be read and copied."""

from __future__ import annotations

import re
from datetime import timedelta

from stream.pipeline.documents.readable import readable
from stream.pipeline.notify.wording import series_name

__all__ = ["OLD_NEWS", "headline", "series_name"]

# From here on a document was old when it came: nobody's feed takes so long on a good day.
OLD_NEWS = timedelta(minutes=10)
_ADDRESS = re.compile(r"(?<!\s)\s*+https?://\S+")


def headline(text: str) -> str:
    """Return the first line of a document's text, without addresses, tags and entities.

    >>> headline("<p>Shares can&#39;t rise https://example.com/a</p>" + chr(10) + "More below.")
    "Shares can't rise"
    """
    lines = _ADDRESS.sub("", readable(text)).strip().splitlines()
    return lines[0].strip() if lines else ""
