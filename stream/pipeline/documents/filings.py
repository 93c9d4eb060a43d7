"""The headline of a Chinese filing, "碧桂园：董事长被留置", as the model reads it. Pure.

Of the names that stand before a colon most are those of speakers, so the model has learned to call them neutral. The
headlines of filings have the same form, and are of who stands there. Where the words behind the colon are those of a
filing, the colon is read as a space, which is what the model reads right; a text keeps its length, so places stay.
"""

from __future__ import annotations

import re

from stream.pipeline.documents.chinese_sources import OPENING, tells_of_filing
from stream.pipeline.documents.places import NamedPart, Span
from stream.pipeline.documents.sources import is_source

_SIGN = re.compile(r"((?:[(（][\w.:：,， ]{1,16}[)）])?\s?(?:公告)?)([:：]|(?<=公告)[称稱])")
_SENTENCE = re.compile(r"[^。！？!?\n]*")


def as_read(part: NamedPart) -> str:
    """Return the text of ``part`` as the model is to read it, of the same length.

    >>> as_read(NamedPart("碧桂园：董事长被留置", {"碧桂园": [(0, 3)]}))
    '碧桂园 董事长被留置'
    """
    for entry, places in part.places.items():
        for place in places:
            sign = _SIGN.match(part.text, place[1])
            if sign is not None and _opens_filing(part.text, place, sign.end()) and not _speaks(part, entry, place):
                return f"{part.text[: sign.start(2)]} {part.text[sign.end() :]}"
    return part.text


def _opens_filing(text: str, place: Span, end: int) -> bool:
    """Whether the name at ``place`` stands first, and what begins at ``end`` has the words of a filing."""
    said = None if text[: place[0]].strip(OPENING) else _SENTENCE.match(text, end)
    return said is not None and tells_of_filing(text[slice(*place)], said[0])


def _speaks(part: NamedPart, entry: str, place: Span) -> bool:
    others = [span for other, spans in part.places.items() if other != entry for span in spans]
    return is_source(part.text, place, others)
