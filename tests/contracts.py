"""One suite per port, run on the fake and on the real adapter. A subclass gives the fixture ``store``."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.classifier import Prediction
from stream.pipeline.aggregate import WindowStore, contribution, minute_of, rolling
from stream.pipeline.classify import ArtifactRef, ScoredDocument
from tests.fakes import recount

START = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
Opened = Callable[[Callable[[WindowStore], Awaitable[Any]]], Any]


def scored(number: int, **changes: Any) -> ScoredDocument:
    """A scored document; equal numbers give equal documents."""
    pick = random.Random(number)
    negative = pick.randint(0, 100) / 100
    label = "negative" if negative > 0.5 else pick.choice(["neutral", "positive"])
    fields: dict[str, Any] = {
        "id": f"d{number}",
        "source": f"source {pick.randint(0, 4)}",
        # Twenty minutes around midnight UTC, so that stories of two days occur.
        "published_at": START + timedelta(milliseconds=pick.randint(0, 1_200_000)),
        "text": f"Story {pick.randint(0, 12)}",
        "sentiment": Prediction(label, {"negative": negative, "neutral": 1 - negative, "positive": 0.0}),
        "topic": Prediction(pick.choice(["Macro", "Fed | Central Banks"]), {}),
        "artifact": ArtifactRef("a", "h"),
    }
    return ScoredDocument(**{**fields, **changes})


class WindowStoreContract:
    """What every :class:`stream.pipeline.aggregate.WindowStore` does. ``opened`` runs a coroutine on a fresh store."""

    first, last = minute_of(START), minute_of(START) + 21

    def test_any_order_and_repetition_equals_a_plain_recount(self, opened: Opened) -> None:
        items = [contribution(scored(number)) for number in range(300)]
        expected = recount(items)
        shuffled = [*items, *items[:100]]
        random.Random(1).shuffle(shuffled)

        async def work(store: WindowStore) -> None:
            added = [await store.add(shuffled[at : at + 37]) for at in range(0, len(shuffled), 37)]
            assert sum(added) == 300
            assert await store.minutes(self.first, self.last) == expected

        opened(work)

    def test_two_writers_at_once_count_once(self, opened: Opened) -> None:
        items = [contribution(scored(number)) for number in range(200)]

        async def work(store: WindowStore) -> None:
            batches = [items[at : at + 20] for at in range(0, 200, 20)]
            await asyncio.gather(*(store.add(batch) for batch in (*batches, *batches[::-1])))
            assert await store.minutes(self.first, self.last) == recount(items)

        opened(work)

    def test_copies_weigh_one_independent_document(self, opened: Opened) -> None:
        copies = [
            contribution(scored(1, id=str(n), text=f"FALSE  rumour https://x.y/{n} @user{n}", published_at=START))
            for n in range(50)
        ]

        async def work(store: WindowStore) -> None:
            await store.add(copies)
            (bucket,) = rolling(await store.minutes(self.first, self.last), self.first, self.last).values()
            assert (bucket.documents, bucket.independent) == (50, 1)

        opened(work)

    def test_minutes_are_half_open_and_only_those_asked_for_come(self, opened: Opened) -> None:
        items = [
            contribution(scored(n, published_at=START + timedelta(milliseconds=n * 59_999), text=f"story {n}"))
            for n in (0, 1, 2)
        ]

        async def work(store: WindowStore) -> None:
            assert await store.add([]) == 0
            await store.add(items)
            assert set(await store.minutes(self.first, self.first + 1)) == {self.first}
            assert set(await store.minutes(self.first, self.last)) == {self.first, self.first + 1}

        opened(work)
