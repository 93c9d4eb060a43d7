"""Text from outside in a chat message: shown as it stands, whatever marks up text where it is read.

Slack and Mattermost take the same message, but each reads marks in it that the other does not, and no escape works in
both: Slack shows the backslash that Mattermost wants. So a sign that marks up text in either is replaced by one that
looks like it, and what only means something next to another sign gets a zero-width space between them.
"""

from __future__ import annotations

import re
import unicodedata

GAP = "\u200b"
# Emphasis, code, strikes, tables, the escape itself.
_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "ˍ", "`": "ˋ", "~": "∼", "|": "¦", "\\": "∖"})
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Mentions, brackets of a link, formulas; an emoji's name, a hashtag; what makes a link of a bare address.
_NEEDS_GAP = re.compile(
    r"[@\]$]|:(?=[\w+'-]+:)(?!\d\d:)|#(?=\S)|:(?=//)|www(?=\.)"
    r"|\b(?:mailto|tel|sms|xmpp|file|data|javascript|vbscript|slack|mattermost):",
    re.IGNORECASE,
)
_JOINERS = "\u200c\u200d"  # which emoji, Persian and the scripts of India need


def one_line(text: str) -> str:
    """Return ``text`` in one line, without signs that cannot be seen: controls, and those that turn what follows round.

    >>> one_line("a\\n b\\u202e")
    'a b'
    >>> one_line("0 \\x1b [")
    '0 ['
    """
    spaced = " ".join(text.split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    seen = "".join(
        sign for sign in spaced if sign in _JOINERS or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    return " ".join(seen.split())  # again, for a sign that went may have stood between two spaces


def escape(text: str) -> str:
    """Return ``text`` so that Slack and Mattermost show it as it stands.

    >>> escape("<!channel> A&B *[x](y)*").replace(GAP, "")
    '&lt;!channel&gt; A&amp;B ∗[x](y)∗'
    """
    return _NEEDS_GAP.sub(lambda match: match[0] + GAP, one_line(text).translate(_LOOK_ALIKES)).translate(_ENTITIES)
