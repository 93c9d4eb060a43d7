"""Where the consumer stands, by what it hands out and what is finished of it."""

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import TopicPartitionState

from stream.adapters.kafka.positions import Consumed
from stream.adapters.kafka.transport import _Consumer

NEWS = TopicPartition("news", 0)


def _records(offsets: Iterable[int]) -> list[Any]:
    return [SimpleNamespace(topic="news", partition=0, offset=offset) for offset in offsets]


def _consumer() -> Any:
    state = SimpleNamespace(position=0, has_valid_position=True, timestamp=0, highwater=0)
    assignment = SimpleNamespace(tps={NEWS}, state_value=lambda tp: state)
    fetched = {"_proc_fetch_request": None}
    return SimpleNamespace(
        state=state,
        _fetcher=SimpleNamespace(**fetched),
        _subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)),
        assignment=lambda: {NEWS},
        subscription=lambda: {"news"},
        partitions_for_topic=lambda topic: {0},
    )


def test_a_topic_that_was_made_again_is_finished_when_its_own_records_are() -> None:
    async def work() -> None:
        consumer, consumed = _consumer(), Consumed()
        consumed.watch(consumer, asyncio.get_running_loop())
        consumed._fetched[NEWS] = consumer.state, 0.0, 5

        async def unfinished() -> int | None:
            return (await consumed._positions()).by_partition["news", 0].unfinished

        async def handed() -> int:
            return (await consumed._positions()).by_partition["news", 0].handed

        assert await handed() == 0
        consumed.hand_out({NEWS: _records(range(10))})
        assert await handed() == 10
        consumed.finish(_records(range(10)))
        assert await unfinished() is None
        again = _records(range(5))
        consumed.hand_out({NEWS: again})
        consumed.begin_anew(NEWS, again)
        assert await unfinished() == 0
        assert await handed() == 5
        consumed.finish(_records(range(4)))
        assert await unfinished() == 4
        consumed.finish(_records([4]))
        assert await unfinished() is None

    asyncio.run(work())


def test_a_partition_whose_place_is_looked_up_anew_ends_no_worker() -> None:
    async def work() -> None:
        state = TopicPartitionState(SimpleNamespace())
        state.await_reset(None)
        consumer: Any = _Consumer.__new__(_Consumer)
        consumer._thread = SimpleNamespace(verify_event_path=lambda now, tp: state.position)
        consumer.verify_event_path(0.0, NEWS)

    asyncio.run(work())
