"""One suite per port, run on the fake and on the real adapter. A subclass gives the fixture ``store``."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.pipeline.detect import collect_counts
from stream.pipeline.documents.entities import EntitySentiment
from stream.pipeline.documents.record import ArtifactRef, ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.bucket import Bucket, merge_minutes, minute_of
from stream.pipeline.windows.columns import starts
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.independence import WindowMember, independent_weights, weigh_members
from stream.pipeline.windows.store import WindowStore
from tests.fakes.windows import recount

START = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
Opened = Callable[[Callable[[WindowStore], Awaitable[Any]]], Any]
# One suite runs on several stores, and each example opens a fresh one: that is meant.
UNDER_CONTRACT = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
SAYINGS = st.tuples(st.integers(0, 7), st.integers(0, 3), st.integers(0, 9))  # story, source, when


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


def _said(number: int, story: str, source: str, at: datetime) -> ScoredDocument:
    return scored(number, story=story, source=source, published_at=at, topic=Prediction("Macro", {}))


class WindowStoreContract:
    """What every :class:`stream.pipeline.windows.store.WindowStore` does.

    ``opened`` runs a coroutine on a fresh store that is known to be complete.
    """

    first, last = minute_of(START), minute_of(START) + 21

    def test_any_order_and_repetition_equals_a_plain_recount(self, opened: Opened) -> None:
        items = [contribution_of(scored(number)) for number in range(300)]
        expected = recount(items)
        shuffled = [*items, *items[:100]]
        random.Random(1).shuffle(shuffled)

        async def work(store: WindowStore) -> None:
            added = [await store.add(shuffled[at : at + 37], {}) for at in range(0, len(shuffled), 37)]
            assert sum(added) == 300
            assert await store.minutes(range(self.first, self.last)) == expected

        opened(work)

    @pytest.mark.parametrize("step", [1, 5, 15, 60, 1440])
    def test_counts_by_the_minute_and_in_longer_steps_equal_a_plain_recount(self, opened: Opened, step: int) -> None:
        items = [contribution_of(scored(number)) for number in range(300)]
        begins = starts(self.first - 37, self.last, step)
        whole = begins.start, begins.start + len(begins) * step
        expected = collect_counts(recount(items), sorted({name for item in items for name in item.series}), *whole)

        async def work(store: WindowStore) -> None:
            await store.add(items, {})
            found = await store.counts(self.first - 37, self.last, step)
            assert (found.first, found.last, found.step) == (*whole, step)
            assert sorted(found.names) == list(expected.names)
            ordered, plain = found.reindexed(expected.names), expected.resampled(step)
            for name in ("documents", "negatives", "positives", "heard"):
                assert (getattr(ordered, name) == getattr(plain, name)).all()
            nothing = await store.counts(self.last + 4 * 1440, self.last + 5 * 1440, step)
            assert nothing.names == ()
            assert nothing.heard is not None
            assert not nothing.heard.any()

        opened(work)

    def test_entries_have_windows_of_their_own_and_the_document_counts_once(self, opened: Opened) -> None:
        entries = [Entry(name="Tesla"), Entry(name="Apple | x", by_topic=True)]
        items = [contribution_of(scored(number), entries[: number % 3]) for number in range(60)]

        async def work(store: WindowStore) -> None:
            assert await store.add(items, {}) == 60
            assert await store.add(items[::-1], {}) == 0
            minutes = await store.minutes(range(self.first, self.last))
            assert minutes == recount(items)
            windows = merge_minutes(minutes, self.first, self.last)
            assert (windows["entry:Tesla"].documents, windows["entry:Apple | x"].documents) == (40, 20)

        opened(work)

    def test_entries_have_the_sentiment_that_the_document_gives_them(self, opened: Opened) -> None:
        entries = [Entry(name="Tesla"), Entry(name="Apple | x", by_topic=True)]

        def named(number: int) -> ScoredDocument:
            label = ("negative", "positive")[number % 2]
            own = Prediction(
                label, {"negative": 0.9 * (1 - number % 2), "neutral": 0.1, "positive": 0.9 * (number % 2)}
            )
            return scored(number, entities=(EntitySentiment("Tesla", own, 1.0), EntitySentiment("Apple | x", own, 0.5)))

        items = [contribution_of(named(number), entries[: 1 + number % 2]) for number in range(80)]

        async def work(store: WindowStore) -> None:
            assert await store.add(items, {}) == 80
            assert await store.minutes(range(self.first, self.last)) == recount(items)
            windows = merge_minutes(await store.minutes(range(self.first, self.last)), self.first, self.last)
            assert (windows["entry:Tesla"].negative, windows["entry:Tesla"].positive) == (40, 40)
            assert (windows["entry:Apple | x"].negative, windows["entry:Apple | x"].positive) == (0, 40)
            evidence = await store.evidence("entry:Tesla", self.first, self.last)
            assert {item.negative for item in evidence} == {0.9}
            assert not await store.evidence("entry:Apple | x", self.first, self.last)
            members = await store.members("entry:Apple | x", self.first, self.last)
            assert {item.sentiment for item in members} == {"positive"}
            assert {item.relevance for item in members} == {500}
            assert max(item.weight for item in members) == 500  # of a first copy, which is about it by half
            assert sum(item.weight for item in members) == windows["entry:Apple | x"].independent

        opened(work)

    def test_two_writers_at_once_count_once(self, opened: Opened) -> None:
        items = [contribution_of(scored(number)) for number in range(200)]

        async def work(store: WindowStore) -> None:
            batches = [items[at : at + 20] for at in range(0, 200, 20)]
            await asyncio.gather(*(store.add(batch, {}) for batch in (*batches, *batches[::-1])))
            assert await store.minutes(range(self.first, self.last)) == recount(items)

        opened(work)

    @pytest.mark.parametrize(
        ("documents", "stories", "sources", "least", "most"),
        [
            pytest.param(1500, 1, 5, 1, 5, id="copies from a handful of accounts"),
            pytest.param(60, 1, 60, 1.5, 6, id="one wire story in sixty outlets"),
            pytest.param(40, 40, 25, 30, 40, id="forty wordings from twenty-five sources"),
            pytest.param(400, 400, 1, 4, 15, id="one account with endless wordings"),
            pytest.param(1, 1, 1, 1, 1, id="one document"),
        ],
    )
    def test_what_weighs_how_much(
        self, opened: Opened, documents: int, stories: int, sources: int, least: float, most: float
    ) -> None:
        items = [
            contribution_of(
                _said(n, f"story {n % stories}", f"source {n % sources}", START + timedelta(milliseconds=n))
            )
            for n in range(documents)
        ]

        async def work(store: WindowStore) -> None:
            await store.add(items, {})
            (bucket,) = merge_minutes(await store.minutes(range(self.first, self.last)), self.first, self.last).values()
            assert bucket.documents == documents
            assert least <= bucket.independent_documents <= most
            assert bucket.stories == stories
            assert bucket.sources == sources

        opened(work)

    def test_a_wire_that_writes_all_day_is_heard(self, opened: Opened) -> None:
        # 240 stories a day, ten an hour, of one agency: seven tenths of them stay.
        midnight = START.replace(hour=0, minute=0)
        items = [
            contribution_of(_said(n, f"story {n}", "wire", midnight + timedelta(minutes=6 * n))) for n in range(240)
        ]

        async def work(store: WindowStore) -> None:
            await store.add(items, {})
            first = minute_of(midnight)
            (bucket,) = merge_minutes(await store.minutes(range(first, first + 1440)), first, first + 1440).values()
            assert bucket.independent_documents > 0.7 * 240

        opened(work)

    @settings(max_examples=60, suppress_health_check=UNDER_CONTRACT)
    @given(said=st.lists(SAYINGS, max_size=40), seed=st.integers(0, 1000), size=st.integers(1, 20))
    def test_weights_depend_on_the_documents_alone(
        self, opened: Opened, said: list[tuple[int, int, int]], seed: int, size: int
    ) -> None:
        # Few sources and many stories at few times: every way in which an earlier one can come later.
        documents = [
            _said(n, f"story {story}", f"source {source}", START + timedelta(minutes=7 * at))
            for n, (story, source, at) in enumerate(said)
        ]
        items = [contribution_of(document) for document in documents]
        sent = items + items[::3]
        random.Random(seed).shuffle(sent)

        async def work(store: WindowStore) -> None:
            for at in range(0, len(sent), size):
                await store.add(sent[at : at + size], {})
            counted = await store.minutes(range(self.first, self.last + 60))
            assert counted == recount(items)
            for first, last in ((self.first, self.last + 60), (self.first + 3, self.first + 47), (5, 5)):
                assert await store.window(first, last) == merge_minutes(counted, first, last)
            members = await store.members("topic:Macro", self.first, self.last + 60)
            assert sorted(members, key=lambda m: m.id) == sorted(
                weigh_members(item.member for item in items), key=lambda m: m.id
            )
            whole = merge_minutes(counted, self.first, self.last + 60).get("topic:Macro", Bucket())
            assert independent_weights(members) == (whole.independent_documents, whole.independent_negatives)

        opened(work)

    def test_members_are_bounded_and_the_sample_does_not_depend_on_order(self, opened: Opened) -> None:
        items = [contribution_of(_said(n, f"s{n}", "x", START)) for n in range(230)]
        kept: list[list[WindowMember]] = []

        async def work(store: WindowStore) -> None:
            for item in items if not kept else items[::-1]:
                await store.add([item], {})
            kept.append(await store.members("topic:Macro", self.first, self.first + 1))

        opened(work)
        opened(work)
        assert kept[0] == kept[1]
        assert len(kept[0]) == 200
        assert kept[0] == sorted(kept[0], key=lambda item: (item.millisecond, item.id))

    @pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)])
    def test_what_came_too_late_counts_when_it_comes_in_time_in_any_order(
        self, opened: Opened, order: tuple[int, int, int]
    ) -> None:
        item = contribution_of(_said(1, "s", "x", START))
        other = replace(contribution_of(_said(2, "t", "x", START)), late=True)
        sent = [replace(item, late=True), item, other]

        async def work(store: WindowStore) -> None:
            for at in order:
                await store.add([sent[at]], {})
                await store.add([sent[at]], {})
            assert await store.minutes([self.first]) == recount([item])
            assert await store.late([self.first]) == {self.first: {"topic:Macro": 1}}
            assert await store.add([item, replace(item, late=True), other], {}) == 0

        opened(work)

    def test_what_comes_too_late_is_counted_apart_and_once(self, opened: Opened) -> None:
        late = replace(contribution_of(_said(1, "s", "x", START)), late=True)

        async def work(store: WindowStore) -> None:
            assert await store.add([late], {}) == 1
            assert await store.add([late], {}) == 0
            assert await store.minutes([self.first]) == {}
            assert await store.late([self.first]) == {self.first: {"topic:Macro": 1}}
            changed = await store.changed(10)
            assert set(changed) == {self.first}
            await store.settle(changed)
            assert await store.changed(10) == {}

        opened(work)

    def test_what_counted_and_what_was_late_is_all_that_was_sent(self, opened: Opened) -> None:
        items = [replace(contribution_of(scored(number)), late=number % 7 == 3) for number in range(200)]
        sent = [*items, *items[:60]]
        random.Random(2).shuffle(sent)

        async def work(store: WindowStore) -> None:
            for at in range(0, len(sent), 23):
                await store.add(sent[at : at + 23], {})
            span = range(self.first, self.last)
            counted, late = await store.minutes_and_late(span)
            assert counted == await store.minutes(span) == recount(items)
            assert late == await store.late(span)
            assert sum(n for row in late.values() for n in row.values()) == sum(item.late for item in items)
            documents = sum(bucket.documents for row in counted.values() for bucket in row.values())
            assert documents + sum(item.late for item in items) == 200

        opened(work)

    def test_minutes_are_half_open_and_only_those_asked_for_come(self, opened: Opened) -> None:
        items = [
            contribution_of(scored(n, published_at=START + timedelta(milliseconds=n * 59_999), text=f"story {n}"))
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
            found = await store.progress()
            assert {pair: (item.first, item.latest) for pair, item in found.items()} == {
                "0/a/1": (40, 60),
                "0/a/2": (1, 2),
            }
            known = await store.event_time()
            assert known.progress == found
            # It is the store that says when.
            assert found["0/a/2"].seen <= found["0/a/1"].seen <= known.now

        opened(work)

    def test_what_is_complete_stays_so(self, opened: Opened) -> None:
        async def work(store: WindowStore) -> None:
            mark = await store.complete()
            assert mark
            await store.add([contribution_of(scored(1))], {"0": Progress(1, 2, 3)})
            assert await store.complete() == mark

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
            await store.add([contribution_of(document) for document in [*documents, neutral]], {})
            found = await store.evidence("topic:Macro", self.first, self.last)
            assert [item.id for item in found] == ["d39", "d38", "d37", "d36", "d35"]
            assert {item.copies for item in found} == {2}
            assert await store.pool(range(self.first, self.last)) == {self.first: {"topic:Macro": found}}
            assert found[0].text == "Story 19"
            assert await store.evidence("topic:Macro", self.first + 1, self.last) == []

        opened(work)

    @settings(max_examples=5, deadline=None, suppress_health_check=UNDER_CONTRACT)
    @given(order=st.permutations(range(24)), batch=st.integers(1, 9))
    def test_evidence_does_not_depend_on_the_order_in_which_documents_come(
        self, opened: Opened, order: list[int], batch: int
    ) -> None:
        """Partitions are read in any order: a decision that rests on evidence must not follow from it."""
        documents = [
            scored(
                n,
                source=f"s{n % 5}",
                published_at=START + timedelta(seconds=20 * n),
                text=f"Story {n % 7}",
                topic=Prediction("Macro", {}),
                sentiment=Prediction("negative", {"negative": 0.5 + n % 3 / 10, "neutral": 0.0, "positive": 0.0}),
            )
            for n in range(24)
        ]

        async def work(store: WindowStore) -> None:
            found = []
            for name, numbers in (("Macro", range(24)), ("Other", order)):
                items = [
                    contribution_of(msgspec.structs.replace(documents[n], id=f"{name}{n}", topic=Prediction(name, {})))
                    for n in numbers
                ]
                for at in range(0, len(items), batch):
                    await store.add(items[at : at + batch], {})
                evidence = await store.evidence(f"topic:{name}", self.first, self.first + 9)
                found.append([(item.id.removeprefix(name), item.copies) for item in evidence])
            assert found[0] == found[1]
            assert len(found[0]) > 15

        opened(work)

    def test_since_a_change_is_known_which_minute_is_the_oldest_that_changed(self, opened: Opened) -> None:
        async def work(store: WindowStore) -> None:
            await store.add([contribution_of(scored(number)) for number in range(20)], {})
            before, oldest = await store.changes_since(None)
            assert oldest == 0
            assert await store.changes_since(before) == (before, None)
            more = [scored(500 + n, published_at=START + timedelta(minutes=n)) for n in (9, 5, 7)]
            await store.add([contribution_of(document) for document in more], {})
            # Who projects minutes may have done so already.
            await store.settle(await store.changed(100))
            since, oldest = await store.changes_since(before)
            assert oldest == self.first + 5
            assert await store.changes_since(since) == (since, None)

        opened(work)

    def test_a_minute_that_changes_while_it_is_read_stays_on_the_list(self, opened: Opened) -> None:
        one, two = (contribution_of(scored(n, published_at=START, text=f"s{n}")) for n in (1, 2))

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
