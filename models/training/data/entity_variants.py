"""Training texts with other names in them: what is said of a name must not hang on which one it is. And, for a teacher
to label, with other words around the names. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from random import Random

from models.east_asian import is_chinese
from models.training.data.entities import Named, NamedText
from models.training.data.invented_chinese import chinese_company
from models.training.data.patterns import company
from models.training.data.variants import variants

MASK = "[ENT]"
# What stands in for a name: a word of its own, and what people write in its place.
MASKS = (MASK, MASK, MASK, MASK, "[MASK]", "XYZ", "the company", "it", "ABC Ltd")
CHINESE_MASKS = (MASK, MASK, MASK, MASK, "[MASK]", "XYZ", "该公司", "其", "某公司")


def masked(text: NamedText, mask: str = MASK) -> NamedText:
    """Return ``text`` with ``mask`` in place of every name; ``text`` itself where one name holds another."""
    return _renamed(text, lambda _: mask)


def with_variants(texts: Sequence[NamedText], seed: int) -> list[NamedText]:
    """Return the texts, each once more with other names, and once more with its names hidden."""
    random = Random(seed)  # noqa: S311 -- repeatable, no secret
    pool = sorted({one.name for text in texts for one in text.names})

    def other(_: Named) -> str:
        return random.choice(pool) if random.random() < 0.7 else made(random)

    variants = []
    for text in texts:
        if text.overlaps:
            continue
        made, masks = (chinese_company, CHINESE_MASKS) if is_chinese(text.text) else (company, MASKS)
        variants.append(_renamed(text, other))
        variants.append(_one_or_all_masked(text, masks, random))
    return [*texts, *variants]


def reworded(texts: Sequence[NamedText], near: Mapping[str, Sequence[str]], seed: int) -> list[NamedText]:
    """Return a variant of each text with near words in place of some, but none within a name; unchanged ones stay away.

    Args:
        texts: to vary; the labels of the variants mean nothing, a teacher has to say them.
        near: word in lower case -> words to put in its place; see :mod:`models.training.data.variants`.
        seed: the same one gives the same variants.
    """
    found = []
    for number, text in enumerate(texts):
        names = {place: which for which, one in enumerate(text.names) for place in one.mentions}
        bounds = [0, *(end for place in sorted(names) for end in place), len(text.text)]
        parts = [text.text[start:stop] for start, stop in pairwise(bounds)]
        # Every second part is a name.
        said = [next(variants([part], near, 1, seed + number), part) for part in parts[::2]]
        new = [parts[at] if at % 2 else said[at // 2] for at in range(len(parts))]
        if text.overlaps or new == parts:
            continue
        starts = [0, *accumulate(map(len, new))]
        mentions: list[list[tuple[int, int]]] = [[] for _ in text.names]
        for at, place in enumerate(sorted(names)):
            mentions[names[place]].append((starts[2 * at + 1], starts[2 * at + 2]))
        renamed = (replace(one, mentions=tuple(where)) for one, where in zip(text.names, mentions, strict=True))
        found.append(replace(text, text="".join(new), names=tuple(renamed)))
    return found


def _one_or_all_masked(text: NamedText, masks: Sequence[str], random: Random) -> NamedText:
    mask, one = random.choice(masks), random.choice(text.names)
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
