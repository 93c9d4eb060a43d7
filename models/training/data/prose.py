"""The sentences of :mod:`models.training.data.invented_prose`, English and Chinese, with their slots filled. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from models.training.data import invented_prose_zh
from models.training.data.invented_chinese import CHINESE
from models.training.data.invented_prose import LINES
from models.training.data.patterns import dressed, filled

DRESSED = 0.25  # share of them that get a sender, a tag or another case; each was written in a form of its own
_ONE = ("c", "d", "name", "city", "land", "nation")  # who stands twice in a sentence is the same; tickers are lists


def prose_texts(random: Random) -> Iterator[tuple[str, str]]:
    """Yield texts and their labels without end, each sentence once before any comes again."""
    for label, pattern in _in_turns(LINES, random):
        for slot in _ONE:
            pattern = pattern.replace(f"{{{slot}}}", filled(f"{{{slot}}}", random))
        text = filled(pattern, random)
        yield (dressed(text, random) if random.random() < DRESSED else text), label


def chinese_prose(random: Random) -> Iterator[tuple[str, str]]:
    """Yield Chinese ones likewise; here two slots of a company are two companies."""
    for label, pattern in _in_turns(invented_prose_zh.LINES, random):
        yield filled(pattern, random, CHINESE), label


def _in_turns(lines: Sequence[tuple[str, str]], random: Random) -> Iterator[tuple[str, str]]:
    """Yield the lines without end, in another order each time."""
    order = list(lines)
    while True:
        random.shuffle(order)
        yield from order
