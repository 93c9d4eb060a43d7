"""What is wrong with a value or a JSON text, in words for people, not those of the library that reads it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from stream.errors import Place
from stream.near_fields import choices, example, hint, is_duration


class Format(NamedTuple):
    """How kinds of values are called where people write them: what is expected, and what stands there."""

    kinds: Mapping[str, str]
    found: Mapping[str, str]
    quoted: frozenset[str] = frozenset()  # what is made of a text that is not quoted


_FOUND = {
    "object": "these are fields with a colon",
    "array": "this is a list",
    "str": "this is a text",
    "int": "this is a number",
    "float": "this is a number with a point",
    "bool": "this is read as true or false",
    "null": "nothing stands here",
    "date": "this is read as a date",
    "datetime": "this is read as a time",
}
YAML = Format(
    {
        "object": "fields are expected, as in `name: Apple`",
        "array": "a list is expected, as in `[one, two]`",
        "str": "a text is expected",
        "int": "a whole number is expected",
        "float": "a number is expected",
        "bool": "true or false is expected",
    },
    _FOUND,
    frozenset(("bool", "int", "float", "date", "datetime")),
)
JSON = Format(
    {
        **YAML.kinds,
        "object": "fields in braces are expected",
        "array": "a list in brackets is expected",
        "str": "a text in quotation marks is expected",
        "datetime": 'a time is expected, as in "2026-03-02T09:30:00Z"',
    },
    {**_FOUND, "object": "these are fields in braces", "bool": "this is true or false", "null": "this is null"},
)
_PATTERNS = {  # how a value is written, by a part of the pattern that it must match
    "[dhms]": "a length of time is expected, as in 30m, 4h or 1h30m",
    "^[a-z][a-z0-9-]": "small letters, digits and hyphens are expected, as in `my-name`",
    "^[a-z]{2,3}(-": "the code of a language is expected, as in `en`",
    "24:00": "a time of day is expected, as in 22:00",
    "[A-Z0-9.&/=-]": "a ticker is expected: capitals and digits, as in AAPL or BRK.B",
    "[A-Za-z_][A-Za-z0-9_]": "the name of a variable is expected, as in PAGER_SECRET",
}
_PATH_STEP = re.compile(r"\.([A-Za-z_]+)|\[(\d+)\]")


def _kind(match: re.Match[str], words: Format) -> str:
    wanted, found = match[1].split(" | "), match[2]
    said = " or ".join(words.kinds[one] for one in wanted if one in words.kinds).replace(" is expected or ", " or ")
    quote = "; put it in quotation marks" if "str" in wanted and found in words.quoted else ""
    return f"{said}; {words.found.get(found, 'this is something else')}{quote}"


def _kind_at(match: re.Match[str], kind: Any, place: Place) -> str:
    """Return it for a value of a file of YAML, with what is known of its place."""
    found = YAML.found.get(match[2], "this is something else")
    if is_duration(kind, place):
        return f"a length of time is expected, as in 30m, 4h or 1h30m; {found}"
    if (fields := example(kind, place)) and "object" in match[1]:
        named = {**YAML.kinds, "object": f"fields are expected, as in `{fields}`"}
        return _kind(match, YAML._replace(kinds=named))
    return _kind(match, YAML)


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


TOO_LARGE = "a number is too large"
_WORDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Expected `(str|array|object)` of length (>=|<=) (\d+)"), _length),
    (re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)"), _bound),
    (re.compile(r"Expected `str` matching regex '(.+)'", re.DOTALL), _pattern),
    (re.compile("Invalid RFC3339 encoded datetime"), lambda _: JSON.kinds["datetime"]),
    (
        re.compile("Expected `datetime` with a timezone component"),
        lambda _: "the time zone is missing; write it, as in 2026-03-02T09:30:00Z",
    ),
    (re.compile("(?:Number|Integer value) out of range"), lambda _: TOO_LARGE),
    (re.compile(r"Object missing required field `(.+?)`"), lambda match: f"the field '{match[1]}' is missing"),
    (re.compile(r"Object contains unknown field `(.+?)`"), lambda match: f"there is no field '{match[1]}'"),
)
_KIND = re.compile(r"Expected `(.+?)`, got `(.+?)`")
_UNKNOWN = re.compile("Object contains unknown field `(.+?)`")
_NO_CHOICE = re.compile(r"Invalid (?:enum )?value '(.*)'", re.DOTALL)


def in_plain_words(problem: str, kind: Any = None, place: Place = (), words: Format = YAML) -> str:
    """Return what msgspec says of a value, in plain words; what is not known stays as it is.

    Args:
        kind: the type that the whole file is read as; with it, a value that is none of a few is told which there are.
        place: the way to the value.
        words: how kinds of values are called.

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
    if match := _KIND.fullmatch(problem):
        return _kind(match, words) if kind is None or words is not YAML else _kind_at(match, kind, place)
    for pattern, said in _WORDS:
        if found := pattern.fullmatch(problem):
            return said(found)
    return problem


class Problem(NamedTuple):
    """What is wrong at a place, a path of keys and numbers; with the name of a field that may not stand there."""

    place: Place
    said: str
    unknown: str | None = None

    def told(self, whole: str) -> str:
        """Return it with its place in front; ``whole`` stands for all that was read."""
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.place).lstrip(".")
        return f"{where or whole}: {self.said}"


def problem_of(error: msgspec.ValidationError, kind: Any, words: Format = YAML) -> Problem:
    """Return where a value is wrong, and why, from what msgspec says of it.

    Args:
        kind: the type that the whole was read as.
    """
    problem, _, at = str(error).partition(" - at `$")
    place: Place = tuple(key or int(number) for key, number in _PATH_STEP.findall(at))
    said, unknown = in_plain_words(problem, kind, place, words), _UNKNOWN.fullmatch(problem)
    if unknown is None:
        return Problem(place, said)
    return Problem(place, said + hint(kind, place, unknown[1]), unknown[1])


HALF = "half a character is written with \\u"
_BROKEN = (  # what msgspec says of a JSON text, in part, and what is wrong with it; the first that is found holds
    ("truncated", "it ends too early: a quotation mark, bracket or brace is missing"),
    ("trailing characters", "something follows behind its end"),
    ("trailing comma", "a comma stands behind the last value"),
    ("keys must be strings", "the name of a field is expected, in double quotation marks"),
    ("expected ':'", "a colon is missing"),
    ("expected ','", "a comma or the closing bracket is missing"),
    ("surrogate", HALF),
    ("escape", "what follows a backslash is not known; for the sign itself write two"),
    ("out of range", TOO_LARGE),
    ("number", "a number cannot be read"),
    ("UTF-8", "it is not UTF-8"),
)
_AT_BYTE = re.compile(r" \(byte (\d+)\)")


def broken_json(error: Exception, raw: bytes = b"") -> str:
    """Return why ``raw`` is no JSON, from what msgspec says of it.

    >>> broken_json(msgspec.DecodeError("JSON is malformed: trailing comma in object (byte 7)"))
    'a comma stands behind the last value, at byte 7'
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    problem = str(error)
    if "truncated" in problem and raw.rstrip().endswith((b"}", b"]")) and b"\\ud" in raw.lower():
        return HALF  # its other half is looked for behind the end
    said = next((words for part, words in _BROKEN if part in problem), "")
    if (found := _AT_BYTE.search(problem)) is None:
        return said or "it is broken"
    at = int(found[1])
    sign = repr(raw[at : at + 4].decode(errors="ignore")[:1]) if raw[at:] else "what stands there"
    return f"{said}, at byte {at}" if said else f"{sign} may not stand at byte {at}"


def json_problem(error: Exception, kind: Any, whole: str, raw: bytes = b"") -> str:
    """Return what is wrong with a JSON text, ``raw``, that is read as a ``kind``; ``whole`` is what it is called.

    >>> json_problem(msgspec.ValidationError("Expected `str`, got `int` - at `$.source`"), dict, "record")
    'source: a text in quotation marks is expected; this is a number'
    """
    if isinstance(error, msgspec.ValidationError):
        return problem_of(error, kind, JSON).told(whole)
    found = _AT_BYTE.search(str(error))
    # Where the reader is strict; a raw document may hold them.
    if found and raw[int(found[1]) :].lstrip(b"-").startswith((b"NaN", b"Infinity")):
        return f"{whole}: not JSON: NaN and Infinity are none, write null, at byte {found[1]}"
    return f"{whole}: not JSON: {broken_json(error, raw)}"
