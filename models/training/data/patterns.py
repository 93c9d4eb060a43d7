"""Patterns of invented text: slots and choices are filled, and the whole is dressed as feeds carry it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from models.training.data.invented_events import SLOTS
from models.training.data.invented_kinds import SLOTS as SLOTS_OF_KINDS

_FORMS = (
    "|||||| Oyj| plc| Group| Bank| Ltd| Corp| Inc| AG| Holdings| Foods| Motors| Energy| Pharma| Air| Steel| Mining|"
    " Software| Retail| Capital| Realty| Labs| Systems"
)


def filled(pattern: str, random: Random) -> str:
    """Return the pattern with its slots filled, and the slots of what fills them."""

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in MADE:
            return MADE[name](random)
        return filled(one(random, SLOTS_OF_KINDS.get(name) or SLOTS[name]), random)

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


MADE: dict[str, Callable[[Random], str]] = {"c": company, "d": company, "t": _ticker, "k": _number}
