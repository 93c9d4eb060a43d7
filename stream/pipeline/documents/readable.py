"""A document's text as people read it: without the tags and entities of the page it came from. Pure.

What is stored, counted and sent to programs stays verbatim; this is for the eye alone. What the model, the stories and
the watchlists read is :func:`models.text.clean`, which changes more.
"""

from __future__ import annotations

import re

from models.cleaning.markup import without_markup

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
# Soft hyphens, zero-width spaces; and beside plain letters joiners, which Persian, scripts of India and emoji need.
_HIDDEN = re.compile(
    "[\u00ad\u180e\u200b\u2060\ufeff]|(?:^|(?<=[\x00-\x7f]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)"
)


def readable(text: str) -> str:
    """Return ``text`` without HTML tags, with entities decoded, and without signs that have no width.

    A text of nothing but tags stays as it is, so that there is something to see. See :func:`without_markup`.

    >>> readable("<p>Traders can&amp;#39;t <b>sell</b>&nbsp;&lt;TSLA&gt;</p>")
    "Traders can't sell <TSLA>"
    """
    if text.isascii() and "<" not in text and "&" not in text:
        return text
    bare = _HIDDEN.sub("", without_markup(text).translate(_SPACES))
    return bare if bare.strip() else text
