"""Which documents are one story: the rule of two documents, and stories assigned one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stream.adapters.redis.client import Script, script_text
from stream.adapters.redis.story_store import RedisStoryStore, encode_parts
from stream.pipeline.documents.document import Document
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.same_story import RULE, is_worth_comparing, story_overlap
from stream.pipeline.stories.signature import DENIED, WORD_BITS, Part, Signature, signature_of
from tests.contracts.stories import invented
from tests.stream.adapters.redis.twins.server import Server

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = (
    "bank",
    "x",
    "fines",
    "data",
    "leak",
    "the",
    "of",
    "up",
    "down",
    "3",
    "5",
    "beats",
    "not",
    "denies",
    "2026",
    "央",
    "行",
)
EDITS = st.lists(
    st.tuples(st.sampled_from(("drop", "swap", "add")), st.integers(0, 60), st.sampled_from(WORDS)), max_size=8
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=45)
# Straight from hashes, so that every part can be there or missing in ways that no text of ours gives.
# Some are denied: a bit is the other way round.
HASHES = st.one_of(st.integers(0, 40), st.integers(0, 40).map(lambda value: value ^ DENIED))
GAPS = st.builds(lambda neighbours, word: neighbours << WORD_BITS | word, st.integers(0, 6), st.integers(0, 2))


def _sorted(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(set(values)))


def _one_per_neighbours(gaps: Sequence[int]) -> tuple[int, ...]:
    return _sorted(list({gap >> WORD_BITS: gap for gap in gaps}.values()))


PARTS = st.builds(
    Part,
    st.lists(HASHES, max_size=30).map(_sorted),
    st.lists(st.integers(0, 3), max_size=3).map(_sorted),
    st.lists(HASHES, max_size=12).map(_sorted),
    st.lists(GAPS, max_size=3).map(_one_per_neighbours),
    st.lists(GAPS, max_size=3).map(_one_per_neighbours),
)
ENTRIES = ((), ("0000000a",), ("0000000b",), ("0000000a", "0000000b"), ("0000000a", "0000000b", "ffffffff"))
SIGNATURES = st.builds(Signature, st.just("0" * 12), st.just(0), st.just(()), PARTS, PARTS, st.just(()), st.booleans())


def edited(words: Sequence[str], edits: Sequence[tuple[str, int, str]]) -> list[str]:
    """Return ``words`` after ``edits``, each of a kind, at a place, with a word."""
    result = list(words)
    for kind, at, word in edits:
        at %= len(result) + 1
        result[at : at + (kind != "add")] = [] if kind == "drop" else [word]
    return result


def said(title: Sequence[str], body: Sequence[str], hours: int = 0) -> Signature:
    """The signature of a document of words; one without a title is a post."""
    fields: dict[str, Any] = {"title": " ".join(title), "body": " ".join(body)} if title else {"text": " ".join(body)}
    return signature_of(Document(id="1", source="s", published_at=AT + timedelta(hours=hours), **fields))


@st.composite
def pairs_of_documents(draw: st.DrawFn) -> tuple[Signature, Signature]:
    """Two documents that are equal but for a few edits, and of which either may lack its headline or its body."""
    title, body = draw(TEXTS.map(lambda words: words[:12])), draw(TEXTS)
    one = said(title, body)
    title, body = edited(title, draw(EDITS)), edited(body, draw(EDITS))
    dressed = draw(st.sampled_from(((title, body), ([], title), ([], body), (title, []))))
    return one, said(*dressed)


@pytest.fixture(scope="module")
def overlap(server: Server) -> Callable[[Signature, Signature], tuple[int, bool]]:
    """The Lua rule: how many pairs are shared, and whether its cheap look holds that to be hopeless."""
    compare = """
    local a_title, a_body, a_rest = pairs_of(ARGV[2], 1)
    local title, body, rest = pairs_of(ARGV[3], 1)
    local pairs_of_a = union(a_title, a_body)
    local hopeless = is_hopeless(set_of(pairs_of_a), #pairs_of_a, title, body)
    local unspaced
    title, body, unspaced = parts_of(ARGV[3], title, body, rest)
    local a = compared(parts_of(ARGV[2], a_title, a_body, a_rest))
    return {story_overlap(a, title, body, unspaced), hopeless and 1 or 0}
    """
    script = Script(server.client, "\n".join((script_text("same_story"), compare)))
    rule = msgspec.msgpack.encode({**RULE._asdict(), "word_bits": WORD_BITS})

    def run(a: Signature, b: Signature) -> tuple[int, bool]:
        shared, hopeless = server.call(script, rule, encode_parts(a), encode_parts(b))
        return shared, bool(hopeless)

    return run


# A headline that is nothing but a number, and a post with another number.
REPORT = Signature("", 0, (), Part(numbers=(1,)), Part((1, 2, 3, 4, 5), (), (1, 2)))
POST = Signature("", 0, (), Part(), Part((1, 2, 3, 4, 5), (2,), (1, 2)))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(pair=st.one_of(pairs_of_documents(), st.tuples(SIGNATURES, SIGNATURES)))
@example(pair=(REPORT, POST))
def test_two_documents_are_one_story_in_both_or_in_neither(
    overlap: Callable[[Signature, Signature], tuple[int, bool]], pair: tuple[Signature, Signature]
) -> None:
    for a, b in (pair, pair[::-1]):
        shared, hopeless = overlap(a, b)
        assert shared == story_overlap(a, b)
        assert not (hopeless and shared)


@settings(max_examples=100)
@given(keys=st.integers(0, 3), a=SIGNATURES, b=SIGNATURES)
def test_a_candidate_is_worth_comparing_in_both_or_in_neither(
    server: Server, keys: int, a: Signature, b: Signature
) -> None:
    ask = "return is_worth_comparing(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) and 1 or 0"
    script = Script(server.client, "\n".join((script_text("same_story"), ask)))
    rule = msgspec.msgpack.encode({**RULE._asdict(), "word_bits": WORD_BITS})
    assert bool(server.call(script, rule, keys, a.size, b.size)) is is_worth_comparing(keys, a, b)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), size=st.integers(1, 40), known=st.integers(0, 3))
def test_stories_are_assigned_alike_in_redis_and_in_memory(server: Server, seed: int, size: int, known: int) -> None:
    """Copies of few texts over four days: keys that find more than are kept, more candidates than are compared."""
    pick = Random(seed)
    texts = [[pick.choice(WORDS) for _ in range(pick.randint(2, 30))] for _ in range(pick.randint(1, 5))]
    signatures = []
    for _ in range(80):
        edits = [
            (pick.choice(("drop", "swap", "add")), pick.randint(0, 60), pick.choice(WORDS))
            for _ in range(pick.randint(0, 3))
        ]
        body = edited(pick.choice(texts), edits)
        title = pick.choice(([], body[:8], pick.choice(texts)[:6]))
        item = said(title, body, hours=pick.randint(0, 96))
        signatures.append(item._replace(entries=pick.choice(ENTRIES), exact=f"{pick.choice((0, 1))}{item.exact[1:]}"))
    memory = StoryMemory()
    given_stories = [f"given {n}" if pick.randrange(4) < known else "" for n in range(len(signatures))]
    expected = [memory.assign(item, story) for item, story in zip(signatures, given_stories, strict=True)]

    async def work() -> list[str]:
        store, stories = RedisStoryStore(server.client, uuid4().hex), list[str]()
        for at in range(0, len(signatures), size):
            stories += await store._run(signatures[at : at + size], given_stories[at : at + size])
        return stories

    assert server.run(work()) == expected


def test_the_stories_of_an_invented_stream_are_those_of_the_pure_rule(server: Server) -> None:
    signatures = [signature_of(document) for document in invented()]
    memory = StoryMemory()
    store = RedisStoryStore(server.client, uuid4().hex)
    assert server.run(store.assign(signatures)) == [memory.assign(item) for item in signatures]
