"""Rules that stand in Python and in Lua: generated cases go through both, and the answers are the same.

The Lua runs on a real server, put together from the files that the adapters use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.adapters.redis.client import Client, Script, client_of, close, script_text
from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.count_script import SUMS
from stream.adapters.redis.proof_store import RedisProofStore
from stream.adapters.redis.story_store import RedisStoryStore, encode_parts
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Valkey
from stream.errors import StoreError
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.proofs import RAW, SCORED, Baseline, ProvenBaseline
from stream.pipeline.progress.watermark import EventTime, Progress, Proof
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.same_story import RULE, is_worth_comparing, story_overlap
from stream.pipeline.stories.signature import WORD_BITS, Part, Signature, signature_of
from stream.pipeline.windows.bucket import merge_minutes, minute_of
from stream.pipeline.windows.continuity import ContinuityStore
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.independence import weigh_members
from stream.pipeline.windows.spans import LENGTHS
from tests.contracts.stories import invented
from tests.contracts.windows import scored
from tests.fakes.continuity import FakeContinuityStore
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore, plainly_weighed, recount

T = TypeVar("T")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Server:
    """A client of a running server, and the loop that it lives in."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.client: Client = client_of(url)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def call(self, script: Script, *arguments: Any) -> Any:
        return self.run(script(keys=["{twins}"], args=arguments))

    def close(self) -> None:
        self.run(close(self.client))
        self._runner.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as valkey:
        server = Server(valkey.url)
        yield server
        server.close()


# --- when two documents are one story -----------------------------------------------------------------------------

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
    "misses",
    "2026",
    "央",
    "行",
)
EDITS = st.lists(
    st.tuples(st.sampled_from(("drop", "swap", "add")), st.integers(0, 60), st.sampled_from(WORDS)), max_size=8
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=45)
# Straight from hashes, so that every part can be there or missing in ways that no text of ours gives.
HASHES = st.integers(0, 40)
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
)
SIGNATURES = st.builds(Signature, st.just("0" * 12), st.just(0), st.just(()), PARTS, PARTS)


def edited(words: Sequence[str], edits: Sequence[tuple[str, int, str]]) -> list[str]:
    """Return ``words`` after ``edits``, each of a kind, at a place, with a word."""
    result = list(words)
    for kind, at, word in edits:
        at %= len(result) + 1
        result[at : at + (kind != "add")] = [] if kind == "drop" else [word]
    return result


def said(title: Sequence[str], body: Sequence[str], hours: int = 0) -> Signature:
    """The signature of a document of words; one without a title is a post."""
    fields = {"title": " ".join(title), "body": " ".join(body)} if title else {"text": " ".join(body)}
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
    title, body = parts_of(ARGV[3], title, body, rest)
    return {story_overlap(compared(parts_of(ARGV[2], a_title, a_body, a_rest)), title, body), hopeless and 1 or 0}
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
        signatures.append(said(title, body, hours=pick.randint(0, 96)))
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


# --- independent weights, sums and spans ----------------------------------------------------------------------------

# How many stories, sources and minutes there are to draw from: a crowd, beyond the sources of a story that count; a
# wire, beyond the stories of an hour that count; few of all at few times, where each document has many ways to come
# before or behind another; many of all.
CASTS = st.sampled_from(((2, 25, 90), (80, 2, 50), (8, 4, 9), (30, 30, 1500)))
FIRST = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def drawn(seed: int, cast: tuple[int, int, int], count: int) -> list[Contribution]:
    """Documents of a topic, and of an entry with every third, around midnight UTC."""
    pick, (stories, sources, minutes) = Random(seed), cast
    documents = [
        scored(
            number,
            story=f"story {pick.randrange(stories)}",
            source=f"source {pick.randrange(sources)}",
            published_at=FIRST + timedelta(minutes=pick.randrange(minutes), milliseconds=pick.choice((0, 0, 7))),
            topic=Prediction("Macro", {}),
        )
        for number in range(count)
    ]
    return [contribution_of(item, [Entry(name="Tesla")] if pick.randrange(3) == 0 else []) for item in documents]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**9),
    cast=CASTS,
    size=st.integers(1, 120),
    span=st.tuples(st.integers(0, 1600), st.integers(0, 1600)),
)
def test_weights_sums_and_spans_are_those_of_the_pure_rule(
    server: Server, seed: int, cast: tuple[int, int, int], size: int, span: tuple[int, int]
) -> None:
    items = drawn(seed, cast, 160)
    sent = [*items, *Random(seed).sample(items, 40)]
    Random(seed).shuffle(sent)
    first, last = minute_of(FIRST) - 30 + min(span), minute_of(FIRST) - 30 + max(span)
    whole = minute_of(FIRST), minute_of(FIRST) + 1500

    async def work() -> None:
        store = RedisWindowStore(server.client, uuid4().hex)
        for at in range(0, len(sent), size):
            await store.add(sent[at : at + size], {})
        counted = await store.minutes(range(*whole))
        assert counted == recount(items)
        assert await store.window(first, last) == merge_minutes(counted, first, last)
        members = [item.member for item in items]
        assert sorted(await store.members("topic:Macro", *whole), key=lambda item: item.id) == sorted(
            weigh_members(members), key=lambda item: item.id
        )

    server.run(work())


def test_plain_counting_is_the_pure_rule_too() -> None:
    """What the test above and the contract of the store hold windows against, by the words of the rule."""
    for seed, cast in enumerate(((2, 25, 90), (80, 2, 50), (8, 4, 9), (30, 30, 1500))):
        items = drawn(seed, cast, 300)
        assert plainly_weighed(items) == weigh_members(item.member for item in items)


def test_sums_are_kept_of_all_lengths_that_windows_are_put_together_of() -> None:
    assert sorted(SUMS, reverse=True) == list(LENGTHS)


# --- event time: progress, pace and proofs ---------------------------------------------------------------------------

TIMES = st.integers(700_000_000_000, 4_000_000_000_000)
PAIRS = st.sampled_from(("0/news/0", "0/news/1", "1/news/0", "0/social/0", "0"))
PROGRESS = st.tuples(TIMES, TIMES, st.one_of(st.just(0), TIMES))
# How old a proof is in seconds; below nothing it is of a time to come, by a clock that was ahead.
AGES = st.one_of(st.integers(1, 9), st.just(-600))
CLOCKS = st.one_of(st.none(), st.integers(-5000, 5000))
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), PAIRS, PROGRESS, st.one_of(st.none(), st.integers(-(10**6), 0))),
        st.tuples(st.just(RAW), st.sampled_from(("news/0", "news/1", "social/0")), AGES, CLOCKS),
        st.tuples(st.just(SCORED), st.sampled_from(("0", "1")), AGES, CLOCKS),
    ),
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_progress_and_proofs_are_kept_alike_in_redis_and_in_memory(server: Server, moves: list[Any]) -> None:
    """After any moves event time follows from the same, but for the times at which the server says it saw them."""
    name = uuid4().hex
    windows, proofs = RedisWindowStore(server.client, name), RedisProofStore(server.client, name)
    fake_windows = FakeWindowStore(0)
    fake_proofs = FakeProofStore(fake_windows)

    async def work() -> None:
        origin = (await proofs.prove(RAW, {}, [])).proof.at
        for kind, place, what, number in moves:
            if kind == "add":
                first, latest, claim = what
                row = {place: Progress(first, latest, 0, claim)}
                fake_windows.now = 0
                await windows.add([], row, number)
                await fake_windows.add([], row, number)
            else:
                proof = Proof(origin - 1000 * what, origin - 1000 * what - 7)
                baseline = Baseline(proof) if kind == RAW else Baseline(proof, {"news/0": proof})
                counts = {"news": 2, "social": 1} if kind == RAW else {"scored": 2}
                answer = await proofs.prove(kind, counts, [ProvenBaseline(place, baseline)], number)
                fake_windows.now = answer.proof.at
                assert await fake_proofs.prove(kind, counts, [ProvenBaseline(place, baseline)], number) == answer
        known = await windows.event_time()
        fake_windows.now = known.now
        plain = await fake_windows.event_time()
        assert _unseen(known) == _unseen(plain)
        assert all(origin <= item.seen <= known.now for item in known.progress.values())

    server.run(work())


def _unseen(known: EventTime) -> EventTime:
    progress = {pair: msgspec.structs.replace(item, seen=0) for pair, item in known.progress.items()}
    return msgspec.structs.replace(known, progress=progress)


# --- how far the log was added ---------------------------------------------------------------------------------------

OFFSETS = st.dictionaries(st.integers(0, 2), st.integers(0, 12), min_size=1)
SPANS = st.dictionaries(st.integers(0, 2), st.tuples(st.integers(0, 12), st.integers(0, 5)), min_size=1).map(
    lambda spans: {partition: range(start, start + length) for partition, (start, length) in spans.items()}
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("missing", "reach")), SPANS),
        st.tuples(st.sampled_from(("behind", "begin")), OFFSETS),
    ),
    max_size=20,
)


@settings(max_examples=100)
@given(steps=STEPS)
def test_what_was_added_of_the_log_is_followed_alike_in_redis_and_in_memory(server: Server, steps: list[Any]) -> None:
    async def outcome(store: ContinuityStore, name: str, argument: Any) -> Any:
        try:
            return await getattr(store, name)(argument)
        except StoreError:
            return StoreError

    async def work() -> None:
        real, fake = RedisContinuityStore(server.client, uuid4().hex), FakeContinuityStore()
        for store in (real, fake):
            await store.confirm((await store.server_run()).run)
        for name, argument in steps:
            assert await outcome(real, name, argument) == await outcome(fake, name, argument)
            assert (await real.server_run()).sure == (await fake.server_run()).sure

    server.run(work())
