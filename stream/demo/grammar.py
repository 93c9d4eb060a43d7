"""A small template language, so that a page of wordings gives thousands of distinct texts.

``[a|b]`` stands for one of the alternatives (they nest), ``{slot}`` for a name or a number. Names stay the same
within a text and numbers are drawn anew each time, as a headline and its second sentence have them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from stream.demo.script import Names, Numbers

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Cast(NamedTuple):
    """Who a text is about; all of it invented."""

    company: str
    ticker: str
    target: str
    bank: str
    broker: str
    person: str
    sector: str
    place: str


def draw_cast(rng: Random, names: Names) -> Cast:
    """Choose the names of one text."""
    company, ticker = rng.choice(names.companies)
    lists: Sequence[Sequence[str]] = (
        names.targets,
        names.banks,
        names.brokers,
        names.people,
        names.sectors,
        names.places,
    )
    return Cast(company, cashtag(names, company, ticker), *(rng.choice(options) for options in lists))


def cashtag(names: Names, company: str, ticker: str) -> str:
    """Return how a post writes a company."""
    return names.cashtag.format(company=company, ticker=ticker)


def expand(template: str, rng: Random, cast: Cast, numbers: Numbers) -> str:
    """Return one text of ``template``.

    >>> cast = Cast("Acme", "$ACME", "Target", "Bank", "Broker", "Ann", "chip", "Rome")
    >>> expand("[{company}|{company}] up {pct}", Random(1), cast, {"pct": lambda rng: "3%"})
    'Acme up 3%'
    """
    while "[" in template:
        template = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    return _SLOT.sub(lambda match: _fill(match[1], rng, cast, numbers), template)


def _fill(slot: str, rng: Random, cast: Cast, numbers: Numbers) -> str:
    """Numbers come from ``numbers``, all else from the cast; an unknown slot is an error of the template."""
    if slot in numbers:
        return numbers[slot](rng)
    name: str = getattr(cast, slot)
    return name
