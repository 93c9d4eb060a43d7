"""Faust's Kafka transport, with a shorter wait of the broker for new records and a shorter way out.

Faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers as soon as a record comes; the embedded
broker only looks again after a part of that wait, which would be most of a document's way.

aiokafka does not stop before the broker has let it into its group. Where another member was killed, that takes its
session timeout and more, which is longer than a supervisor waits before it kills this one, too.

Records of a transaction are read when it was committed, and never when it was aborted. Such records and the marks of
transactions take offsets that no record ever comes from: Faust stops committing for ever at some of them, and never
commits those at the end, which then look as if something waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, ClassVar, cast

from aiokafka import errors
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from faust.exceptions import ProducerSendError
from faust.transport.drivers import aiokafka

from stream.errors import BrokerError

FETCH_WAIT_MS = 100
LEAVE_TIMEOUT = 1.0
PASS_EVERY = 1.0
# Not by aiokafka's ``retriable``: that of its own time-out says False.
PERMANENT = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.RecordTooLargeError,
    errors.InvalidTopicError,
    errors.InvalidTimestampError,
    errors.TopicAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.SaslAuthenticationFailed,
    errors.PolicyViolationError,
    errors.UnsupportedForMessageFormatError,
)


@contextmanager
def broker_errors(what: str) -> Iterator[None]:
    """Turn what goes wrong inside into a BrokerError: "Kafka did not <what>: <reason>"."""
    try:
        yield
    except (KafkaError, ProducerSendError) as error:
        cause = error.__cause__ if isinstance(error, ProducerSendError) and error.__cause__ else error
        told = BrokerError(f"Kafka did not {what}: {cause!r}")
        told.permanent = isinstance(cause, PERMANENT)
        raise told from error


class _Thread(aiokafka.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # no setting of Faust's reaches it
        consumer._isolation_level = "read_committed"  # nor this one, but for workers that write transactions
        return consumer

    def positions(self) -> dict[Any, int]:
        """Return the offset of each assigned partition that is fetched next."""
        subscription = self._consumer._subscription.subscription if self._consumer is not None else None
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None or not assignment.active:
            return {}
        states = {tp: assignment.state_value(tp) for tp in assignment.tps}
        return {tp: state.position for tp, state in states.items() if state is not None and state.has_valid_position}

    async def on_thread_stop(self) -> None:
        if self._consumer is not None and self._consumer._coordinator is not None:
            await _stop_coordinating(self._consumer)
        await super().on_thread_stop()


async def _stop_coordinating(consumer: Any) -> None:
    """End the wait for the broker's answer, and leave, so that no other member has to wait for this one either."""
    coordinator = consumer._coordinator
    # Not only while it joins: when it is stopped a moment before, it would still begin to.
    coordinator._coordination_task.cancel()
    await asyncio.wait([coordinator._coordination_task])
    if not coordinator._performed_join_prepare:
        return  # it is no member or a settled one, which aiokafka lets leave
    if coordinator.member_id and coordinator.coordinator_id is not None:
        request = LeaveGroupRequest(coordinator.group_id, coordinator.member_id)
        with suppress(KafkaError, TimeoutError):
            # Not over the coordinator's own connection: the broker reads no more there before it has answered.
            await asyncio.wait_for(consumer._client.send(coordinator.coordinator_id, request), LEAVE_TIMEOUT)
    coordinator.reset_generation()  # aiokafka would leave once more


class _Consumer(aiokafka.Consumer):
    _fetched, _whole, _passed_at = 0, False, 0.0

    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def _new_offset(self, tp: Any) -> int | None:
        """Return the offset to commit. Batches are acknowledged in order, so all before the last one is done."""
        acked = self._acked[tp]
        if not acked:
            return None
        offset = int(max(acked)) + 1
        acked.clear()
        self._acked_index[tp].clear()
        self._gap[tp].clear()
        return offset

    async def perform_seek(self) -> None:
        await super().perform_seek()
        self._whole = True  # what was fetched and not handed on is fetched again

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
        records = await super()._getmany(active_partitions, timeout)
        self._fetched = sum(map(len, (records or {}).values()))
        return records

    async def getmany(self, timeout: float) -> AsyncIterator[Any]:
        """Yield what has come, then pass over what no record will come from."""
        self._fetched, handed_on, generation = 0, 0, self.app.consumer_generation_id
        try:
            async for item in super().getmany(timeout):
                yield item
                handed_on += 1
        finally:
            same = self.flow_active and self.app.consumer_generation_id == generation
            self._whole = self._whole and same and handed_on == self._fetched
        if self._whole and monotonic() - self._passed_at > PASS_EVERY:
            self._passed_at = monotonic()
            self._pass_over()

    def _pass_over(self) -> None:
        """Acknowledge the offsets before the position of each partition that has no record left to be acknowledged."""
        waiting = {message.tp for message in self._unacked_messages}
        for tp, position in cast(_Thread, self._thread).positions().items():
            done = self._committed_offset[tp] or 0
            if position > done and tp not in waiting and not self._acked[tp]:
                self._acked[tp].append(position - 1)


class Transport(aiokafka.Transport):
    """The transport to give to an app."""

    Consumer: ClassVar[Any] = _Consumer
