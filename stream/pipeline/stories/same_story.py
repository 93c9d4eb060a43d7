"""When two documents are one story: copies of each other, however they were dressed up. Pure.

Texts of more than ten pairs are only compared if they share two keys (:func:`is_worth_comparing`). A candidate is the
same story (:func:`story_overlap`) when

- three quarters of the shorter one's pairs stand in the other, and not both have a number or a word of content that
  the other lacks. "Apple Q3 EPS beats" and "Tesla Q3 EPS beats", "up 3 %" and "up 5 %", "rises" and "falls" stay apart;
  added words on one side do not matter. From twenty pairs on, a tenth of the words of content may differ, but no word
  of content may be replaced in its place, between the same neighbours, nor a name of several words: that is a template
  filled in twice;
- or this holds of the bodies alone, with ten pairs or more: the headline was changed;
- or a long passage is shared: fifteen pairs, six tenths of the shorter one, with seven tenths of numbers and words.

The last two also need bodies without a replaced word or name, and headlines, where both have one, that speak of the
same: half of one's words of content stand in the other document, and not both have a number that the other lacks. A
digest that comes every day with the same introduction is a new story every day.

None of this holds where one says of a word what the other denies: "is insolvent" and "is not insolvent". And a document
that names entries of the watchlist only joins a story of these (:func:`may_join`): what the documents of a story have
in common is its core, so that two names never come together over a third document that names both, or none.

What is shared is held against the shorter text (containment; Broder, 1997) and not against both (resemblance), since a
reprint adds words around the text and leaves its own in place.

The same rule stands in ``stream/adapters/redis/lua/same_story.lua``, which is sent :data:`RULE`; generated documents
hold both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stream.pipeline.stories.signature import DENIED, WORD_BITS, Part, Signature


class Rule(NamedTuple):
    """The numbers of the rule. ``..._pairs`` count pairs of neighbouring words, ``..._percent`` are of the shorter.

    They were tuned by ``bellwether bench stories FILE --part dev`` on one half of the headlines of crypto news and of
    financial tweets; docs/windows.md has what the other half gives. Beside each stands what another value changes there
    (November 2026): of 12,000 pairs of copies 13 are missed, of 8,431 pairs of different reports 93 are merged.
    """

    # How many of the latest documents a key finds, and how many of those that share most keys are compared. Both bound
    # what a document costs, however often a phrase is repeated; a copy shares most keys with the latest copy.
    per_key: int = 4
    candidates: int = 5
    # Up to here one key in common is worth a comparison: a text of fewer pairs than bins has few keys. A bound on cost
    # alone: 5 or 20 changes no answer.
    short_pairs: int = 10
    # Shorter texts are one story only if their words are the same. 3 misses one copy less, 6 misses 25 more.
    least_pairs: int = 4
    # Of the pairs, for the same wording. 60 changes nothing, 90 merges 8 reports less and misses 4 copies more.
    wording_percent: int = 75
    # From here on so many of the words of content may differ on both sides, since long texts are edited by hand. 12
    # merges 27 reports more; 40 changes nothing, nor do 0 and 20 percent: the pairs hold no copies that were edited so.
    long_pairs: int = 20
    edited_percent: int = 10
    # A shorter body is a sentence, which two articles may have in common. 20 misses 2 copies more, 5 changes nothing.
    body_pairs: int = 10
    # A passage that long, and that much of the shorter text, is more than a quotation. 10 pairs merge 67 reports more,
    # 25 merge 17 less; but the pairs hold no excerpts, which this is for. 50 percent change nothing, 75 merge 2 less.
    passage_pairs: int = 15
    passage_percent: int = 60
    # Of the numbers, and of the words of content, around a passage. 60 changes nothing, 85 merges 2 reports less.
    agreement_percent: int = 70
    # Of one headline's words of content, in the other document: a changed headline still names what it is about. 34
    # changes nothing, 67 misses 26 copies more.
    headline_percent: int = 50
    # By so much are numbers of pairs larger where words are single characters, as Chinese words are mostly of two.
    unspaced_scale: int = 2


RULE = Rule()


def story_overlap(a: Signature, b: Signature) -> int:
    """Return how many pairs of words two documents share if they are one story, else 0; symmetric."""
    whole = _whole(a), _whole(b)
    scale = RULE.unspaced_scale if a.unspaced and b.unspaced else 1
    if _contradict(*whole):
        return 0
    shared = _count_common(whole[0].pairs, whole[1].pairs)
    one, two = a, b
    if (not a.title.words) != (not b.title.words):  # A post beside an article: compared with its headline.
        one, two = (a._replace(body=a.title), b) if a.title.words else (a, b._replace(body=b.title))
    if _has_replaced_word(one.body, two.body):
        return 0
    if _is_same_wording(*whole, scale) and not _has_replaced_word(a.title, b.title):
        return shared
    long_enough = min(len(a.body.pairs), len(b.body.pairs)) >= RULE.body_pairs * scale
    same_body = long_enough and _is_same_wording(a.body, b.body, scale)
    if (same_body or _shares_passage(*whole, shared, scale)) and _headlines_agree(a, b, whole):
        return shared
    return 0


def is_worth_comparing(shared_keys: int, a: Signature, b: Signature) -> bool:
    """Whether documents that share so many keys are compared: one key alone tells something of short texts only."""
    return shared_keys > 1 or (shared_keys == 1 and min(a.size, b.size) <= RULE.short_pairs)


def may_join(entries: Sequence[str], core: Sequence[str]) -> bool:
    """Whether a document that names ``entries`` may join a story with this ``core``: all of one stand in the other."""
    return not entries or (bool(core) and (set(entries) <= set(core) or set(core) <= set(entries)))


def core_of(entries: Sequence[str], core: Sequence[str]) -> tuple[str, ...]:
    """Return the core of a story that a document joined which names ``entries``; see :func:`may_join`."""
    return tuple(core) if not entries else tuple(entry for entry in entries if entry in set(core))


def _contradict(a: Part, b: Part) -> bool:
    """Whether a word is denied in one and said in the other, and neither has both."""
    words, others = set(a.words), set(b.words)
    return any(word ^ DENIED in others and word not in others and word ^ DENIED not in words for word in words)


def _is_same_wording(a: Part, b: Part, scale: int) -> bool:
    shorter = min(len(a.pairs), len(b.pairs))
    if shorter < RULE.least_pairs * scale or _count_common(a.pairs, b.pairs) * 100 < shorter * RULE.wording_percent:
        return False
    if _both_lack(a.numbers, b.numbers):
        return False
    changed = min(_count_only_in(a.words, b.words), _count_only_in(b.words, a.words))
    if changed == 0:
        return True
    return shorter >= RULE.long_pairs * scale and changed * 100 <= min(len(a.words), len(b.words)) * RULE.edited_percent


def _has_replaced_word(a: Part, b: Part) -> bool:
    """Whether both have another word of content, or name, between the same neighbours: a template filled in twice.

    A name that is only longer in one of them ("Powell", "Jerome Powell") is no other one: both have to add a word.
    """
    return _differ_in_place(a.gaps, b.gaps) or (_both_lack(a.words, b.words) and _differ_in_place(a.names, b.names))


def _differ_in_place(a: Sequence[int], b: Sequence[int]) -> bool:
    by_neighbours = {gap >> WORD_BITS: gap for gap in a}
    return any(by_neighbours.get(gap >> WORD_BITS, gap) != gap for gap in b)


def _shares_passage(a: Part, b: Part, shared: int, scale: int) -> bool:
    shorter = min(len(a.pairs), len(b.pairs))
    if shared < RULE.passage_pairs * scale or shared * 100 < shorter * RULE.passage_percent:
        return False
    return _agree(a.numbers, b.numbers) and _agree(a.words, b.words)


def _agree(a: Sequence[int], b: Sequence[int]) -> bool:
    return _count_common(a, b) * 100 >= min(len(a), len(b)) * RULE.agreement_percent


def _headlines_agree(a: Signature, b: Signature, whole: tuple[Part, Part]) -> bool:
    """Whether the headlines speak of the same; ``whole`` are the two documents, each in one part."""
    if not a.title.words or not b.title.words:
        return True
    if _both_lack(a.title.numbers, b.title.numbers):
        return False
    return _stands_in(a.title.words, whole[1].words) or _stands_in(b.title.words, whole[0].words)


def _stands_in(headline: Sequence[int], words: Sequence[int]) -> bool:
    return _count_common(headline, words) * 100 >= len(headline) * RULE.headline_percent


def _whole(item: Signature) -> Part:
    """Return title and body as one part, without gaps where both are there."""
    if not item.title.pairs and not item.title.words and not item.title.numbers:
        return item.body
    return Part(*(tuple({*one, *two}) for one, two in zip(item.title[:3], item.body[:3], strict=True)))


def _both_lack(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether each has something that the other lacks."""
    return bool(_count_only_in(a, b) and _count_only_in(b, a))


def _count_common(a: Sequence[int], b: Sequence[int]) -> int:
    return len(set(a).intersection(b))


def _count_only_in(a: Sequence[int], b: Sequence[int]) -> int:
    return len(set(a).difference(b))
