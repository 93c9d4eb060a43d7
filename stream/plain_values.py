"""What pydantic says of a wrong value, an argument of a command or a setting, in words for people. Pure."""

from __future__ import annotations

import re

_BOUND = re.compile(r"Input should be (greater|less) than( or equal to)? (\S+)")
_BOUNDS = {
    ("greater", True): "not under",
    ("greater", False): "over",
    ("less", True): "not over",
    ("less", False): "under",
}
_KINDS = {
    "integer": "a whole number is expected",
    "number": "a number is expected",
    "boolean": "true or false is expected",
    "string": "a text is expected",
    "datetime": "a time is expected, as in 2026-01-31T12:00",
}
_EMPTY = re.compile(r"(?:Tuple|List) should have at least 1 item.*", re.DOTALL)
_KIND = re.compile(r"Input should be a valid (\w+)\b.*", re.DOTALL)


def plain(message: str) -> str:
    """Return what pydantic says of an argument or a setting, in plain words; what is not known stays as it is.

    >>> plain("Input should be a valid integer, unable to parse string as an integer")
    'a whole number is expected'
    >>> plain("Input should be greater than or equal to 1")
    'a number not under 1 is expected'
    >>> plain("Tuple should have at least 1 item after validation, not 0")
    'it is empty'
    """
    if bound := _BOUND.fullmatch(message):
        return f"a number {_BOUNDS[bound[1], bool(bound[2])]} {bound[3]} is expected"
    if _EMPTY.fullmatch(message):
        return "it is empty"
    if kind := _KIND.fullmatch(message):
        return _KINDS.get(kind[1], message)
    return message.removeprefix("Value error, ")
