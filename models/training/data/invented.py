"""Invented sentences for what the labelled sets hardly have: results compared in figures, losses that shrink, negation,
the prose of company releases, and banks in distress. Companies and figures are made up, so no real name takes a
sentiment along. Pure.

The probes of the model card are not among them, nor is any sentence of a labelled set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENT, SENTIMENTS
from models.text import normalise
from models.training.data.dataset import TRAIN, LabelledSet, Row
from models.training.data.invented_events import EVENTS, SLOTS
from models.training.data.invented_kinds import PATTERNS, measures
from models.training.data.invented_kinds.slots import SLOTS as SLOTS_OF_KINDS

SOURCE, LICENCE = "invented", "MIT"
Sentence = tuple[str, str]  # text, label

_GOOD = "net profit|operating profit|pre-tax profit|net sales|revenue|turnover|EBITDA|order intake|net interest income"
_BAD = "net debt|operating costs|loan losses|bad loans|impairments|net loss|operating loss|finance costs"
_UNITS = "EUR {} million|EUR {} mn|EUR{}m|${} million|${}M|Rs {} crore|GBP {}m|SEK {} billion"
_FORMS = (
    "|||||| Oyj| plc| Group| Bank| Ltd| Corp| Inc| AG| Holdings| Foods| Motors| Energy| Pharma| Air| Steel| Mining| Software|"
    " Retail| Capital| Realty| Labs| Systems"
)
_PERIODS = "a year earlier|in the same quarter of the previous year|in the corresponding period|a year ago|last year"
_BEFORE = (
    "BREAKING: |UPDATE 1-|UPDATE 2-|JUST IN: |Just in - |{t} - |{t} |RT @user: |*|Exclusive: |[{c}] |{city} - |Report: |News: |"
    "{trade} news: |{day}: "
)
_BEHIND = (
    " http| http|. http| {tags}| {tags} {tags}| {t}| {t} http|, report says|, sources say| - report|, filing shows|, the company said|"
    ", {c} said in a statement|, according to a filing|, local media report| (update)|...|!|, {d} reports| via @user|"
    ". The company, based in {city}, employs {k}00 people.|. The shares are listed in {city}.|. Further details were not given.|"
    ". {c} makes {thing} and was founded in {year}.|. A spokesman had no comment.| | - {d} Newswire"
)
_UP = "rose|increased|grew|climbed|went up"
_DOWN = "fell|decreased|declined|dropped|went down"


def with_invented(labelled: LabelledSet, count: int, seed: int) -> LabelledSet:
    """Return the set with ``count`` invented rows more in split ``train``; another head's set is returned as it is."""
    if labelled.head != SENTIMENT or not count:
        return labelled
    rows = tuple(Row(normalise(text), label, TRAIN, SOURCE, LICENCE) for text, label in invented(count, seed))
    return replace(labelled, rows=(*labelled.rows, *rows))


def invented(count: int, seed: int) -> list[Sentence]:
    """Return ``count`` sentences, no text twice."""
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    sentences: dict[str, str] = {}
    for text, label in _endless(random):
        if len(sentences) == count:
            break
        sentences.setdefault(text, label)
    return list(sentences.items())


def _endless(random: Random) -> Iterator[Sentence]:
    plain: list[Callable[[Random], Sentence]] = [_compared, _compared, _moved, _expected, _stated, *[_event] * 7]
    while True:
        # Of the two shares: one half of what companies write, and two of what is written about them.
        if random.random() < 1 / 3:
            text, label = random.choice(plain)(random)
            yield _capital(text) + random.choice(("", "", " .", ".")), label
        else:
            text, label = random.choice((*[_of_kind] * 6, _measured, _measured, _swung))(random)
            yield dressed(" ".join(text.split()), random), label


def _of_kind(random: Random) -> Sentence:
    """A pattern of the kinds that are misread."""
    patterns = random.choice(PATTERNS)
    label = random.choice(SENTIMENTS)
    return _filled(random.choice(patterns[label]), random), label


def _measured(random: Random) -> Sentence:
    """Something that is better high or better low, on its way up or down."""
    bad, up = random.random() < 0.6, random.random() < 0.5
    label = NEGATIVE if up == bad else POSITIVE
    what = _one(random, measures.BAD if bad else measures.GOOD).removeprefix(random.choice(("the ", "")))
    subject = random.choice(("{what}", "{what}", "{what}", "{c} {what}", "{c}'s {what}", "{nation} {what}"))
    way = _one(random, measures.UP if up else measures.DOWN)
    if bad and random.random() < 0.1:
        way = _one(random, measures.MADE_WORSE if up else measures.MADE_LESS)
    where, _, side = _one(random, measures.WHERE).partition("@")
    if side and side != ("good" if label == POSITIVE else "bad"):
        where = ""
    pattern = f"{subject} {way}{where}".replace("{what}", what).replace("{nation_land}", _one(random, measures.LANDS))
    if bad and not up and random.random() < 0.1:
        pattern = f"{{w}} {_one(random, measures.CUT)} {_one(random, measures.EXPENSES)} [by {{pct}}|to {{amount}}|]"
    return _filled(pattern, random), label


def _swung(random: Random) -> Sentence:
    """A profit beside a loss, or a figure beside another of the kind that is better low."""
    good = random.random() < 0.5
    unit = random.choice(("{:.1f} mln euros", "EUR {:.1f} mn", "${:.1f} million", "{:.1f}m", "{:.2f} bln", "${:.2f} per share"))
    one, other = (unit.format(random.uniform(0.1, 40)) for _ in range(2))
    was, now = ("loss", "profit") if good else ("profit", "loss")
    forms = (
        f"{now} of {one} compared with a {was} of {other}",
        f"{{w}} {now} {one} vs {was} {other}",
        f"{{w}} posts [{{period}} |]{now} of {one}[, versus| against|, compared to] a {was} of {other} [a year earlier|a year ago|]",
        f"[Net|Operating|Pre-tax] {now} came to {one}; [a year ago|last year] there was a {was} of {other}",
        f"EPS of {'' if good else '-'}{one} versus {was} of {other}",
        f"{{w}} [swings|swung|moves] [to|into] {now} [of {one} |][from|after] {was}",
    )
    return _filled(random.choice(forms), random), POSITIVE if good else NEGATIVE


def dressed(text: str, random: Random) -> str:
    """Return ``text`` as feeds carry it: bare, with a sender before it, a link or a tag or a bland clause behind it."""
    before = _filled(_one(random, _BEFORE), random) if random.random() < 0.15 else ""
    behind = _filled(_one(random, _BEHIND), random) if random.random() < 0.3 else random.choice(("", "", "."))
    form = random.random()
    if form < 0.05:
        text = text.lower()
    elif form < 0.08:
        text = text.upper()
    elif form < 0.14:
        text = text.title()
    else:
        text = _capital(text)
    return before + text.rstrip(" .") + behind


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
    label = random.choice(list(EVENTS))
    pattern = random.choice(EVENTS[label].splitlines()).strip()
    return _filled(pattern, random), label


def _filled(pattern: str, random: Random) -> str:
    """Return the pattern with its slots filled, and the slots of what fills them."""

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in _MADE:
            return _MADE[name](random)
        return _filled(_one(random, SLOTS_OF_KINDS.get(name) or SLOTS[name]), random)

    chosen = re.sub(r"\[([^][]*\|[^][]*)\]", lambda choice: _one(random, choice[1]), pattern)
    return re.sub(r"\{(\w+)\}", fill, chosen)


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
    return start + end + _one(random, _FORMS)


def _ticker(random: Random) -> str:
    return "$" + "".join(random.choices("ABCDEFGHIKLMNOPRSTUVXZ", k=random.choice((2, 3, 3, 4, 4, 4))))


def _number(random: Random) -> str:
    return str(random.choice((random.randint(2, 9), random.randint(10, 99), random.randint(2, 40))))


_MADE: dict[str, Callable[[Random], str]] = {"c": _company, "d": _company, "t": _ticker, "k": _number}


def _one(random: Random, choices: str) -> str:
    return random.choice(choices.split("|"))
