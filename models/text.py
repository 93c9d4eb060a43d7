"""The one text normalisation that fine-tuning and serving share, and the cleaning in it that stories and watchlists do.

A model must read at serving time what it read in training, so this module is imported by both and depends on
neither. It is pure and total: any ``str`` gives a ``str``. What a document stores and shows stays verbatim.
"""

from __future__ import annotations

import html
import re
import unicodedata

from models.cleaning.boilerplate import without_boilerplate
from models.cleaning.characters import plain_characters
from models.cleaning.dress_han import without_han_dress
from models.cleaning.emoji import with_emoji_as_words
from models.cleaning.figures import with_ways
from models.cleaning.han import simplified
from models.cleaning.markup import without_markup
from models.east_asian import is_chinese

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@])@\w{1,64}")
_VISIBLE = re.compile(r"[!-~]")  # an ASCII sign that is neither space nor control character

LINK_WORD = "http"
MENTION_WORD = "@user"


def clean(text: str) -> str:
    """Return ``text`` as it was meant: no markup, one form of each sign. Lines stay lines, and capitals capitals.

    A text of nothing but tags keeps them, so that something is left to read.

    >>> clean("<p>Moody\u2019s: &#36;ABC <b>\uff55p</b> 5&nbsp;%</p>")
    "Moody's: $ABC up 5 %"
    """
    plain = plain_characters(without_markup(text)).strip() or plain_characters(text).strip()
    return without_boilerplate(plain)


def normalise(text: str) -> str:
    """Return ``text`` as the classifier reads it: cleaned, links, mentions and emoji replaced, on one line.

    Traditional Chinese is simplified, which is what there is to learn from; links and mentions in Chinese are left out.
    Where figures only stand beside each other, a word says which way they went: see :mod:`models.cleaning.figures`.

    >>> normalise("【快訊】晨川銀行擠兌 http://t.cn/A6")
    '快讯 晨川银行挤兑'
    >>> normalise("Shares of $ABC  fall &amp; fall https://t.co/x via @desk")
    'Shares of $ABC fall & fall http via @user'
    """
    plain = simplified(clean(text))
    if is_chinese(plain):
        return " ".join(without_han_dress(with_emoji_as_words(plain, chinese=True)).split())
    plain = with_emoji_as_words(plain)
    if "://" in plain or "www." in plain.lower():
        plain = _LINK.sub(LINK_WORD, plain)
    if "@" in plain:
        plain = _MENTION.sub(MENTION_WORD, plain)
    return with_ways(" ".join(plain.split()))


def is_blank(text: str) -> bool:
    """Return whether ``text`` holds nothing to read: spaces, control characters and signs without width at most.

    >>> is_blank("\\x07 \\u200b\\n"), is_blank("\\x07 .")
    (True, False)
    """
    return _VISIBLE.search(text) is None and not plain_characters(text).strip()


def fingerprint_text(text: str) -> str:
    """Return the form under which two texts count as copies: case, spaces, links and mentions do not matter.

    >>> fingerprint_text("RUN on the bank! https://a.b @x") == fingerprint_text("run on  the bank!")
    True
    """
    text = _MENTION.sub(" ", _LINK.sub(" ", html.unescape(text)))
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
