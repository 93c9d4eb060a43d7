"""Where the consumer of an app stands in each of its partitions: what stage ``prove`` asks.

The consumer lives in a thread of its own, and a queue stands between it and the agent, so that its position says
nothing of what was handled. Therefore each record is noted when the consumer hands it out, and again when its effects
are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiokafka import TopicPartition

from stream.pipeline.progress.proofs import ConsumerPosition
from stream.pipeline.progress.unfinished import Unfinished

# A consumer's thread that does not answer for so long is stuck; nothing is proven then.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class ConsumerPositions:
    """Where the consumer stands by ``(topic, partition)``, and how many ``partitions`` each topic has."""

    by_partition: Mapping[tuple[str, int], ConsumerPosition]
    partitions: Mapping[str, int]


class Consumed:
    """Notes what aiokafka's consumer hands out and fetches, and what was finished of it."""

    def __init__(self) -> None:
        self._consumer: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        # Each with aiokafka's state of the partition, of which there is another one after each assignment.
        self._handed: dict[tuple[str, int], tuple[Any, Unfinished]] = {}
        self._fetched: dict[Any, tuple[Any, float, int]] = {}

    def watch(self, consumer: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Watch ``consumer``, which has started in ``loop``."""
        self._consumer, self._loop = consumer, loop
        fetcher = consumer._fetcher
        fetch = fetcher._proc_fetch_request

        async def watched(assignment: Any, node: int, request: Any) -> Any:
            states = {tp: assignment.state_value(tp) for tp in _requested(request)}
            before, sent = {tp: state.timestamp for tp, state in states.items()}, monotonic()
            answer = await fetch(assignment, node, request)
            for tp, state in states.items():
                if state.timestamp != before[tp]:  # Else it was refused, or discarded.
                    self._fetched[tp] = state, sent, state.highwater
            return answer

        fetcher._proc_fetch_request = watched

    def hand_out(self, records: Mapping[Any, Sequence[Any]]) -> None:
        """Note what the consumer hands out; in its thread, without a pause behind its moving on."""
        for tp, batch in records.items():
            state = self._state(tp)
            handed = self._handed.get(tp)
            if handed is None or handed[0] is not state:
                handed = self._handed[tp] = state, Unfinished()
            handed[1].begin([record.offset for record in batch])

    def begin_anew(self, tp: Any, records: Sequence[Any]) -> None:
        """Note that ``tp`` holds other records than before, under the same offsets; ``records`` were handed out."""
        self._handed[tp] = self._state(tp), Unfinished()
        self.hand_out({tp: records})

    def finish(self, records: Sequence[Any]) -> None:
        """Note that the effects of ``records`` are stored."""
        for record in records:
            if (handed := self._handed.get((record.topic, record.partition))) is not None:
                handed[1].finish(record.offset)

    async def positions(self) -> ConsumerPositions:
        """Return where the consumer stands; nothing where it does not answer."""
        if self._loop is None or self._loop.is_closed() or not self._loop.is_running():
            return ConsumerPositions({}, {})
        future = asyncio.run_coroutine_threadsafe(self._positions(), self._loop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)
        except TimeoutError:
            return ConsumerPositions({}, {})

    async def _positions(self) -> ConsumerPositions:
        consumer = self._consumer
        by_partition = {}
        for tp in consumer.assignment():
            state, fetched, handed = self._state(tp), self._fetched.get(tp), self._handed.get(tp)
            if state is None or not state.has_valid_position or fetched is None or fetched[0] is not state:
                continue
            ours = handed[1] if handed is not None and handed[0] is state else Unfinished()
            position = ConsumerPosition(state.position, fetched[2], fetched[1], ours.first, ours.stop)
            by_partition[tp.topic, tp.partition] = position
        partitions = {topic: consumer.partitions_for_topic(topic) for topic in consumer.subscription()}
        counts = {topic: len(numbers) for topic, numbers in partitions.items() if numbers}
        return ConsumerPositions(by_partition, counts)

    def _state(self, tp: Any) -> Any:
        subscription = self._consumer._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        return assignment.state_value(tp) if assignment is not None and tp in assignment.tps else None


def _requested(request: Any) -> list[TopicPartition]:
    return [TopicPartition(topic, part[0]) for topic, parts in request.topics for part in parts]
