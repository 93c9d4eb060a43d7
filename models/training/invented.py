"""Invented sentences for what the labelled sets hardly have: results compared in figures, losses that shrink, negation,
and banks in distress. Companies and figures are made up, so no real name takes a sentiment along. Pure.

The probes of the model card are not among them, nor is any sentence of a labelled set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENT
from models.text import normalise
from models.training.dataset import TRAIN, LabelledSet, Row

SOURCE, LICENCE = "invented", "MIT"
Sentence = tuple[str, str]  # text, label

_GOOD = "net profit|operating profit|pre-tax profit|net sales|revenue|turnover|EBITDA|order intake|net interest income"
_BAD = "net debt|operating costs|loan losses|bad loans|impairments|net loss|operating loss|finance costs"
_UNITS = "EUR {} million|EUR {} mn|EUR{}m|${} million|${}M|Rs {} crore|GBP {}m|SEK {} billion"
_PERIODS = "a year earlier|in the same quarter of the previous year|in the corresponding period|a year ago|last year"
_UP = "rose|increased|grew|climbed|went up"
_DOWN = "fell|decreased|declined|dropped|went down"

# What is good or bad for a company without any figure; {c} a company, {d} another one, {n} a number.
_PLAIN = {
    NEGATIVE: """{c} suspends withdrawals after savers pull out {n} million
        Savers wait in line at branches of {c} to take out their money
        Crowds gather outside {c} branches as clients pull their deposits
        Deposit outflows at {c} quicken as confidence fades
        Clients empty their accounts at {c} after rumours of losses
        {c} asks the central bank for emergency liquidity
        Regulator closes {c} and appoints a receiver
        {c} freezes redemptions from its property fund
        Account holders cannot reach their money at {c} for a second day
        Rating agency cuts {c} to junk
        {c} will skip its dividend this year
        {c} scraps its payout to save cash
        {c} has not been able to refinance its bonds
        {c} fails to meet the terms of its loans
        {c} does not expect to return to profit this year
        {c} no longer expects its sales to grow
        {c} will lay off {n} employees and shut its plant
        {c} starts talks to cut {n} jobs
        {c} loses its biggest customer to {d}
        {c} expects earnings to be clearly below last year's
        {c} warns that the year will end with a loss
        {d} cancels an order worth {n} million from {c}
        Demand for the products of {c} remains weak
        {c} recalls {n} vehicles over faulty brakes
        Investors flee {c} after auditor resigns
        {c} is sued by {d} over unpaid bills
        Hackers steal {n} million from {c}
        {c} falls short of what analysts had hoped for
        Another bad day for {c} and those who own its shares
        {c} delays its accounts again""",
    NEUTRAL: """{c} will publish its interim report on {n} August
        {c} appoints a new head of communications
        The board of {c} consists of {n} members
        {c} employs {n} people and has its seat in the capital
        {c} makes pumps and valves for the process industry
        The shares of {c} are listed on the main market
        The value of the deal between {c} and {d} was not disclosed
        {c} is not a party to the lawsuit against {d}
        {c} has no plans to sell its stake in {d}
        {c} holds {n} per cent of the shares of {d}
        {c} moves its office to another street
        {c} changes the name of its subsidiary
        What to look for when {c} reports this week
        {c} has not received any notice from the supervisor
        {c} says its covenants were tested and no action is needed
        {c} and {d} extend their cooperation agreement on the same terms
        The general meeting of {c} approved the accounts
        {c} will redeem its bonds on the due date
        The new plant of {c} covers {n} square metres
        {c} keeps its outlook for the year unchanged
        {c} shares rise while those of {d} fall by as much
        Stocks mixed: {c} gains, {d} slips""",
    POSITIVE: """{c} wins an order worth {n} million from {d}
        {c} raises its dividend and buys back shares
        {c} returns to profit a year ahead of plan
        {c} expects earnings to be clearly above last year's
        {c} lifts its outlook for the second time this year
        Deposit outflows at {c} have stopped, the bank says
        {c} repays its emergency loan early
        Regulator lifts the restrictions on {c}
        Losses at {c} are lower than analysts had feared
        {c} narrows its loss as costs come down
        {c} returns to growth after two weak years
        {c} is no longer on the list of weak banks
        {c} avoids default after lenders agree to extend its loans
        {c} has cut its debt by half
        {c} does better than analysts had hoped
        {c} will hire {n} people for its new plant
        Demand for the products of {c} is stronger than ever
        Rating agency upgrades {c}
        {c} settles its dispute with {d} for less than feared
        {c} and {d} join forces to open a new market
        {c} gains customers that leave {d}
        {c} opens a plant that doubles its capacity
        Court clears {c} of all charges
        {c} gets approval for its new medicine
        {c} finds a buyer for its ailing unit
        {c} saves {n} million a year with its new system""",
}


def with_invented(labelled: LabelledSet, count: int, seed: int) -> LabelledSet:
    """Return the set with ``count`` invented rows more in split ``train``; another head's set is returned as it is."""
    if labelled.head != SENTIMENT or not count:
        return labelled
    rows = tuple(Row(normalise(text), label, TRAIN, SOURCE, LICENCE) for text, label in invented(count, seed))
    return replace(labelled, rows=(*labelled.rows, *rows))


def invented(count: int, seed: int) -> list[Sentence]:
    """Return ``count`` sentences, no text twice."""
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    found: dict[str, str] = {}
    for text, label in _endless(random):
        if len(found) == count:
            break
        found.setdefault(text, label)
    return list(found.items())


def _endless(random: Random) -> Iterator[Sentence]:
    kinds: list[Callable[[Random], Sentence]] = [_compared, _compared, _moved, _expected, _stated, _event, _event]
    while True:
        text, label = random.choice(kinds)(random)
        text = text[0].upper() + text[1:]
        yield (text + random.choice(("", "", " .", "."))), label


def _compared(random: Random) -> Sentence:
    """A figure beside the one before, without a word that says which way it went."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    period = _one(random, _PERIODS)
    forms = (
        f"{_company(random)}'s {metric} stood at {new}, against {old} {period}",
        f"{metric} of {_company(random)} came to {new} ({old} {period})",
        f"{_company(random)} reports {metric} of {new}, {old} {period}",
        f"{metric} amounted to {new} in the quarter; {period} it was {old}",
        f"{_company(random)} {metric} {new} vs {old}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _moved(random: Random) -> Sentence:
    """A figure with a word that says which way it went."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    verb, share = _one(random, _UP if up else _DOWN), random.randint(2, 90)
    forms = (
        f"{_company(random)}'s {metric} {verb} to {new} from {old}",
        f"{metric} {verb} by {share} per cent to {new}",
        f"{metric} in the quarter {verb} {share}% year on year, {_company(random)} said",
        f"In the first half, {metric} of {_company(random)} {verb} to {new} from {old} {_one(random, _PERIODS)}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _expected(random: Random) -> Sentence:
    """A figure beside what analysts expected."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    forms = (
        f"{_company(random)} {metric} {new}, consensus {old}",
        f"{_company(random)} posts {metric} of {new}; analysts had forecast {old}",
        f"{metric} of {new} compared with an estimate of {old} for {_company(random)}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _stated(random: Random) -> Sentence:
    """A figure beside nothing, or beside itself."""
    metric, _ = _metric(random)
    new, _, _ = _figures(random)
    forms = (
        f"{metric} was unchanged at {new}",
        f"{_company(random)} will report its {metric} on {random.randint(2, 28)} May",
        f"{_company(random)}'s {metric} stood at {new}, as {_one(random, _PERIODS)}",
        f"{_company(random)} expects {metric} of about {new}",
    )
    return random.choice(forms), NEUTRAL


def _event(random: Random) -> Sentence:
    label = random.choice(list(_PLAIN))
    pattern = random.choice(_PLAIN[label].splitlines()).strip()
    return pattern.format(c=_company(random), d=_company(random), n=random.choice((12, 30, 45, 80, 150, 400))), label


def _metric(random: Random) -> tuple[str, bool]:
    """Return a figure's name and whether more of it is better."""
    better = random.random() < 0.7
    return _one(random, _GOOD if better else _BAD), better


def _figures(random: Random) -> tuple[str, str, bool]:
    """Return two different amounts of one unit, the later one first, and whether it is the greater."""
    unit, old = _one(random, _UNITS), random.uniform(1, 400)
    new = old * random.choice((random.uniform(0.3, 0.93), random.uniform(1.07, 2.5)))
    digits = random.choice((0, 1, 1, 2)) if min(old, new) > 20 else 1
    return unit.format(f"{new:,.{digits}f}"), unit.format(f"{old:,.{digits}f}"), new > old


def _company(random: Random) -> str:
    start = _one(random, "Al|Ber|Cor|Dan|El|Far|Gran|Hal|Kor|Lum|Mer|Nor|Or|Pal|Sol|Tor|Ul|Var|Wes|Zen")
    end = _one(random, "bank|dex|dis|gen|lin|mark|nova|ro|sta|tek|ton|via")
    return start + end + _one(random, "|| Oyj| plc| Group| Bank| Ltd| Corp")


def _one(random: Random, choices: str) -> str:
    return random.choice(choices.split("|"))
