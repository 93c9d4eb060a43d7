"""The suite of :class:`stream.pipeline.windows.projection.Projection`; ``opened`` runs a coroutine on a new store."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from stream.pipeline.windows.bucket import MEASURES, Bucket
from stream.pipeline.windows.projection import Projection

Opened = Callable[[Callable[[Projection], Awaitable[Any]]], Any]
MINUTE = 29_000_000


def bucket(documents: int, **changes: int) -> Bucket:
    """A bucket in which every measure has a value of its own."""
    values = {name: documents * 1_000_000 + at for at, name in enumerate(MEASURES)}
    return Bucket(**{**values, "documents": documents, **changes})


class SeriesStoreContract:
    """The suite."""

    def test_what_is_written_comes_back(self, opened: Opened) -> None:
        rows = {MINUTE + n: {"topic:Macro": bucket(n), "topic:Fed | Banks'": bucket(n, score=-7)} for n in range(1, 4)}

        async def work(store: Projection) -> None:
            assert await store.upsert(rows, {}) == 6
            assert await store.minutes(MINUTE, MINUTE + 4) == rows
            assert await store.upsert(rows, {}) == 6
            assert await store.minutes(MINUTE, MINUTE + 4) == rows

        opened(work)

    def test_documents_are_counted_by_day_and_once_each(self, opened: Opened) -> None:
        day = MINUTE // 1440
        rows = {minute: {"topic:Macro": bucket(3), "entry:X": bucket(2)} for minute in (day * 1440, (day + 1) * 1440)}
        late = {day * 1440: {"topic:Macro": 1, "entry:X": 1}, day * 1440 + 7: {"topic:Banks": 2}}

        async def work(store: Projection) -> None:
            await store.upsert(rows, late)
            assert await store.documents(day * 1440, (day + 2) * 1440) == {day: 6, day + 1: 3}
            assert await store.documents(day * 1440 + 1, (day + 1) * 1440) == {day: 2}

        opened(work)

    def test_nothing_is_nothing(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            assert await store.upsert({}, {}) == 0
            assert await store.upsert({MINUTE: {}}, {}) == 0
            assert await store.minutes(0, MINUTE * 2) == {}

        opened(work)

    def test_a_span_is_half_open(self, opened: Opened) -> None:
        rows = {MINUTE + n: {"s": bucket(1)} for n in range(3)}

        async def work(store: Projection) -> None:
            await store.upsert(rows, {})
            assert set(await store.minutes(MINUTE, MINUTE + 2)) == {MINUTE, MINUTE + 1}
            assert await store.minutes(MINUTE + 1, MINUTE + 1) == {}

        opened(work)

    def test_a_newer_bucket_replaces_and_a_stale_one_is_dropped(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE: {"s": bucket(5), "t": bucket(1)}}, {})
            await store.upsert({MINUTE: {"s": bucket(4), "t": bucket(2), "u": bucket(0)}}, {})
            expected = {"s": bucket(5), "t": bucket(2), "u": bucket(0)}
            assert await store.minutes(MINUTE, MINUTE + 1) == {MINUTE: expected}

        opened(work)

    def test_the_same_count_with_other_sums_replaces(self, opened: Opened) -> None:
        # A copy that turns out to be earlier moves "independent" between minutes and leaves "documents" as it is.
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE: {"s": bucket(5, independent=3)}}, {})
            await store.upsert({MINUTE: {"s": bucket(5, independent=2)}}, {})
            assert await store.minutes(MINUTE, MINUTE + 1) == {MINUTE: {"s": bucket(5, independent=2)}}

        opened(work)

    def test_replaced_rows_are_those_alone_also_where_they_say_less(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE + n: {"s": bucket(5), "t": bucket(1)} for n in range(4)}, {})
            assert await store.replace(MINUTE + 1, MINUTE + 3, {MINUTE + 2: {"s": bucket(2)}}, {}) == 1
            untouched = {"s": bucket(5), "t": bucket(1)}
            expected = {MINUTE: untouched, MINUTE + 2: {"s": bucket(2)}, MINUTE + 3: untouched}
            assert await store.minutes(MINUTE, MINUTE + 4) == expected

        opened(work)

    def test_old_rows_go_by_event_time(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE + n * 1440: {"s": bucket(1)} for n in range(5)}, {})
            assert not await store.retain(2, 1, 1)
            assert set(await store.minutes(0, MINUTE * 2)) == {MINUTE + n * 1440 for n in (2, 3, 4)}

        opened(work)

    def test_writers_at_once_leave_the_newest(self, opened: Opened) -> None:
        def rows(n: int) -> dict[int, dict[str, Bucket]]:
            minutes = [MINUTE + at for at in range(20)]
            series = [f"s{at}" for at in range(20)]
            order = -1 if n % 2 else 1
            return {minute: {name: bucket(n) for name in series[::order]} for minute in minutes[::order]}

        async def work(store: Projection) -> None:
            await asyncio.gather(*(store.upsert(rows(n), {}) for n in range(8)))
            assert await store.minutes(MINUTE, MINUTE + 20) == rows(7)

        opened(work)

    def test_late_documents_stand_beside_what_counted_and_are_no_buckets(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            late = {MINUTE: {"s": 2, "t": 1}, MINUTE + 1: {"t": 4}}
            assert await store.upsert({MINUTE: {"s": bucket(5)}}, late) == 3
            assert await store.minutes(MINUTE, MINUTE + 2) == {MINUTE: {"s": bucket(5)}}
            assert await store.late(MINUTE, MINUTE + 2) == late
            assert await store.late(MINUTE + 1, MINUTE + 2) == {MINUTE + 1: {"t": 4}}
            assert await store.upsert({MINUTE: {"s": bucket(5)}}, late) == 3
            assert await store.late(MINUTE, MINUTE + 2) == late

        opened(work)

    def test_documents_move_from_late_to_counted_and_back_and_what_is_stale_is_dropped(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE: {"s": bucket(5)}}, {MINUTE: {"s": 2}})
            for counted, late in ((7, 0), (4, 3)):
                await store.upsert({MINUTE: {"s": bucket(counted)}}, {MINUTE: {"s": late}} if late else {})
                assert await store.minutes(MINUTE, MINUTE + 1) == {MINUTE: {"s": bucket(counted)}}
                assert await store.late(MINUTE, MINUTE + 1) == ({MINUTE: {"s": late}} if late else {})
            await store.upsert({MINUTE: {"s": bucket(6)}}, {})
            await store.upsert({}, {MINUTE: {"s": 6}})
            assert await store.minutes(MINUTE, MINUTE + 1) == {MINUTE: {"s": bucket(4)}}
            assert await store.late(MINUTE, MINUTE + 1) == {MINUTE: {"s": 3}}

        opened(work)

    def test_late_documents_are_replaced_and_retained_with_their_minutes(self, opened: Opened) -> None:
        async def work(store: Projection) -> None:
            await store.upsert({MINUTE: {"s": bucket(5)}}, {MINUTE + n: {"s": 2, "t": 1} for n in range(3)})
            assert await store.replace(MINUTE, MINUTE + 2, {}, {MINUTE: {"t": 3}}) == 1
            assert await store.minutes(MINUTE, MINUTE + 3) == {}
            assert await store.late(MINUTE, MINUTE + 3) == {MINUTE: {"t": 3}, MINUTE + 2: {"s": 2, "t": 1}}
            await store.upsert({MINUTE + 2 * 1440 + 1: {"s": bucket(1)}}, {})
            assert not await store.retain(2, 1, 1)
            assert await store.late(MINUTE, MINUTE + 3) == {MINUTE + 2: {"s": 2, "t": 1}}

        opened(work)
