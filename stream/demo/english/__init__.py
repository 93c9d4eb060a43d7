"""The scenario in English."""

from __future__ import annotations

from random import Random
from typing import Final

from stream.demo.english import crisis_texts, names
from stream.demo.english.company_texts import COMPANY_TEXTS
from stream.demo.english.deal_texts import DEAL_TEXTS
from stream.demo.english.economy_texts import ECONOMY_TEXTS
from stream.demo.script import COMMON_NUMBERS, Incidents, Names, Numbers, Script

NUMBERS: Numbers = {
    **COMMON_NUMBERS,
    "eps": lambda rng: f"${rng.uniform(0.05, 3.9):.2f}",
    "cents": lambda rng: f"${rng.uniform(0.02, 0.19):.2f}",
    "price": lambda rng: f"${rng.uniform(6, 240):.2f}",
    "aim": lambda rng: f"${rng.randint(8, 260)}",
    "million": lambda rng: f"${rng.uniform(11, 940):.1f}M",
    "billion": lambda rng: f"${rng.uniform(1.1, 28):.1f}B",
    "count": lambda rng: f"{rng.randint(3, 98) * 100:,}",
    "barrel": lambda rng: f"${rng.uniform(61, 108):.2f}",
    "ounce": lambda rng: f"${rng.randint(1710, 2690):,}",
    "yield": lambda rng: f"{rng.uniform(2.1, 5.2):.2f}%",
    "index": lambda rng: f"{rng.randint(48, 174) / 10:.1f}",
    "quarter": lambda rng: rng.choice(("Q1", "Q2", "Q3", "Q4")),
}


def _disguise(rng: Random, text: str) -> str:
    """Change what a fingerprint leaves out."""
    words = text.split(" ")
    place = rng.randrange(len(words))
    words[place] = rng.choice((str.capitalize, str.upper, str.lower))(words[place])
    text = (" " * rng.choice((1, 1, 2))).join(words)
    mentions = "".join(f" @{rng.choice(names.ACCOUNTS)}" for _ in range(rng.choice((0, 0, 1, 2))))
    return text + mentions


ENGLISH: Final = Script(
    language="en",
    names=Names(
        failing=names.FAILING,
        called="Castermere",  # its full name is found by it, too
        aliases=(),
        rumoured="Vantreel Bank",
        groups=("banks", "companies"),
        companies=names.COMPANIES,
        cashtag="${ticker}",
        targets=names.TARGETS,
        banks=names.BANKS,
        brokers=names.BROKERS,
        people=names.PEOPLE,
        sectors=names.SECTORS,
        places=names.PLACES,
        newsrooms=names.NEWSROOMS,
        accounts=names.ACCOUNTS,
        rumour_accounts=names.RUMOUR_ACCOUNTS,
        tags=("#stocks", "#markets", "#investing", "#trading", "#economy", "#finance"),
        network="chirp",
        site="https://chirp.example/",
    ),
    wordings={**COMPANY_TEXTS, **DEAL_TEXTS, **ECONOMY_TEXTS},
    incidents=Incidents(
        crisis_texts.SHARES,
        crisis_texts.BUSINESS,
        crisis_texts.SOCIAL,
        crisis_texts.CALM,
        crisis_texts.FOLLOW_UPS,
        crisis_texts.RUMOUR,
    ),
    numbers=NUMBERS,
    disguise=_disguise,
)
