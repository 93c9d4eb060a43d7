"""A small template language, so that a page of wordings gives thousands of distinct texts.

``[a|b]`` stands for one of the alternatives (they nest), ``{slot}`` for a name or a number. Names stay the same
within a text and numbers are drawn anew each time, as a headline and its second sentence have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from stream.demo import names

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")

NUMBERS: Mapping[str, Callable[[Random], str]] = {
    "pct": lambda rng: f"{rng.uniform(1.1, 9.9):.1f}%",
    "bigpct": lambda rng: f"{rng.randint(11, 46)}%",
    "crash": lambda rng: f"{rng.randint(24, 41)}%",
    "smallpct": lambda rng: f"{rng.uniform(0.1, 2.4):.2f}%",
    "bps": lambda rng: str(rng.choice((10, 15, 25, 25, 50, 50, 75))),
    "eps": lambda rng: f"${rng.uniform(0.05, 3.9):.2f}",
    "cents": lambda rng: f"${rng.uniform(0.02, 0.19):.2f}",
    "price": lambda rng: f"${rng.uniform(6, 240):.2f}",
    "aim": lambda rng: f"${rng.randint(8, 260)}",
    "million": lambda rng: f"${rng.uniform(11, 940):.1f}M",
    "billion": lambda rng: f"${rng.uniform(1.1, 28):.1f}B",
    "count": lambda rng: f"{rng.randint(3, 98) * 100:,}",
    "few": lambda rng: str(rng.randint(2, 14)),
    "year": lambda rng: str(rng.randint(2027, 2035)),
    "barrel": lambda rng: f"${rng.uniform(61, 108):.2f}",
    "ounce": lambda rng: f"${rng.randint(1710, 2690):,}",
    "yield": lambda rng: f"{rng.uniform(2.1, 5.2):.2f}%",
    "index": lambda rng: f"{rng.randint(48, 174) / 10:.1f}",
    "points": lambda rng: str(rng.randint(38, 690)),
    "quarter": lambda rng: rng.choice(("Q1", "Q2", "Q3", "Q4")),
}


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


def draw_cast(rng: Random) -> Cast:
    """Choose the names of one text."""
    company, ticker = rng.choice(names.COMPANIES)
    lists: Sequence[Sequence[str]] = (
        names.TARGETS,
        names.BANKS,
        names.BROKERS,
        names.PEOPLE,
        names.SECTORS,
        names.PLACES,
    )
    return Cast(company, f"${ticker}", *(rng.choice(options) for options in lists))


def expand(template: str, rng: Random, cast: Cast) -> str:
    """Return one text of ``template``.

    >>> rng = Random(1)
    >>> expand("[Up|Up] {pct}", rng, draw_cast(rng)).startswith("Up ")
    True
    """
    while "[" in template:
        template = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    return _SLOT.sub(lambda match: _fill(match[1], rng, cast), template)


def _fill(slot: str, rng: Random, cast: Cast) -> str:
    """Numbers come from :data:`NUMBERS`, all else from the cast; an unknown slot is an error of the template."""
    if slot in NUMBERS:
        return NUMBERS[slot](rng)
    name: str = getattr(cast, slot)
    return name
