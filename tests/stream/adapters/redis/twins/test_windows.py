"""Independent weights, the sums of minutes, and the sums of longer spans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.adapters.redis.count_script import SUMS
from stream.adapters.redis.window_store import RedisWindowStore
from stream.pipeline.documents.entities import EntitySentiment
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.windows.bucket import merge_minutes, minute_of
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.independence import weigh_members
from stream.pipeline.windows.spans import LENGTHS
from tests.contracts.windows import scored
from tests.fakes.windows import plainly_weighed, recount
from tests.stream.adapters.redis.twins.server import Server

# How many stories, sources and minutes there are to draw from: a crowd, beyond the sources of a story that count; a
# wire, beyond the stories of an hour that count; few of all at few times, where each document has many ways to come
# before or behind another; many of all.
CASTS = st.sampled_from(((2, 25, 90), (300, 1, 25), (8, 4, 9), (30, 30, 1500)))
TESLA = "entry:Tesla"
NEGATIVE = Prediction("negative", {"negative": 1.0, "neutral": 0.0, "positive": 0.0})
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
            entities=(EntitySentiment("Tesla", NEGATIVE, pick.choice((1.0, 1.0, 0.8, 0.42, 0.15))),),
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
        own = [item.to(TESLA).member for item in items if TESLA in item.series]
        assert sorted(await store.members(TESLA, *whole), key=lambda item: item.id) == sorted(
            weigh_members(own), key=lambda item: item.id
        )

    server.run(work())


def test_plain_counting_is_the_pure_rule_too() -> None:
    """What the test above and the contract of the store hold windows against, by the words of the rule."""
    for seed, cast in enumerate(((2, 25, 90), (300, 1, 25), (8, 4, 9), (30, 30, 1500))):
        items = drawn(seed, cast, 300)
        assert plainly_weighed(items) == weigh_members(item.member for item in items)
        own = [item.to(TESLA) for item in items if TESLA in item.series]
        assert plainly_weighed(own) == weigh_members(item.member for item in own)
        assert {item.member.relevance for item in own} == {1000, 800, 420, 150}


def test_sums_are_kept_of_all_lengths_that_windows_are_put_together_of() -> None:
    assert sorted(SUMS, reverse=True) == list(LENGTHS)
