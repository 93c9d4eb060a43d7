"""A text without what newsrooms and networks wrap around it, as words. Pure.

Nothing is taken off that leaves too little: two reports must not become equal because the rest of both was cut away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from models.cleaning.han import simplified
from models.east_asian import CJK
from models.text import clean
from stream.pipeline.stories.capitals import NAME, with_names_marked
from stream.pipeline.stories.denials import NOT, SIGNS, denied, has_denying_tag, with_denials
from stream.pipeline.stories.house_style import MINUS, PLUS, WORDS, in_house_style
from stream.pipeline.stories.outlets import is_outlet
from stream.pipeline.stories.wording_han import beginning_of, without_press_behind, without_tags

MAX_WORDS, MAX_CHARACTERS = 128, 2000  # the beginning of an article is what reprints keep
MAX_MARKUP = 4 * MAX_CHARACTERS  # of a text as it came, with the markup of its page
LEAST_WORDS = 4  # that are left where hashtags or the rest of a line are cut away; of fewer, any two may be equal

# Links and mentions; spelt so that the search can leap to their first letter.
_LINKS = re.compile(r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)[!-~]+|@(?<![\w@]@)\w{1,64}:?")
_CUT_OFF = re.compile(r"\S{1,60}(?:\.\.\.|…)\s{0,9}$", re.MULTILINE)
_HASHTAGS = re.compile(r"(?:(?<=\s)#\w{1,60}\s{0,9}){1,20}$", re.MULTILINE)
_SHOUT = re.compile(
    r"\W{0,20}(?:(?:rt|via|breaking(?: news)?|just in|update(?: \d+)?|exclusive|corrected|wrapup(?: \d+)?|alert|flash|"
    r"live|watch|new|full story|read more|read also)\s*[-:|–—]+\s*|rt\s+(?=\S))",
    re.IGNORECASE,
)
LONGEST_PLACE = 41  # characters, with the bracket behind it
_DATELINE = re.compile(r"[^()\n]{0,40}\(([^()\n]{2,30})\)\s*[-–—]+\s*")
_BAR = re.compile(r"[-–—|•·丨_]")  # without one of these, neither an outlet nor an issuer ends a line
_ENDING = re.compile(r"(?<=\S)(?:\s{1,4}[-–—|•·丨_]{1,3}|\s{0,4}[|丨_])\s{0,4}(?=\S)([^-–—|•丨_\n]{2,45}?)\s{0,9}$")
LONGEST_ENDING, LONGEST_ISSUER = 70, 170  # characters at the end of a line, and of a headline, that are looked at
_ISSUER = re.compile(
    r"\S\s{1,4}[-–—|•]{1,3}\s{1,4}"
    r"([A-Z\u4e00-\u9fff][\w.&']{0,30}(?:\s[A-Z\u4e00-\u9fff][\w.&']{0,30}){0,3})\s{0,9}$"
)
_SPACES = re.compile(r"[^\S\n]{2,}")
_CHARACTER = re.compile(rf"{NOT}*[{CJK}]")
_WORD = re.compile(
    rf"[{SIGNS}{CJK}]|\d+(?:[.,]\d+)*(?:%|[a-z]{{1,3}}\b)?[{NAME}{PLUS}{MINUS}]*"
    rf"|[^\W\d_{CJK}]+(?:\d+[^\W_{CJK}]*)?{NAME}?"
)
_STOPPED = """
a about after all also am an and any are as at be been before being both but by can could did do does for from had has
have he her here his how i if in into is it its just may me might more most my of on one only or other our out own s
said say says she should so some such t than that the their them then there these they this those to too us very via was
we were what when where which while who whom why will with would you your news update breaking
的 了 在 是 和 与 及 将 为 被 对 于 也 都 就 已 其 该 此 等 を は が の に と で も
"""
STOPPED = frozenset(_STOPPED.split())  # words without content


def bare_words(text: str, source: str = "") -> list[str]:
    """Return the words of ``text`` without what it was wrapped in, in lower case and without accents.

    A word that is denied begins with :data:`stream.pipeline.stories.denials.NOT`. Only a text without a letter
    or digit gives none.

    Args:
        source: of the document; its name behind a headline is taken off.
    """
    return words_of(clean_beginning(text), source)


def clean_beginning(text: str) -> str:
    """Return the beginning of ``text``, which is all that is compared of it: no markup, no credits, simplified Han."""
    return simplified(clean(text[:MAX_MARKUP])[:MAX_CHARACTERS])


def words_of(cleaned: str, source: str = "") -> list[str]:
    """Return :func:`bare_words` of what :func:`clean_beginning` gave."""
    if not cleaned:
        return []
    whole = _with_single_spaces(cleaned)
    return _words(_bare(whole, source)) or _words(whole) or [cleaned.casefold()]


def ending_of(cleaned: str, source: str = "") -> str:
    """Return what stands behind a dash or bar at the end of a clean headline and is no outlet: an issuer, perhaps.

    >>> ending_of("Profit warning - Deutsche Bank"), ending_of("Profit warning - Reuters")
    ('deutschebank', '')
    """
    if not cleaned.isascii():
        cleaned = _without_beginning(cleaned, source)  # "快讯 | ..." is no headline before an issuer
    start = max(0, len(cleaned) - LONGEST_ISSUER)
    match = _ISSUER.search(cleaned, start) if _BAR.search(cleaned, start) else None
    return "" if match is None or is_outlet(match[1], source) else "".join(_WORD.findall(match[1].casefold()))


def is_unspaced(words: Sequence[str]) -> bool:
    """Whether most of ``words`` are single characters of a script without spaces."""
    if "".join(words).isascii():
        return False
    return 2 * sum(_CHARACTER.match(word) is not None for word in words) > len(words)


def _with_single_spaces(text: str) -> str:
    if "  " not in text and text.replace("\n", " ").isprintable():
        return text  # spaces of other kinds are not printable
    return _SPACES.sub(" ", text)


def _bare(text: str, source: str) -> str:
    if "@" in text or "://" in text or "www." in text.lower():
        text = _or(_with_single_spaces(_LINKS.sub(" ", text)), text)
    text = text.strip()
    if not text.isascii():
        text = _or(without_tags(text).strip(), text, LEAST_WORDS)
    text = _without_beginning(text, source)
    if "..." in text or "…" in text:
        text = _or(_CUT_OFF.sub(" ", text), text)
    if "#" in text and not has_denying_tag(text):
        text = _or(_HASHTAGS.sub(" ", text), text, LEAST_WORDS)
    return "\n".join([_without_ending(line, source) for line in text.split("\n")])


def _without_ending(line: str, source: str) -> str:
    for _ in range(2):  # "... - Reuters | Markets Insider"
        start = max(0, len(line) - LONGEST_ENDING)
        match = _ENDING.search(line, start) if _BAR.search(line, start) else None
        if match is None or not is_outlet(match[1], source) or not _has_words(line[: match.start()], 1):
            break
        line = line[: match.start()]
    shorter = line if line.isascii() else without_press_behind(line)
    return shorter if _has_words(shorter, 1) else line


def _without_beginning(text: str, source: str) -> str:
    at = 0
    for _ in range(4):
        end = _end_of_beginning(text, at, source)
        if end == at or not _has_words(text[end:], 1):
            break
        at = end
    return text[at:]


def _end_of_beginning(text: str, at: int, source: str) -> int:
    if match := _SHOUT.match(text, at):
        return match.end()
    if not text.isascii() and (end := beginning_of(text, at)) > at:
        return end
    if "(" in text[at : at + LONGEST_PLACE]:
        match = _DATELINE.match(text, at)
        return match.end() if match and is_outlet(match[1], source) else at
    return at


def _or(shorter: str, text: str, least: int = 1) -> str:
    """Return ``shorter`` if it still has ``least`` words, else ``text``."""
    return shorter if _has_words(shorter, least) else text


def _has_words(text: str, least: int = LEAST_WORDS) -> bool:
    found = _WORD.finditer(text.lower())
    return sum(1 for _, _ in zip(range(least), found, strict=False)) == least


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = unicodedata.normalize("NFC", text)
    lower = with_denials(in_house_style(with_names_marked(text, STOPPED).casefold()))
    words = [WORDS.get(word, word) for word in _WORD.findall(lower)[:MAX_WORDS]]
    return denied(words, STOPPED) if not set(SIGNS).isdisjoint(words) else words
