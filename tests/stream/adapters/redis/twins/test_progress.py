"""Event time: progress, pace and proofs, and how far the log was added."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.proof_store import RedisProofStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.errors import StoreError
from stream.pipeline.progress.proofs import RAW, SCORED, Baseline, ProvenBaseline
from stream.pipeline.progress.watermark import EventTime, Progress, Proof
from stream.pipeline.windows.continuity import ContinuityStore
from tests.fakes.continuity import FakeContinuityStore
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore
from tests.stream.adapters.redis.twins.server import Server

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
            assert await real.reached() == await fake.reached()
            assert (await real.server_run()).sure == (await fake.server_run()).sure

    server.run(work())
