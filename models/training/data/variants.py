"""Further texts for a teacher to label: training texts with some of their words replaced by near ones.

A student learns from its teacher's answers, so it needs texts, not labels, and a replaced word may change the meaning:
the teacher says what it is then. After Jiao et al. (2020), *TinyBERT*, section 3.2 and algorithm 1; near words are
those whose vectors at the base encoder's entrance point the same way. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from models.text import LINK_WORD

# Whole words: not part of a ticker, a tag, a mention or a name with digits.
_WORD = re.compile(r"(?<![\w$@#&])[A-Za-z]{3,}(?!\w)")
# Neighbours to choose from, and the share of the words that are replaced: more of either gives texts that differ more
# from what people write. TinyBERT takes 15 and 0.4. What such texts gained with these stands in models/NOTES.md.
NEAR, SHARE = 10, 0.3
Vocabulary = tuple[Sequence[str], npt.NDArray[np.float32]]  # words, and their (words, width) vectors


def variants(texts: Sequence[str], near: Mapping[str, Sequence[str]], count: int, seed: int) -> Iterator[str]:
    """Yield up to ``count`` variants of each text; one that came out unchanged is left out.

    Args:
        texts: as the model reads them.
        near: word in lower case -> words to put in its place.
        count: of each text.
        seed: the same one gives the same variants.
    """
    random = Random(seed)  # noqa: S311 -- repeatable, no secret

    def replaced(match: re.Match[str]) -> str:
        word = match[0]
        choices = near.get(word.lower())
        if not choices or random.random() >= SHARE:
            return word
        return _in_case_of(word, random.choice(choices))

    for text in texts:
        for _ in range(count):
            variant = _WORD.sub(replaced, text)
            if variant != text:
                yield variant


def near_words(texts: Sequence[str], vocabulary: Vocabulary) -> dict[str, list[str]]:
    """Return for each word that occurs in ``texts`` and in the vocabulary its ``NEAR`` nearest there by cosine.

    Args:
        texts: to look for words in.
        vocabulary: what is not a word of three letters or more in it is no neighbour.
    """
    words, vectors = vocabulary
    indices = [index for index, word in enumerate(words) if _WORD.fullmatch(word) and word != LINK_WORD]
    names = [words[index] for index in indices]
    units = vectors[indices] / np.linalg.norm(vectors[indices], axis=1, keepdims=True)
    occurring = {word.lower() for text in texts for word in _WORD.findall(text)}
    neighbours = {}
    for index, name in enumerate(names):
        if name.lower() in occurring:
            similarity = units @ units[index]
            similarity[index] = -np.inf
            nearest = np.argpartition(-similarity, NEAR)[:NEAR] if len(names) > NEAR else range(len(names))
            neighbours[name.lower()] = [names[other] for other in nearest if other != index]
    return neighbours


def _in_case_of(word: str, other: str) -> str:
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other
