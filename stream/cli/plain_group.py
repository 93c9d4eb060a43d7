"""Arguments that a command does not take: typer has pydantic read them, and would tell in its words what is wrong."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

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
    "datetime": "a time is expected, as in 2026-01-31T12:00",
}
_KIND = re.compile(r"Input should be a valid (\w+)\b.*", re.DOTALL)


def plain(message: str) -> str:
    """Return what pydantic says of an argument, in plain words; what is not known stays as it is.

    >>> plain("Input should be a valid integer, unable to parse string as an integer")
    'a whole number is expected'
    >>> plain("Input should be greater than or equal to 1")
    'a number not under 1 is expected'
    """
    if bound := _BOUND.fullmatch(message):
        return f"a number {_BOUNDS[bound[1], bool(bound[2])]} {bound[3]} is expected"
    if kind := _KIND.fullmatch(message):
        return _KINDS.get(kind[1], message)
    return message.removeprefix("Value error, ")


class PlainGroup(TyperGroup):
    """All commands: what is wrong with an argument of one is told in plain words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plain(error.message)
            raise
