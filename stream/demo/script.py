"""All of the scenario that differs by language: names, wordings, numbers, and how people copy each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from stream.demo.wording import Wording

Pair = tuple[str, str]
Numbers = Mapping[str, Callable[[Random], str]]  # by slot of a template
# Slots that read the same in each language.
COMMON_NUMBERS: Numbers = {
    "pct": lambda rng: f"{rng.uniform(1.1, 9.9):.1f}%",
    "bigpct": lambda rng: f"{rng.randint(11, 46)}%",
    "crash": lambda rng: f"{rng.randint(24, 41)}%",
    "smallpct": lambda rng: f"{rng.uniform(0.1, 2.4):.2f}%",
    "bps": lambda rng: str(rng.choice((10, 15, 25, 25, 50, 50, 75))),
    "few": lambda rng: str(rng.randint(2, 14)),
    "year": lambda rng: str(rng.randint(2027, 2035)),
    "points": lambda rng: str(rng.randint(38, 690)),
}


@dataclass(frozen=True)
class Names:
    """Who there is; all of it invented.

    Attributes:
        failing: the bank on which there is a run; one of ``companies`` and of ``banks``.
        called: what the watchlist calls it; ``aliases`` are its other names there.
        rumoured: the bank of the rumour; one of ``banks``.
        groups: of the watchlist, of banks and of companies.
        companies: names and tickers.
        cashtag: how a post writes a company, of its ``{company}`` and ``{ticker}``.
        network, site: where people post, and the address of a post up to its number.
    """

    failing: str
    called: str
    aliases: tuple[str, ...]
    rumoured: str
    groups: Pair
    companies: Sequence[Pair]
    cashtag: str
    targets: Sequence[str]
    banks: Sequence[str]
    brokers: Sequence[str]
    people: Sequence[str]
    sectors: Sequence[str]
    places: Sequence[str]
    newsrooms: Sequence[str]
    accounts: Sequence[str]
    rumour_accounts: Sequence[str]
    tags: Sequence[str]
    network: str
    site: str


@dataclass(frozen=True)
class Incidents:
    """Templates of the run on the bank, the rumour, and what the other bank says to that."""

    shares: Sequence[str]
    business: Sequence[str]
    social: Sequence[str]
    calm: Sequence[str]
    follow_ups: Sequence[str]
    rumour: str
    denials: Sequence[str] = ()


def as_it_is(_rng: Random, text: str) -> str:
    """Return ``text``."""
    return text


@dataclass(frozen=True)
class Script:
    """The scenario in one language.

    Attributes:
        numbers: slots of templates that are drawn anew each time.
        disguise: changes a copy of the rumour so that it is another text, but no other story.
        report: puts before a headline what newsrooms put there.
        repost: returns what who copies a text makes of it.
    """

    language: str
    names: Names
    wordings: Mapping[str, Wording]
    incidents: Incidents
    numbers: Numbers
    disguise: Callable[[Random, str], str]
    report: Callable[[Random, str], str] = as_it_is
    repost: Callable[[Random, str], str] = as_it_is
