"""Text from outside in a chat message: shown as it stands, whatever marks up text where it is read.

Slack and Mattermost take the same message, but each reads marks in it that the other does not, and no escape works in
both: Slack shows the backslash that Mattermost wants. So a sign that marks up text in either is replaced by one that
looks like it, and what only means something next to another sign gets a zero-width space between them. Feishu, DingTalk
and WeCom say of no escape that they know it, so there nothing is left that could need one.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

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
# Where no entity may be written: tags, mentions (<@all>) and entities themselves.
_ANGLES = str.maketrans({"<": "＜", ">": "＞"})
_ENTITY = re.compile(r"&(?=#?\w+;)")
# A bare name of a host, which some chats make a link of: evil.example, but not 3.5 or the end of a sentence.
_HOST_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
_ADDRESS = re.compile(r"https?://[^\s<>|]+")
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


def unmarked(text: str) -> str:
    """Return ``text`` so that Feishu, DingTalk and WeCom show it as it stands: no marks, no tags, no entities.

    >>> unmarked("<@all> A&amp;B **[x](y)**").replace(GAP, "")
    '＜@all＞ A&amp;B ∗∗[x](y)∗∗'
    """
    plain = one_line(text).translate(_LOOK_ALIKES).translate(_ANGLES)
    return _ENTITY.sub(f"&{GAP}", _NEEDS_GAP.sub(lambda match: match[0] + GAP, plain))


def unmarked_quote(text: str) -> str:
    """Return what others wrote as :func:`unmarked` does, and so that a bare name of a host is no link.

    >>> unmarked_quote("evil.example rose 3.5.").replace(GAP, "|")
    'evil.|example rose 3.5.'
    """
    return _HOST_DOT.sub(f".{GAP}", unmarked(text))


def safe_address(url: str) -> str | None:
    """Return ``url`` without signs that could end a link or begin another; None where it is no address of the web.

    >>> safe_address("https://a.example/x)[y](z"), safe_address("javascript:alert(1)")
    ('https://a.example/x%29%5By%5D%28z', None)
    """
    if not _ADDRESS.fullmatch(url):
        return None
    return quote(url, safe="/:?#@!$&+,;=%-._~")


def link_label(text: str) -> str:
    """Return the words of a link without the brackets that Markdown would end it by.

    >>> link_label("[a]")
    '(a)'
    """
    return text.replace("[", "(").replace("]", ")")
