"""What Chinese posts wear and what says nothing: links, mentions, signs of tags, brackets. Pure and total.

The English model learned a word for a link and one for a mention. The Chinese one had hardly any to learn from, and
each moved its answer (models/NOTES.md), so they are taken off. What stands within a tag or within brackets is often all
that a post says: it stays, without the signs.
"""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:https?://|www\.)[!-~]+|O?网页链接", re.IGNORECASE)  # a link ends where Chinese begins
# At the beginning and at the end a mention is an address, elsewhere it may be whom the text is about.
_REPOST = re.compile(r"//\s*@[\w-]{1,30}\s*[:：]?")
_ADDRESSED = re.compile(r"^(?:\s*(?:回复\s*)?@[\w-]{1,30}(?:\s*[:：]|\s+))+|(?:\s+@[\w-]{1,30}\s*)+$")
_AT = re.compile(r"(?<![A-Za-z0-9._])@(?=[\w-])")
_TAG = re.compile(r"#([^#\n]{1,40})#|#(?=[^\W\d])")
_CASHTAG = re.compile(r"\$([^$\s\d][^$\s]{0,30}\([\w.:]{2,12}\))\$")
_BRACKETS = re.compile(r"[【】]")
_SIGNS = re.compile(r"[#@$【】]|https?:|www\.|网页链接", re.IGNORECASE)


def without_han_dress(text: str) -> str:
    """Return a Chinese ``text`` without links and mentions, and its tags as plain words.

    >>> without_han_dress("#晨川银行挤兑# 储户排队 http://t.cn/A6 @财经网").split()
    ['晨川银行挤兑', '储户排队']
    """
    if not _SIGNS.search(text):
        return text
    left = _REPOST.sub(" ", _LINK.sub(" ", text))
    left = _ADDRESSED.sub("", left.strip())
    left = _CASHTAG.sub(r" \1 ", _TAG.sub(r" \1 ", left))
    left = _BRACKETS.sub(" ", _AT.sub("", left))
    return left if left.strip() else text
