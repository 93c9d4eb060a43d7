"""One suite per port, run on the fake and on the real adapter. A subclass gives the fixture ``store``."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.classifier import Prediction
from stream.pipeline.aggregate import WindowStore, contribution, contributions, minute_of, rolling
from stream.pipeline.classify import ArtifactRef, ScoredDocument
from stream.pipeline.watchlist import Entry
from stream.pipeline.watermark import Progress
from tests.fakes.windows import recount

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
            added = [await store.add(shuffled[at : at + 37], {}) for at in range(0, len(shuffled), 37)]
            assert sum(added) == 300
            assert await store.minutes(range(self.first, self.last)) == expected

        opened(work)

    def test_entries_have_windows_of_their_own_and_the_document_counts_once(self, opened: Opened) -> None:
        entries = [Entry(name="Tesla"), Entry(name="Apple | x", by_topic=True)]
        items = [item for number in range(60) for item in contributions(scored(number), entries[: number % 3])]

        async def work(store: WindowStore) -> None:
            assert await store.add(items, {}) == 60
            assert await store.add(items[::-1], {}) == 0
            minutes = await store.minutes(range(self.first, self.last))
            assert minutes == recount(items)
            windows = rolling(minutes, self.first, self.last)
            assert (windows["entry:Tesla"].documents, windows["entry:Apple | x"].documents) == (40, 20)

        opened(work)

    def test_two_writers_at_once_count_once(self, opened: Opened) -> None:
        items = [contribution(scored(number)) for number in range(200)]

        async def work(store: WindowStore) -> None:
            batches = [items[at : at + 20] for at in range(0, 200, 20)]
            await asyncio.gather(*(store.add(batch, {}) for batch in (*batches, *batches[::-1])))
            assert await store.minutes(range(self.first, self.last)) == recount(items)

        opened(work)

    def test_copies_weigh_one_independent_document(self, opened: Opened) -> None:
        copies = [
            contribution(scored(1, id=str(n), text=f"FALSE  rumour https://x.y/{n} @user{n}", published_at=START))
            for n in range(50)
        ]

        async def work(store: WindowStore) -> None:
            await store.add(copies, {})
            (bucket,) = rolling(await store.minutes(range(self.first, self.last)), self.first, self.last).values()
            assert (bucket.documents, bucket.independent) == (50, 1)

        opened(work)

    def test_minutes_are_half_open_and_only_those_asked_for_come(self, opened: Opened) -> None:
        items = [
            contribution(scored(n, published_at=START + timedelta(milliseconds=n * 59_999), text=f"story {n}"))
            for n in (0, 1, 2)
        ]

        async def work(store: WindowStore) -> None:
            assert await store.add([], {}) == 0
            await store.add(items, {})
            assert set(await store.minutes(range(self.first, self.first + 1))) == {self.first}
            assert set(await store.minutes(range(self.first, self.last))) == {self.first, self.first + 1}

        opened(work)

    def test_progress_widens_and_never_goes_back(self, opened: Opened) -> None:
        async def work(store: WindowStore) -> None:
            await store.add([], {"0/a/1": Progress(50, 60, 7), "0/a/2": Progress(1, 2, 3)})
            await store.add([], {"0/a/1": Progress(40, 55, 8)})
            assert await store.progress() == {"0/a/1": Progress(40, 60, 8), "0/a/2": Progress(1, 2, 3)}

        opened(work)

    def test_evidence_is_the_most_negative_of_each_minute_without_copies(self, opened: Opened) -> None:
        documents = [
            scored(
                n,
                published_at=START + timedelta(seconds=n),
                text=f"Story {n % 20}",
                topic=Prediction("Macro", {}),
                sentiment=Prediction("negative", {"negative": 0.5 + n / 100, "neutral": 0.0, "positive": 0.0}),
            )
            for n in range(40)
        ]
        neutral = scored(99, sentiment=Prediction("neutral", {"negative": 0.1, "neutral": 0.9, "positive": 0.0}))

        async def work(store: WindowStore) -> None:
            await store.add([contribution(document) for document in [*documents, neutral]], {})
            found = await store.evidence("topic:Macro", self.first, self.last)
            assert [item.id for item in found] == ["d19", "d18", "d17", "d16", "d15"]
            assert found[0].text == "Story 19"
            assert await store.evidence("topic:Macro", self.first + 1, self.last) == []

        opened(work)

    def test_a_minute_that_changes_while_it_is_read_stays_on_the_list(self, opened: Opened) -> None:
        one, two = (contribution(scored(n, published_at=START, text=f"s{n}")) for n in (1, 2))

        async def work(store: WindowStore) -> None:
            assert await store.changed(10) == {}
            await store.add([one], {})
            seen = await store.changed(10)
            assert set(seen) == {self.first}
            await store.add([two], {})
            await store.settle(seen)
            again = await store.changed(10)
            assert set(again) == {self.first}
            await store.settle(again)
            assert await store.changed(10) == {}

        opened(work)
