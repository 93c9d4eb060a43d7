"""Patterns of invented text: slots and choices are filled, and the whole is dressed as feeds carry it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from models.training.data.invented_events import SLOTS
from models.training.data.invented_kinds import SLOTS as SLOTS_OF_KINDS

_FORMS = (
    "|||||| Oyj| plc| Group| Bank| Ltd| Corp| Inc| AG| Holdings| Foods| Motors| Energy| Pharma| Air| Steel| Mining|"
    " Software| Retail| Capital| Realty| Labs| Systems"
)


class Grammar(NamedTuple):
    """What the slots of patterns stand for: alternatives with | between them, or something made up on the spot."""

    slots: Mapping[str, str]
    made: Mapping[str, Callable[[Random], str]]


def filled(pattern: str, random: Random, grammar: Grammar | None = None) -> str:
    """Return the pattern with its slots filled, and the slots of what fills them; in English without a grammar."""
    known = grammar or ENGLISH

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in known.made:
            return known.made[name](random)
        return filled(one(random, known.slots[name]), random, known)

    chosen = re.sub(r"\[([^][]*\|[^][]*)\]", lambda choice: one(random, choice[1]), pattern)
    return re.sub(r"\{(\w+)\}", fill, chosen)


def dressed(text: str, random: Random) -> str:
    """Return ``text`` as feeds carry it: bare, with a sender before it, a link or a tag or a bland clause behind it."""
    before = filled(one(random, SLOTS_OF_KINDS["before"]), random) if random.random() < 0.15 else ""
    behind = (
        filled(one(random, SLOTS_OF_KINDS["behind"]), random) if random.random() < 0.3 else random.choice(("", "", "."))
    )
    form = random.random()
    if form < 0.05:
        text = text.lower()
    elif form < 0.08:
        text = text.upper()
    elif form < 0.14:
        text = text.title()
    else:
        text = capital(text)
    return before + text.rstrip(" .") + behind


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def company(random: Random) -> str:
    start = one(random, "Al|Ber|Cor|Dan|El|Far|Gran|Hal|Kor|Lum|Mer|Nor|Or|Pal|Sol|Tor|Ul|Var|Wes|Zen")
    end = one(random, "bank|dex|dis|gen|lin|mark|nova|ro|sta|tek|ton|via")
    return start + end + one(random, _FORMS)


def _ticker(random: Random) -> str:
    return "$" + "".join(random.choices("ABCDEFGHIKLMNOPRSTUVXZ", k=random.choice((2, 3, 3, 4, 4, 4))))


def _number(random: Random) -> str:
    return str(random.choice((random.randint(2, 9), random.randint(10, 99), random.randint(2, 40))))


def one(random: Random, choices: str) -> str:
    return random.choice(choices.split("|"))


ENGLISH = Grammar({**SLOTS, **SLOTS_OF_KINDS}, {"c": company, "d": company, "t": _ticker, "k": _number})
