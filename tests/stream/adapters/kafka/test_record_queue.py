"""Records wait in their order, as many as may, and are taken in batches."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.adapters.kafka.record_queue import RecordQueue

SOON = 0.002  # seconds that a batch waits to fill
LONG = 3600.0  # and so many where it is to fill


def _run(work: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        async with asyncio.timeout(240):
            await work

    asyncio.run(run())


@settings(max_examples=30)
@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 20), st.integers(0, 5))
def test_all_come_out_in_their_order_and_no_more_wait_than_may(count: int, size: int, most: int, seed: int) -> None:
    async def work() -> None:
        queue, order, taken = RecordQueue(most), random.Random(seed), list[int]()

        async def fill() -> None:
            at = 0
            while at < count:
                await queue.wait_for_room()
                part = list(range(at, min(count, at + order.randint(1, queue.room))))
                queue.put(part)
                at += len(part)
                assert len(queue._records) <= most
                await asyncio.sleep(0)

        filling = asyncio.create_task(fill())
        while len(taken) < count:
            batch = await queue.take(size, SOON)
            assert 0 < len(batch) <= size
            taken += batch
        await filling
        assert taken == list(range(count))

    _run(work())


def test_a_batch_fills_for_so_long_and_a_full_one_does_not_wait() -> None:
    async def work() -> None:
        queue = RecordQueue(10)
        queue.put([1, 2, 3])
        assert await queue.take(2, LONG) == [1, 2]
        taking = asyncio.create_task(queue.take(3, LONG))
        await asyncio.sleep(0)
        queue.put([4])
        await asyncio.sleep(0)
        assert not taking.done()
        queue.put([5, 6])
        assert await taking == [3, 4, 5]
        assert await queue.take(3, SOON) == [6]
        queue.put(range(10))
        assert len(await queue.take(20, LONG)) == 10  # more than it holds cannot come

    _run(work())


def test_who_takes_from_an_empty_one_waits_and_loses_nothing_when_cancelled() -> None:
    async def work() -> None:
        queue = RecordQueue(10)
        taking = asyncio.create_task(queue.take(5, SOON))
        await asyncio.sleep(10 * SOON)
        assert not taking.done()
        queue.put([1])
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert await queue.take(5, SOON) == [1]

    _run(work())


def test_what_is_dropped_makes_room() -> None:
    async def work() -> None:
        queue = RecordQueue(2)
        queue.put([1, 2])
        waiting = asyncio.create_task(queue.wait_for_room())
        await asyncio.sleep(0)
        assert not waiting.done()
        queue.clear()
        await waiting
        queue.put([3])
        assert await queue.take(2, SOON) == [3]

    _run(work())
