"""Names that only their capitals tell from words without content: the US, May, IT, $NOW. Pure.

Such a word gets a mark behind it. It counts as content then, and is else the same word, so that a copy in other
capitals stays a copy: where nothing tells a name from a pronoun, as in "us stocks fall", the word is read as before.
"""

from __future__ import annotations

import re
from collections.abc import Container

from stream.pipeline.documents.sums import is_sum

NAME = "\ue005"  # stands behind a name; of private use, so no text has it

_SUSPECT = re.compile(
    r"(?<![\w.$])(?:(?P<us>[Uu]\.[Ss](?:\.[Aa](?!\w))?\.?|US)|(?P<may>May|MAY)|(?P<it>IT))(?![\w$]|\.\$)"
    r"|(?<![\w$])\$(?P<tag>[A-Za-z]{1,5})(?!\w)"
    r"|(?<!\w)(?P<sum>3M)(?!\w)"
)
_SIGNS_OF_SUSPECTS = "US", ".S", ".s", "May", "MAY", "IT", "$", "3M"  # a text with none of these has none
_NUMBER_WORD = re.compile(r"(?<=\d-)(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE)
_BEFORE_A_MONTH = re.compile(
    r"(?:\d(?:st|nd|rd|th)?|\b(?:in|of|for|since|from|until|till|through|by|to|and|or|late|early|mid|last|this|next|on|vs|"
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?))[\s.,/(-]*$",
    re.IGNORECASE,
)
_BEHIND_A_MONTH = re.compile(
    r"[\s,/-]*(?:\d|(?:delivery|futures?|contracts?|expiry|expir\w+|june?|july?)\b)", re.IGNORECASE
)
_BEHIND_A_VERB = re.compile(r"\s(?:[A-Z]|(?:be|not|have|also|yet|well)\b)")
_LONGEST_BESIDE = 20  # characters beside a month that are looked at


def with_names_marked(text: str, stopped: Container[str]) -> str:
    """Return ``text``, in the capitals that it came in, with :data:`NAME` behind names that read as ``stopped`` words.

    >>> with_names_marked("U.S. and IT shares may fall in May, it told us", {"us", "it", "may"}).replace(NAME, "*")
    'US* and IT* shares may fall in May*, it told us'
    """

    def marked(match: re.Match[str]) -> str:
        if match["us"]:
            return f"US{NAME}"
        if match["may"] and not _is_month(match):
            return match[0]
        if match["it"] and _is_shouted(match):
            return match[0]
        if match["sum"] and is_sum(match.string, *match.span()):
            return match[0]
        if match["tag"] and match["tag"].casefold() not in stopped:
            return match[0]
        return match[0] + NAME

    if "-" in text:  # the second number of "7-Eleven" is a word
        text = _NUMBER_WORD.sub(rf"\g<0>{NAME}", text)
    return _SUSPECT.sub(marked, text) if any(sign in text for sign in _SIGNS_OF_SUSPECTS) else text


def _is_month(match: re.Match[str]) -> bool:
    """Whether "May" is none that may: beside what stands beside a month, or a capital among small letters."""
    text, start, end = match.string, match.start(), match.end()
    if _BEFORE_A_MONTH.search(text[max(0, start - _LONGEST_BESIDE) : start]) or _BEHIND_A_MONTH.match(text, end):
        return True
    # "Bank May Cut Jobs": in a title of capitals verbs have one
    return match["may"] == "May" and not _BEHIND_A_VERB.match(text, end)


def _is_shouted(match: re.Match[str]) -> bool:
    """Whether the line around a match is all in capitals."""
    text = match.string
    end = text.find("\n", match.end())
    line = text[text.rfind("\n", 0, match.start()) + 1 : len(text) if end < 0 else end]
    return line == line.upper()
