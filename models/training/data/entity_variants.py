"""Training texts with other names in them: what is said of a name must not hang on which one it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from models.training.data.entities import Named, NamedText
from models.training.data.patterns import company

MASK = "[ENT]"
# What stands in for a name: a word of its own, and what people write in its place.
MASKS = (MASK, MASK, MASK, MASK, "[MASK]", "XYZ", "the company", "it", "ABC Ltd")


def masked(text: NamedText, mask: str = MASK) -> NamedText:
    """Return ``text`` with ``mask`` in place of every name; ``text`` itself where one name holds another."""
    return _renamed(text, lambda _: mask)


def with_variants(texts: Sequence[NamedText], seed: int) -> list[NamedText]:
    """Return the texts, each once more with other names, and once more with its names hidden."""
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    pool = sorted({one.name for text in texts for one in text.names})

    def other(_: Named) -> str:
        return random.choice(pool) if random.random() < 0.7 else company(random)

    variants = []
    for text in texts:
        if text.overlaps:
            continue
        variants.append(_renamed(text, other))
        variants.append(_one_or_all_masked(text, random))
    return [*texts, *variants]


def _one_or_all_masked(text: NamedText, random: Random) -> NamedText:
    mask, one = random.choice(MASKS), random.choice(text.names)
    alone = random.random() < 0.3
    return _renamed(text, lambda name: name.name if alone and name is not one else mask)


def _renamed(text: NamedText, rename: Callable[[Named], str]) -> NamedText:
    if text.overlaps:
        return text
    names = [rename(one) for one in text.names]
    places = sorted((place, number) for number, one in enumerate(text.names) for place in one.mentions)
    result, end = "", 0
    mentions: list[list[tuple[int, int]]] = [[] for _ in names]
    for (start, stop), number in places:
        result += text.text[end:start]
        mentions[number].append((len(result), len(result) + len(names[number])))
        result += names[number]
        end = stop
    found = (Named(name, tuple(where), one.label) for name, where, one in zip(names, mentions, text.names, strict=True))
    return replace(text, text=result + text.text[end:], names=tuple(found))
