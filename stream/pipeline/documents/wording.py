"""A text without what newsrooms and networks wrap around it, as words. Pure."""

from __future__ import annotations

import re
import unicodedata

from models.text import clean

MAX_WORDS, MAX_CHARACTERS = 128, 2000  # the beginning of an article is what reprints keep
MAX_MARKUP = 4 * MAX_CHARACTERS  # of a text as it came, with the markup of its page

# Links and mentions; spelt so that the search can leap to their first letter.
_LINKS = re.compile(r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)\S+|@(?<![\w@]@)\w{1,64}:?")
_ENDS = re.compile(
    r"\S{1,60}(?:\.\.\.|…)\s{0,9}$|(?:(?<=\s)#\w{1,60}\s{0,9}){1,20}$", re.MULTILINE
)  # a word cut off, hashtags
_BEFORE = re.compile(
    r"^\W{0,20}(?:(?:rt|via|breaking(?: news)?|just in|update(?: \d+)?|exclusive|corrected|wrapup(?: \d+)?|alert|flash|"
    r"live|watch|new)\s*[-:|–—]+\s*|rt\s+(?=\S)|[^()\n]{0,40}\([^()\n]{2,30}\)\s*[-–—]+\s*)+",
    re.IGNORECASE,
)
_OUTLET = re.compile(
    r"(?<=\S)(?:\s{1,4}[-–—|•]{1,3}|\s{0,4}\|)\s{0,4}[A-Z][\w.&’']{0,30}(?:\s[A-Z][\w.&’']{0,30}){0,3}\s{0,9}$",
    re.MULTILINE,
)
_BOILERPLATE = re.compile(
    r"(?:\(?\b(?:reporting|writing|editing|additional reporting) by\b|read (?:more|the full|also)\b|"
    r"continue reading\b|click here\b|sign up (?:for|to)\b|subscribe\b|follow us\b|full story\b|"
    r"for more (?:news|information|details)\b|all rights reserved\b|©|\(c\) \d{4}|the post .{0,200} appeared first|"
    r"this (?:article|story|post) (?:was )?(?:first |originally )?(?:appeared|published)).*",
    re.IGNORECASE,
)
# A text with none of these holds nothing for the pattern above, which is slow to find that out.
_SIGNS_OF_BOILERPLATE = (
    "ing by", "read", "click here", "sign up", "subscribe", "follow us", "full story", "for more", "all rights", "©",
    "(c)", "the post", "this",
)  # fmt: skip
_SPACES = re.compile(r"[^\S\n]{2,}")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|\d+(?:[.,]\d+)*(?:%|[a-z]{{1,2}}\b)?|[^\W\d_{_CJK}]+(?:\d+[^\W_]*)?")
_STOPPED = """
a about after all also am an and any are as at be been before being both but by can could did do does for from had has
have he her here his how i if in into is it its just may me might more most my of on one only or other our out own s
said say says she should so some such t than that the their them then there these they this those to too us very via was
we were what when where which while who whom why will with would you your news update breaking
"""
STOPPED = frozenset(_STOPPED.split())  # words without content


def bare_words(text: str) -> list[str]:
    """Return the words of ``text`` without what it was wrapped in, in lower case and without accents."""
    bare = _SPACES.sub(" ", _LINKS.sub(" ", clean(text[:MAX_MARKUP])[:MAX_CHARACTERS]))
    if "#" in bare or "..." in bare or "…" in bare:
        bare = _ENDS.sub(" ", bare)
    bare = _OUTLET.sub(" ", _BEFORE.sub("", bare.strip(), count=1))
    lower = bare.lower()
    if any(sign in lower for sign in _SIGNS_OF_BOILERPLATE):
        bare = _BOILERPLATE.sub(" ", bare)
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
        bare = unicodedata.normalize("NFC", bare)
    return _WORD.findall(bare.casefold())[:MAX_WORDS]
