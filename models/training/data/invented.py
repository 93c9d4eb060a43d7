"""Invented sentences for what the labelled sets hardly have: results compared in figures, losses that shrink, negation,
the prose of company releases, banks in distress, and the kinds that classifiers misread. Companies and figures are made
up, so no real name takes a sentiment along. Pure.

The probes of the model card are not among them, nor is any sentence of a labelled set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENT
from models.text import normalise
from models.training.data.dataset import TRAIN, LabelledSet, Row
from models.training.data.invented_chinese import chinese_texts, chinese_topics
from models.training.data.invented_events import EVENTS
from models.training.data.misread import misread
from models.training.data.patterns import capital, company, filled, one
from models.training.data.prose import chinese_prose, prose_texts
from models.training.recipe import Recipe

SOURCE, SOURCE_ZH, SOURCE_PROSE, SOURCE_PROSE_ZH = "invented", "invented_zh", "prose", "prose_zh"
LICENCE = "MIT"
Sentence = tuple[str, str]  # text, label
Texts = Callable[[Random], Iterator[Sentence]]

_GOOD = "net profit|operating profit|pre-tax profit|net sales|revenue|turnover|EBITDA|order intake|net interest income"
_BAD = "net debt|operating costs|loan losses|bad loans|impairments|net loss|operating loss|finance costs"
_UNITS = "EUR {} million|EUR {} mn|EUR{}m|${} million|${}M|Rs {} crore|GBP {}m|SEK {} billion"
_PERIODS = "a year earlier|in the same quarter of the previous year|in the corresponding period|a year ago|last year"
_UP = "rose|increased|grew|climbed|went up"
_DOWN = "fell|decreased|declined|dropped|went down"


def with_invented(labelled: LabelledSet, recipe: Recipe) -> LabelledSet:
    """Return the set with the recipe's invented rows in split ``train``; of topics there are Chinese ones alone."""
    sources: list[tuple[str, Texts, int]] = [(SOURCE_ZH, chinese_topics, recipe.invented_zh)]
    if labelled.head == SENTIMENT:
        sources = [
            (SOURCE, _endless, recipe.invented),
            (SOURCE_ZH, chinese_texts, recipe.invented_zh),
            (SOURCE_PROSE, prose_texts, recipe.prose),
            (SOURCE_PROSE_ZH, chinese_prose, recipe.prose_zh),
        ]
    rows = tuple(
        Row(normalise(text), label, TRAIN, source, LICENCE)
        for source, texts, count in sources
        for text, label in invented(count, recipe.seed, texts)
    )
    labels = {*labelled.labels, *(row.label for row in rows)}
    return replace(labelled, rows=(*labelled.rows, *rows), labels=tuple(sorted(labels)))


def invented(count: int, seed: int, source: Texts | None = None) -> list[Sentence]:
    """Return ``count`` sentences of ``source``, English without one; no text twice."""
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    sentences: dict[str, str] = {}
    for text, label in (source or _endless)(random):
        if len(sentences) == count:
            break
        sentences.setdefault(text, label)
    return list(sentences.items())


def _endless(random: Random) -> Iterator[Sentence]:
    plain: list[Callable[[Random], Sentence]] = [_compared, _compared, _moved, _expected, _stated, *[_event] * 7]
    while True:
        # One third of what companies write, two of the kinds that are misread.
        if random.random() < 1 / 3:
            text, label = random.choice(plain)(random)
            yield capital(text) + random.choice(("", "", " .", ".")), label
        else:
            yield misread(random)


def _compared(random: Random) -> Sentence:
    """A figure beside the one before, without a word that says which way it went."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    period = one(random, _PERIODS)
    forms = (
        f"{company(random)}'s {metric} stood at {new}, against {old} {period}",
        f"{metric} of {company(random)} came to {new} ({old} {period})",
        f"{company(random)} reports {metric} of {new}, {old} {period}",
        f"{metric} amounted to {new} in the quarter; {period} it was {old}",
        f"{company(random)} {metric} {new} vs {old}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _moved(random: Random) -> Sentence:
    """A figure with a word that says which way it went."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    verb, share = one(random, _UP if up else _DOWN), random.randint(2, 90)
    forms = (
        f"{company(random)}'s {metric} {verb} to {new} from {old}",
        f"{metric} {verb} by {share} per cent to {new}",
        f"{metric} in the quarter {verb} {share}% year on year, {company(random)} said",
        f"In the first half, {metric} of {company(random)} {verb} to {new} from {old} {one(random, _PERIODS)}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _expected(random: Random) -> Sentence:
    """A figure beside what analysts expected."""
    metric, better = _metric(random)
    new, old, up = _figures(random)
    forms = (
        f"{company(random)} {metric} {new}, consensus {old}",
        f"{company(random)} posts {metric} of {new}; analysts had forecast {old}",
        f"{metric} of {new} compared with an estimate of {old} for {company(random)}",
    )
    return random.choice(forms), POSITIVE if up == better else NEGATIVE


def _stated(random: Random) -> Sentence:
    """A figure beside nothing, or beside itself."""
    metric, _ = _metric(random)
    new, _, _ = _figures(random)
    forms = (
        f"{metric} was unchanged at {new}",
        f"{company(random)} will report its {metric} on {random.randint(2, 28)} May",
        f"{company(random)}'s {metric} stood at {new}, as {one(random, _PERIODS)}",
        f"{company(random)} expects {metric} of about {new}",
    )
    return random.choice(forms), NEUTRAL


def _event(random: Random) -> Sentence:
    label = random.choice(list(EVENTS))
    pattern = random.choice(EVENTS[label].splitlines()).strip()
    return filled(pattern, random), label


def _metric(random: Random) -> tuple[str, bool]:
    """Return a figure's name and whether more of it is better."""
    better = random.random() < 0.7
    return one(random, _GOOD if better else _BAD), better


def _figures(random: Random) -> tuple[str, str, bool]:
    """Return two different amounts of one unit, the later one first, and whether it is the greater."""
    unit, old = one(random, _UNITS), random.uniform(1, 400)
    new = old * random.choice((random.uniform(0.3, 0.93), random.uniform(1.07, 2.5)))
    digits = random.choice((0, 1, 1, 2)) if min(old, new) > 20 else 1
    return unit.format(f"{new:,.{digits}f}"), unit.format(f"{old:,.{digits}f}"), new > old
