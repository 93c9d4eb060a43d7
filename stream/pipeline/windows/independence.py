"""How much a document adds that others have not said already: its independent weight. Pure.

Copies of one story are weak evidence, and many wordings of one author are too. Within one series:

- a story weighs through its distinct sources: on a UTC day the k-th source of a story, by the time of each source's
  first copy, adds 1/k^2. Sixteen sources count, so a story weighs at most 1.6, whoever copies it how often;
- of the stories that one source brings within an hour, four count in full and the n-th after them 4/n, up to the
  64th: a source weighs at most 14.6 an hour, whatever it writes. A wire with twelve stories an hour keeps 8.1 of them.

A document counts in its own minute, with its own sentiment, if it is its source's first copy of the story that day;
its weight is the product of both and, in the series of a name, of its relevance for that name.

Why so: a wire story in sixty outlets is more than one voice, since sixty editors chose it, but they had it from one. It
is no three voices either: with 1/k, which comes to 3.4, one tweet that many passed on raised alerts nearly by itself,
and on StockNet's tweets of 2014 more alerts were on days on which nothing had happened. An automaton with endless
wordings must not look like a crowd, and yet a busy newsroom must be heard.

The weights depend on the documents alone: not on the order in which they come, on repetition or on batches. Where two
are equally early, the one with the smaller digest of its id comes first. What is kept is bounded by the sixteen
earliest sources of a story and the 64 earliest stories of a source and hour; both sets can be kept exactly, since the
first copy in each only ever becomes earlier.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from models.labels import NEGATIVE
from stream.pipeline.documents.record import Origin
from stream.pipeline.units import DAY_MS, HOUR_MS

UNIT = 1000  # what one document of full weight adds
# Chosen, not fitted; docs/windows.md says what follows for crowds and newsrooms, and the stores' contract holds it.
# Beyond the sixteenth source another one adds next to nothing, and each is kept for days.
MAX_SOURCES = 16
BY_SOURCE = tuple(round(UNIT / k**2) for k in range(1, MAX_SOURCES + 1))
# Stories of a source in an hour: so many in full, as a newsroom writes them, and as many at all as are kept of it.
IN_FULL, MAX_STORIES = 4, 64

Key = TypeVar("Key")


class WindowMember(msgspec.Struct, frozen=True):
    """A document as it counts in a series. ``millisecond`` is event time since 1970.

    ``weight`` is what it adds to the series' independent counts, in thousandths of a document. ``relevance`` says how
    much it is about whom the series is of, in thousandths, too.
    """

    id: str
    story: str
    source: str
    millisecond: int
    sentiment: str
    origin: Origin | None = None
    weight: int = 0
    relevance: int = UNIT


def digest(document_id: str) -> str:
    """Return 16 characters for an id: ids are up to 256 bytes and each is kept for days."""
    return base64.b64encode(hashlib.blake2b(document_id.encode(errors="replace"), digest_size=12).digest()).decode()


def first_copy_weight(sources_before: int, stories_before: int, relevance: int = UNIT) -> int:
    """Return the weight, in thousandths, of a first copy with so many sources and stories before it.

    ``relevance`` is in thousandths.

    >>> [first_copy_weight(*before) for before in ((0, 0), (1, 0), (0, 7), (16, 0), (0, 64))]
    [1000, 250, 500, 0, 0]
    """
    if sources_before >= MAX_SOURCES or stories_before >= MAX_STORIES:
        return 0
    return BY_SOURCE[sources_before] * IN_FULL // max(IN_FULL, stories_before + 1) * relevance // UNIT


def weigh_members(members: Iterable[WindowMember]) -> list[WindowMember]:
    """Return ``members`` of one series, by time, each once and with its weight, as if they were all that there is.

    Windows begin in the middle of days: of what came before them this function knows nothing, the store does.
    """
    ordered = sorted({item.id: item for item in members}.values(), key=_order)
    of_story = _earliest((item.millisecond // DAY_MS, item.story, item.source) for item in ordered)
    of_hour = _earliest((item.millisecond // HOUR_MS, item.source, item.story) for item in ordered)
    sources, stories = _ranks(of_story), _ranks(of_hour)
    weighed = []
    for at, item in enumerate(ordered):
        story = item.millisecond // DAY_MS, item.story, item.source
        hour = item.millisecond // HOUR_MS, item.source, item.story
        # The first copy of the day is the first of its hour, too.
        is_first = of_story[story] == at
        weight = first_copy_weight(sources[story], stories[hour], item.relevance) if is_first else 0
        weighed.append(msgspec.structs.replace(item, weight=weight))
    return weighed


def independent_weights(members: Iterable[WindowMember]) -> tuple[float, float]:
    """Return the independent weights of ``members``, of all and of the negative ones, in documents.

    Leave a source or a story out of ``members`` and this says what the others weigh as they were counted. That is a
    lower bound: what they would weigh had it never been there may be more, since each would be the first more often.

    >>> first = WindowMember("a", "story", "x", 0, "negative", weight=1000)
    >>> independent_weights([first, WindowMember("b", "story", "y", 1, "neutral", weight=500)])
    (1.5, 1.0)
    """
    weights = [(item.weight, item.sentiment == NEGATIVE) for item in members]
    total = sum(weight for weight, _ in weights)
    return total / UNIT, sum(weight for weight, is_negative in weights if is_negative) / UNIT


def _order(item: WindowMember) -> tuple[int, str]:
    return item.millisecond, digest(item.id)


def _earliest(keys: Iterable[Key]) -> dict[Key, int]:
    """Return each key with the place of its first occurrence, in the order of the places."""
    first: dict[Key, int] = {}
    for at, key in enumerate(keys):
        first.setdefault(key, at)
    return first


def _ranks(earliest: Mapping[tuple[int, str, str], int]) -> dict[tuple[int, str, str], int]:
    """Return how many stand before each in its group, which the first two parts of the key name."""
    ranks: dict[tuple[int, str, str], int] = {}
    sizes: dict[tuple[int, str], int] = {}
    for key in earliest:  # in the order of their places
        group = key[:2]
        ranks[key] = sizes.get(group, 0)
        sizes[group] = ranks[key] + 1
    return ranks
