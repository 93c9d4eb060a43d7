"""The one text normalisation that fine-tuning and serving share.

A model must read at serving time what it read in training, so this module is imported by both and depends on
neither. It is pure and total: any ``str`` gives a ``str``.
"""

from __future__ import annotations

import html
import re
import unicodedata

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@])@\w{1,64}")
# A lone surrogate is no character: it cannot be encoded to UTF-8, so the tokenizer would reject the text.
_SURROGATE = re.compile(r"[\ud800-\udfff]")

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]*\Z")  # spaces and control characters, which normalise() takes out

LINK_WORD = "http"
MENTION_WORD = "@user"


def normalise(text: str) -> str:
    """Return ``text`` as the classifier reads it: entities decoded, links and mentions replaced, spaces collapsed.

    >>> normalise("Shares of $ABC  fall &amp; fall https://t.co/x via @desk")
    'Shares of $ABC fall & fall http via @user'
    """
    text = _SURROGATE.sub("\ufffd", html.unescape(text))
    text = _MENTION.sub(MENTION_WORD, _LINK.sub(LINK_WORD, text))
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Return whether ``text`` holds nothing to read: spaces and control characters at most.

    >>> is_blank("\\x07 \\n"), is_blank("\\x07 .")
    (True, False)
    """
    return _BLANK.match(text) is not None


def fingerprint_text(text: str) -> str:
    """Return the form under which two texts count as copies: case, spaces, links and mentions do not matter.

    >>> fingerprint_text("RUN on the bank! https://a.b @x") == fingerprint_text("run on  the bank!")
    True
    """
    text = _MENTION.sub(" ", _LINK.sub(" ", html.unescape(text)))
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
