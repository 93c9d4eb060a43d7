"""What stands where there is no text: "[removed]", "N/A", a lone full stop, tags around nothing. Pure.

A classifier finds something in each of them, mostly something bad, so they must not be read.
"""

from __future__ import annotations

import re

from models.cleaning.markup import without_markup
from stream.pipeline.documents.document import Document

LONGEST = 60  # characters of a placeholder, but for tags; most texts are longer and are not looked at
_PLACEHOLDER = re.compile(
    r"\[\s*(?:removed|deleted)(?:\s+by\s+\w{1,20})?\s*\]|#?n/a|nan|null|nil|none|undefined"
    r"|only available in [a-z ]+ plans?|[\s.…·。*_\-–—]+",  # as newsdata.io writes what is not paid for
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether ``text`` only stands for one that is missing.

    >>> [is_placeholder(text) for text in ("[Removed]", " n/a ", "......", "&nbsp;", "<p></p>")]
    [True, True, True, True, True]
    >>> is_placeholder("ONLY AVAILABLE IN PROFESSIONAL AND CORPORATE PLANS")
    True
    >>> [is_placeholder(text) for text in ("Why?", "涨停", "<TSLA>", "None of it is true", "-5%")]
    [False, False, False, False, False]
    """
    bare = without_markup(text) if "<" in text or "&" in text else text
    bare = bare.strip()
    return not bare or (len(bare) <= LONGEST and _PLACEHOLDER.fullmatch(bare) is not None)


def text_to_read(text: str) -> str:
    """Return ``text`` without its markup; nothing where it only stands for a missing one."""
    from models.text import clean  # here, since who only asks for placeholders needs none of its rules

    return "" if is_placeholder(text) else clean(text)


def has_text(document: Document) -> bool:
    """Whether any part of a document is left to read."""
    return any(text_to_read(part) for part in (document.text, document.title, document.body) if part)
