"""What is compared of a document: a signature of hashes, made from its words. Pure.

Of the title and of the body it holds the pairs of neighbouring words (bigrams), the numbers, and the words that carry
content. What newsrooms and networks wrap around a text is taken off before: links, mentions, "RT @x:", "BREAKING:", the
agency's dateline, the outlet's name at the end, "Read more", case, accents, punctuation. Amounts are brought into one
form, and a word that is denied is another word. Han, kana and hangul are words of one character each.

It also holds which entries of the watchlist the document names: reports on different names are different stories.

Its ``keys`` find candidates: a MinHash of one permutation (one-permutation hashing; Li, Owen and Zhang, 2012). The
pairs fall into twelve bins by their hash, and the smallest hash of each bin is a key. The probability that two texts
have the key of a bin in common is their resemblance (shared pairs over all pairs; Broder, 1997): where a third is
shared, at least one of twelve keys is, with a probability of 1 - (2/3)**12 = 0.99. A title gives four keys more, so
that a headline alone finds the article.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from stream.pipeline.documents.document import Document, milliseconds
from stream.pipeline.stories.capitals import NAME
from stream.pipeline.stories.denials import NOT
from stream.pipeline.stories.house_style import MINUS, PLUS, is_unit
from stream.pipeline.stories.wording import STOPPED, clean_beginning, ending_of, is_unspaced, words_of
from stream.pipeline.units import DAY_MS

# Keys of a whole text and of its title. More keys find texts that share less, which the rule then refuses anyway, and
# each takes a lookup and some bytes in Redis.
BINS, TITLE_BINS = 12, 4
# A gap is a word of 26 bits behind the 26 bits of its neighbours: 52 bits, which a double, Lua's only number, holds
# exactly.
WORD_BITS = 26
_MASK, _WORD_MASK = 0xFFFFFFFF, (1 << WORD_BITS) - 1
DENIED = 1 << (WORD_BITS - 1)  # the bit of a word's hash that is the other way round where the word is denied
_MIX = 0x9E3779B1  # 2**32 over the golden ratio, an odd number: Knuth's multiplicative hashing
_BEGINNING, _END = 1, 2  # stand for the neighbours that the first and the last word lack
_NUMBER, _CONTENT = 1, 2
LONGEST_GAP = 4  # characters of a script without spaces, as most names of banks have
# Names of up to so many words are held beside each other, in texts of more words than this: of shorter ones, two that
# each have a word of their own are two stories anyway.
LONGEST_NAME, SHORT_WORDS = 6, 15
_CASED = re.compile(r"[^\W\d_]+")
ISSUER = "\ue004"  # before what a headline ends in, which counts as a number does: both having another one tells all


class Part(NamedTuple):
    """A title or a body: hashed pairs of neighbouring words, numbers, and words of content; each once, sorted.

    ``gaps`` are words of content or numbers in their place: the hash of both neighbours times 2**26, plus the word's.
    Where words are single characters, up to four of them in a row, too, as most Chinese words are so long. A number
    with a sign is among ``numbers`` without it, and once more with it: so "+5%" and "-5%" each have something that the
    other lacks, and only "5%" lacks something beside either.
    ``names`` are names of one word or several in their place, in the same form; between words, not at an end.
    """

    pairs: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()
    names: tuple[int, ...] = ()


class Signature(NamedTuple):
    """What is compared of a document. ``day`` counts UTC days of event time since 1970.

    ``exact`` is common to texts of the same words that name the same; ``keys`` find candidates. ``entries`` are hashes
    of the names, of eight hexadecimal digits, sorted. ``unspaced``: most words are single characters, of Han, say,
    which tell half of what a word does.
    """

    exact: str
    day: int
    keys: tuple[int, ...]
    title: Part
    body: Part
    entries: tuple[str, ...] = ()
    unspaced: bool = False

    @property
    def size(self) -> int:
        """How many pairs of words title and body have."""
        return len(self.title.pairs) + len(self.body.pairs)


_NOTHING = Part()


def signature_of(document: Document, entries: Collection[str] = ()) -> Signature:
    """Return the signature of ``document``, which names ``entries``; a text without a title is a body."""
    whole = document.text is not None or not (document.title and document.body)
    cleaned = "" if whole else clean_beginning(document.title or "")
    rest = clean_beginning(document.content if whole else document.body or "")
    title, body = words_of(cleaned, document.source), words_of(rest, document.source)
    headline = body if whole or not title else title
    if ending := ending_of(rest if whole else cleaned, document.source):
        headline.append(ISSUER + ending)
    unspaced = is_unspaced((*title, *body))
    parts = _part(title, cleaned, unspaced), _part(body, rest, unspaced)
    named = tuple(sorted({f"{crc32(name.encode(errors='replace')):08x}" for name in entries}))
    content = "\n".join((" ".join(title), " ".join(body), *named))
    for mark in (NAME, PLUS):  # a copy in other capitals, or without the plus, has the same words
        content = content.replace(mark, "")
    exact = hashlib.blake2b(content.encode(errors="replace"), digest_size=6)
    pairs = (*parts[0].pairs, *parts[1].pairs)
    keys = {*_min_hash(pairs, BINS), *_min_hash(parts[0].pairs, TITLE_BINS)}
    day = milliseconds(document.published_at) // DAY_MS
    return Signature(exact.hexdigest(), day, tuple(sorted(keys)), *parts, named, unspaced)


def _part(words: Sequence[str], cleaned: str, unspaced: bool) -> Part:
    """Return the hashes of a title's or a body's ``words``, which are those of the text ``cleaned``."""
    if not words:
        return _NOTHING
    classified = [_hashed(word) for word in words]
    hashes = [value for value, _ in classified]
    pairs = set(_pairs(hashes, hashes[1:]))
    numbers = {value for value, kind in classified if kind & _NUMBER}
    numbers |= {crc32(word.encode(errors="replace")) for word in words if word[-1] in (PLUS, MINUS)}
    content = {value for value, kind in classified if kind & _CONTENT}
    gaps = _gaps(hashes, numbers | content, LONGEST_GAP if unspaced else 1)
    names = () if unspaced or len(words) <= SHORT_WORDS else _names(words, hashes, *_capitals_in(cleaned))
    return Part(_sorted(pairs), _sorted(numbers), _sorted(content), _sorted(gaps), _sorted(names))


@lru_cache(1 << 14)  # 3.5 MB; of 20,000 tweets it knows nine words in ten, as four times as many would
def _hashed(word: str) -> tuple[int, int]:
    """Return a word's hash, and whether it is a number, a word of content, neither, or both, as "3M" may be."""
    kind = _kind(word)
    word = word.rstrip(NAME + PLUS + MINUS)
    if word.count(NOT) == 1:
        return crc32(word.removeprefix(NOT).encode(errors="replace")) ^ DENIED, kind
    return crc32(word.encode(errors="replace")), kind


def _kind(word: str) -> int:
    if word[0] == ISSUER:
        return _NUMBER
    if word[0].isdigit():
        return _NUMBER if word[-1] != NAME and is_unit("".join(filter(str.isalpha, word))) else _NUMBER | _CONTENT
    return 0 if word in STOPPED else _CONTENT


def _pairs(before: Sequence[int], after: Sequence[int]) -> list[int]:
    """Return the hash, of 32 bits, of each word and the one behind it, in this order."""
    return [((one * _MIX) ^ (two + (one >> 3))) & _MASK for one, two in zip(before, after, strict=False)]


def _gaps(hashes: Sequence[int], content: set[int], longest: int) -> set[int]:
    """Return the words of ``content``, and rows of up to ``longest`` of them, in their place, of which a neighbour is a
    word of content, too, or an end.

    Where two stand between the same neighbours the place says nothing, and is left out.
    """
    by_neighbours: dict[int, int] = {}
    around, tells = [_BEGINNING, *hashes, _END], [True, *[value in content for value in hashes], True]
    rows, whole = list(hashes), [value in content for value in hashes]
    for length in range(1, longest + 1):
        places = _pairs(around, around[length + 1 :])
        for at, (place, value) in enumerate(zip(places, rows, strict=False)):
            if whole[at] and (tells[at] or tells[at + length + 1]):
                place = (place + length - 1) & _WORD_MASK
                by_neighbours[place] = -1 if place in by_neighbours else (place << WORD_BITS) | (value & _WORD_MASK)
        rows = _pairs(rows, hashes[length:])  # each row with the word behind it
        whole = [one and two for one, two in zip(whole, tells[length + 1 :], strict=False)][: len(rows)]
    return {gap for gap in by_neighbours.values() if gap >= 0}


def _capitals_in(cleaned: str) -> tuple[set[str], set[str]]:
    """Return the words, in lower case, that have a capital each time, and those that have one somewhere."""
    if not cleaned.isascii():
        cleaned = "".join(c for c in unicodedata.normalize("NFKD", cleaned) if not unicodedata.combining(c))
    words = set(_CASED.findall(cleaned))
    capital = {word.casefold() for word in words if word[0].isupper()} - STOPPED
    return capital - words, capital


def _names(words: Sequence[str], hashes: Sequence[int], always: set[str], capital: set[str]) -> set[int]:
    """Return the names in their place: rows of words with a capital, of which one has it each time.

    Of several words the initials tell, so that "ECB" and "European Central Bank" are one.
    """
    by_neighbours: dict[int, int] = {}
    at = 1
    while at < len(words) - 1:
        end = at
        while end < len(words) and _is_of_name(words, end, at, capital):
            end += 1
        row = words[at:end]
        if end < len(words) and len(row) <= LONGEST_NAME and not always.isdisjoint(row):
            name = row[0] if len(row) == 1 else "".join(word[0] for word in row)
            (place,) = _pairs([hashes[at - 1]], [hashes[end]])
            place &= _WORD_MASK
            value = crc32(name.encode(errors="replace")) & _WORD_MASK
            by_neighbours[place] = -1 if place in by_neighbours else (place << WORD_BITS) | value
        at = max(end, at + 1)
    return {name for name in by_neighbours.values() if name >= 0}


def _is_of_name(words: Sequence[str], at: int, start: int, capital: set[str]) -> bool:
    """Whether a word belongs to the name that begins at ``start``: "17 Education", "Bank of America"."""
    if words[at] in capital or words[at][0].isdigit():
        return True
    return words[at] == "of" and start < at < len(words) - 1 and words[at + 1] in capital


def _min_hash(pairs: Iterable[int], bins: int) -> list[int]:
    """Return the smallest hash of each bin that is not empty."""
    smallest: dict[int, int] = {}
    for pair in pairs:
        bin_ = pair % bins
        if bin_ not in smallest or pair < smallest[bin_]:
            smallest[bin_] = pair
    return list(smallest.values())


def _sorted(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(values))
