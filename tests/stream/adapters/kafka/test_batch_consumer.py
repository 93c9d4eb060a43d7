"""What was fetched goes on in lists, as long as the partitions are this worker's, and is committed when it is done."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP
from mode import Service

from stream.adapters.kafka.batch_consumer import BatchConsumer
from stream.adapters.kafka.record_queue import RecordQueue

NEWS, OTHER, SOCIAL = TP("news", 0), TP("news", 1), TP("social", 0)


class _Record(NamedTuple):
    topic: str
    partition: int
    offset: int


def _records(tp: TP, offsets: Sequence[int]) -> list[_Record]:
    return [_Record(*tp, offset) for offset in offsets]


class _Consumer(BatchConsumer):
    """Without Kafka: ``sought`` counts how often it went back to the committed offsets."""

    def __init__(self, most: int) -> None:
        Service.__init__(self)
        self.app: Any = SimpleNamespace(
            consumer_generation_id=1, monitor=SimpleNamespace(stream_inbound_time={}), should_stop=False
        )
        self.scheduler = cast(Any, DefaultSchedulingStrategy)()
        self.records = RecordQueue(most)
        self.suspend_flow: Any = asyncio.Event()
        self.flow_active = True
        self._read_offset, self._committed_offset = defaultdict(lambda: None), defaultdict(lambda: None)
        self._acked = defaultdict(list)
        self.sought = 0

    async def perform_seek(self) -> None:
        self.sought += 1

    def give_away(self) -> None:
        """Do what Faust does when partitions are given away."""
        self.flow_active = False
        self.suspend_flow.set()
        self.records.clear()

    def waiting(self) -> list[Any]:
        """Take what waits."""
        found = list(self.records._records)
        self.records.clear()
        return found

    def pass_on(self, fetched: Mapping[TP, list[Any]], active: set[TP] | None = None) -> Coroutine[Any, Any, None]:
        return self._pass_on(fetched, active)


def _run(work: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        async with asyncio.timeout(240):
            await work

    asyncio.run(run())


def test_partitions_go_on_in_turn_each_in_its_order() -> None:
    async def work() -> None:
        consumer = _Consumer(100)
        fetched = {
            NEWS: _records(NEWS, range(5, 8)),
            OTHER: _records(OTHER, [40]),
            SOCIAL: _records(SOCIAL, range(2)),
        }
        await consumer.pass_on(fetched)
        found = consumer.waiting()
        assert sorted(found) == sorted(record for records in fetched.values() for record in records)
        assert {record.topic for record in found[:2]} == {"news", "social"}  # none waits for all of another
        for tp, records in fetched.items():
            assert [record for record in found if record[:2] == tp] == records
        assert dict(consumer._read_offset) == {NEWS: 7, OTHER: 40, SOCIAL: 1}
        assert set(consumer.app.monitor.stream_inbound_time) == set(fetched)
        await consumer.pass_on({NEWS: _records(NEWS, [8]), SOCIAL: _records(SOCIAL, [2])}, {SOCIAL})
        assert consumer.waiting() == _records(SOCIAL, [2])  # the other one is not to be read now

    _run(work())


def test_what_does_not_fit_waits_until_batches_are_taken() -> None:
    async def work() -> None:
        consumer = _Consumer(4)
        passing = asyncio.create_task(consumer.pass_on({NEWS: _records(NEWS, range(10))}))
        taken: list[_Record] = []
        while len(taken) < 10:
            taken += await consumer.records.take(3, 0.01)
            assert len(consumer.records._records) <= 4
        await passing
        assert taken == _records(NEWS, range(10))

    _run(work())


@pytest.mark.parametrize("how", ["given away", "given again", "crashed"])
def test_nothing_more_goes_on_when_partitions_are_given_away(how: str) -> None:
    async def work() -> None:
        consumer = _Consumer(4)
        passing = asyncio.create_task(consumer.pass_on({NEWS: _records(NEWS, range(10))}))
        await asyncio.sleep(0)
        assert not consumer.records.room
        if how == "given away":
            consumer.give_away()
        elif how == "given again":
            consumer.app.consumer_generation_id = 2
            consumer.records.clear()
        else:
            consumer._crashed.set()
        await passing
        assert len(consumer.waiting()) == (4 if how == "crashed" else 0)
        assert consumer._read_offset[NEWS] == 3

    _run(work())


def test_what_comes_while_partitions_are_given_away_is_read_again() -> None:
    async def work() -> None:
        consumer = _Consumer(4)
        consumer.give_away()
        await consumer.pass_on({NEWS: _records(NEWS, range(2))})
        assert consumer.sought == 1
        assert consumer.waiting() == []

    _run(work())


def test_the_place_behind_the_last_batch_is_committed_once() -> None:
    async def work() -> None:
        consumer = _Consumer(4)
        assert consumer._new_offset(NEWS) is None
        consumer.acknowledge([*_records(NEWS, [0, 1, 3]), *_records(SOCIAL, [7])])
        consumer.acknowledge(_records(NEWS, [6]))
        assert (consumer._new_offset(NEWS), consumer._new_offset(SOCIAL), consumer._new_offset(OTHER)) == (7, 8, None)
        assert consumer._new_offset(NEWS) is None
        consumer._committed_offset[NEWS] = 7
        consumer.acknowledge(_records(NEWS, [5, 6]))  # read once more after a rebalance
        assert consumer._new_offset(NEWS) is None
        consumer.acknowledge(_records(NEWS, [7]))
        assert consumer._new_offset(NEWS) == 8

    _run(work())
