"""What is wrong at a place of a file, in words for people rather than in those of the library that reads it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from stream.adapters.files.near_fields import choices
from stream.errors import Place

_KINDS = {
    "object": "fields are expected, as in `name: Apple`",
    "array": "a list is expected, as in `[one, two]`",
    "str": "a text is expected",
    "int": "a whole number is expected",
    "float": "a number is expected",
    "bool": "true or false is expected",
}
_FOUND = {
    "object": "these are fields with a colon",
    "array": "this is a list",
    "str": "this is a text",
    "int": "this is a number",
    "float": "this is a number",
    "bool": "this is read as true or false",
    "null": "nothing stands here",
    "date": "this is read as a date",
    "datetime": "this is read as a time",
}
_PATTERNS = {  # how a value is written, by a part of the pattern that it must match
    "[dhms]": "a length of time is expected, as in 30m, 4h or 1h30m",
    "^[a-z][a-z0-9-]": "small letters, digits and hyphens are expected, as in `my-name`",
    "^[a-z]{2,3}(-": "the code of a language is expected, as in `en`",
    "24:00": "a time of day is expected, as in 22:00",
    "[A-Z0-9.&/=-]": "a ticker is expected: capitals and digits, as in AAPL or BRK.B",
    "[A-Za-z_][A-Za-z0-9_]": "the name of a variable is expected, as in PAGER_SECRET",
}
_QUOTED = {"bool", "int", "float", "date", "datetime"}  # what YAML makes of a text that is not quoted


def _kind(match: re.Match[str]) -> str:
    wanted, found = match[1].split(" | "), match[2]
    said = " or ".join(_KINDS[one] for one in wanted if one in _KINDS)
    quote = "; put it in quotation marks" if "str" in wanted and found in _QUOTED else ""
    return f"{said}; {_FOUND.get(found, 'this is something else')}{quote}"


def _length(match: re.Match[str]) -> str:
    if match[2] == ">=":
        return "it is empty" if match[3] == "1" else f"it is too short: at least {match[3]}"
    return f"it is too long: at most {match[3]} {'characters' if match[1] == 'str' else 'entries'}"


def _bound(match: re.Match[str]) -> str:
    words = {">": "over", "<": "under", ">=": "not under", "<=": "not over"}
    return f"a number {words[match[1]]} {float(match[2]):g} is expected"


def _pattern(match: re.Match[str]) -> str:
    known = (said for part, said in _PATTERNS.items() if part in match[1])
    return next(known, f"it is not written as expected: {match[1]}")


_WORDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Expected `(.+?)`, got `(.+?)`"), _kind),
    (re.compile(r"Expected `(str|array|object)` of length (>=|<=) (\d+)"), _length),
    (re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)"), _bound),
    (re.compile(r"Expected `str` matching regex '(.+)'", re.DOTALL), _pattern),
    (re.compile(r"Object missing required field `(.+?)`"), lambda match: f"the field '{match[1]}' is missing"),
    (re.compile(r"Object contains unknown field `(.+?)`"), lambda match: f"there is no field '{match[1]}'"),
)
_NO_CHOICE = re.compile(r"Invalid (?:enum )?value '(.*)'", re.DOTALL)


def in_plain_words(problem: str, kind: Any = None, place: Place = ()) -> str:
    """Return what msgspec says of a value, in plain words; what is not known stays as it is.

    Args:
        kind: the type that the whole file is read as; with it, a value that is none of a few is told which there are.
        place: the way to the value.

    >>> in_plain_words("Expected `array`, got `str`")
    'a list is expected, as in `[one, two]`; this is a text'
    >>> in_plain_words("Expected `str`, got `bool`")
    'a text is expected; this is read as true or false; put it in quotation marks'
    """
    if match := _NO_CHOICE.fullmatch(problem):
        known = choices(kind, place) if kind is not None else []
        return (
            f"'{match[1][:40]}' is not one of {', '.join(known)}" if known else f"'{match[1][:40]}' is not known here"
        )
    for pattern, words in _WORDS:
        if found := pattern.fullmatch(problem):
            return words(found)
    return problem
