"""Stories: which documents are copies of each other, however they were dressed up. Pure; the port is at the end.

A document becomes a *signature*: of its title and its body, the pairs of neighbouring words, the numbers, and the words
that carry content; all hashed. What newsrooms and networks wrap around a text is taken off before: links, mentions,
"RT @x:", "BREAKING:", the agency's dateline, the outlet's name at the end, "Read more", case, accents, punctuation.

Candidates are found by MinHash: the pairs fall into twelve bins by their hash, the smallest of each bin is a key (one
permutation, one row per band), so texts that share a third of their pairs share a key with near certainty. A title
gives four keys more, so that a headline alone finds the article. Texts of more than ten pairs are only compared if they
share two keys (:func:`worth`). A candidate is the same story (:func:`alike`) when

- three quarters of the shorter one's pairs stand in the other, and not both have a number or a word of content that
  the other lacks. "Apple Q3 EPS beats" and "Tesla Q3 EPS beats", "up 3 %" and "up 5 %", "rises" and "falls" stay apart;
  added words on one side do not matter. From twenty pairs on, a tenth of the words of content may differ, but no word
  of content may be replaced in its place, between the same neighbours: that is a template filled in twice;
- or this holds of the bodies alone, with ten pairs or more: the headline was changed;
- or a long passage is shared: fifteen pairs, six tenths of the shorter one, with seven tenths of numbers and words.

The last two also need bodies without a replaced word, and headlines, where both have one, that speak of the same: half
of one's words of content stand in the other document, and not both have a number that the other lacks. A digest that
comes every day with the same introduction is a new story every day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol
from zlib import crc32

from stream.pipeline.documents.document import Document, milliseconds
from stream.pipeline.documents.wording import STOPPED, bare_words
from stream.pipeline.units import DAY_MS

BINS, TITLE_BINS = 12, 4
PER_KEY, CANDIDATES = 4, 5  # the latest documents that a key finds; those sharing most keys that are compared
SHORT = 10  # pairs
_MASK, _SHORT, _MIX = 0xFFFFFFFF, 0x3FFFFFF, 0x9E3779B1
_NUMBER, _CONTENT = 1, 2


class Part(NamedTuple):
    """A title or a body: hashed pairs of neighbouring words, numbers, and words of content; each once, sorted.

    ``gaps`` are words of content or numbers in their place: the hash of both neighbours times 2**26, plus the word's.
    """

    pairs: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()


class Signature(NamedTuple):
    """What is compared of a document. ``day`` counts UTC days of event time since 1970.

    ``exact`` is common to texts of the same words; ``keys`` find candidates.
    """

    exact: str
    day: int
    keys: tuple[int, ...]
    title: Part
    body: Part


class StoryStore(Protocol):
    """The port: which stories are known, where all workers see it.

    A story is remembered on the UTC day, event time, of each of its documents, and on the day after.
    """

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        """Return the story of each document, a new one where it is like none; the same again for the same.

        One step for all workers. Raises StoreError: assign the same again.
        """

    async def remember(self, signatures: Sequence[Signature], stories: Sequence[str]) -> None:
        """Take documents in whose stories are known, as from the log."""


def signature(document: Document) -> Signature:
    """Return the signature of ``document``."""
    whole = document.text is not None or not (document.title and document.body)
    title = [] if whole else bare_words(document.title or "")
    body = bare_words(document.content if whole else document.body or "")
    parts = _part(title), _part(body)
    exact = hashlib.blake2b("\n".join((" ".join(title), " ".join(body))).encode(errors="replace"), digest_size=6)
    pairs = (*parts[0].pairs, *parts[1].pairs)
    keys = {*_smallest(pairs, BINS), *_smallest(parts[0].pairs, TITLE_BINS)}
    return Signature(exact.hexdigest(), milliseconds(document.published_at) // DAY_MS, tuple(sorted(keys)), *parts)


def alike(a: Signature, b: Signature) -> int:
    """Return how many pairs of words two documents share if they are one story, else 0; symmetric."""
    whole = _together(a), _together(b)
    shared = _common(whole[0].pairs, whole[1].pairs)
    one, two = a, b
    if (not a.title.words) != (not b.title.words):  # A post beside an article: compared with its headline.
        one, two = (a._replace(body=a.title), b) if a.title.words else (a, b._replace(body=b.title))
    if _replaced(one.body, two.body):
        return 0
    if _close(*whole) and not _replaced(a.title, b.title):
        return shared
    bodies = min(len(a.body.pairs), len(b.body.pairs)) >= 10 and _close(a.body, b.body)
    if (bodies or _passage(*whole, shared)) and _headlines_agree(a, b, whole):
        return shared
    return 0


def worth(votes: int, a: Signature, b: Signature) -> bool:
    """Whether documents that share ``votes`` keys are compared: one key alone tells something of short texts only."""
    return votes > 1 or (votes == 1 and min(_pairs(a), _pairs(b)) <= SHORT)


def _pairs(item: Signature) -> int:
    return len(item.title.pairs) + len(item.body.pairs)


def _close(a: Part, b: Part) -> bool:
    shorter = min(len(a.pairs), len(b.pairs))
    if shorter < 4 or _common(a.pairs, b.pairs) * 4 < shorter * 3:
        return False
    if _only_here(a.numbers, b.numbers) and _only_here(b.numbers, a.numbers):
        return False
    differ = min(_only_here(a.words, b.words), _only_here(b.words, a.words))
    return differ == 0 or (shorter >= 20 and differ * 10 <= min(len(a.words), len(b.words)))


def _replaced(a: Part, b: Part) -> bool:
    """Whether both have another word of content between the same neighbours: a template filled in twice."""
    middles = {gap >> 26: gap for gap in a.gaps}
    return any(middles.get(gap >> 26, gap) != gap for gap in b.gaps)


def _passage(a: Part, b: Part, shared: int) -> bool:
    def agree(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
        return _common(one, two) * 10 >= min(len(one), len(two)) * 7

    shorter = min(len(a.pairs), len(b.pairs))
    return shared >= 15 and shared * 10 >= shorter * 6 and agree(a.numbers, b.numbers) and agree(a.words, b.words)


def _headlines_agree(a: Signature, b: Signature, whole: tuple[Part, Part]) -> bool:
    one, two = a.title.words, b.title.words
    if not one or not two:
        return True
    if _only_here(a.title.numbers, b.title.numbers) and _only_here(b.title.numbers, a.title.numbers):
        return False
    return _common(one, whole[1].words) * 2 >= len(one) or _common(two, whole[0].words) * 2 >= len(two)


def _together(item: Signature) -> Part:
    if not item.title.pairs and not item.title.words and not item.title.numbers:
        return item.body
    return Part(*(tuple({*one, *two}) for one, two in zip(item.title[:3], item.body[:3], strict=True)))


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    return len(set(a).intersection(b))


def _only_here(a: Sequence[int], b: Sequence[int]) -> int:
    return len(set(a).difference(b))


def _part(words: Sequence[str]) -> Part:
    known = [_hashed(word) for word in words]
    hashes = [value for value, _ in known]
    pairs = {((one * _MIX) ^ (two + (one >> 3))) & _MASK for one, two in pairwise(hashes)}
    numbers = {value for value, kind in known if kind == _NUMBER}
    content = {value for value, kind in known if kind == _CONTENT} - numbers
    return Part(*(tuple(sorted(found)) for found in (pairs, numbers, content, _gaps(hashes, numbers | content))))


@lru_cache(1 << 16)
def _hashed(word: str) -> tuple[int, int]:
    """Return a word's hash, and whether it is a number, a word of content, or neither."""
    kind = _NUMBER if word[0].isdigit() else _CONTENT if word not in STOPPED else 0
    return crc32(word.encode(errors="replace")), kind


def _gaps(hashes: Sequence[int], content: set[int]) -> set[int]:
    found: dict[int, int] = {}
    around = [1, *hashes, 2]  # the text's beginning and end are neighbours, too
    telling = [True, *(value in content for value in hashes), True]
    for at in range(1, len(hashes) + 1):
        if telling[at] and (telling[at - 1] or telling[at + 1]):
            before, after = around[at - 1], around[at + 1]
            gap = ((before * _MIX) ^ (after + (before >> 3))) & _SHORT
            found[gap] = -1 if gap in found else (gap << 26) | (around[at] & _SHORT)
    return {gap for gap in found.values() if gap >= 0}


def _smallest(pairs: Sequence[int], bins: int) -> list[int]:
    """Return the smallest hash of each bin that is not empty: a MinHash of one permutation."""
    found: dict[int, int] = {}
    for pair in pairs:
        at = pair % bins
        if at not in found or pair < found[at]:
            found[at] = pair
    return list(found.values())
