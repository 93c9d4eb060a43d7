"""Faust's Kafka transport, with a shorter wait of the broker for new records and a shorter way out.

Faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers as soon as a record comes; the embedded
broker only looks again after a part of that wait, which would be most of a document's way.

A topic that is deleted and made again begins at zero. Faust passes over what lies before what it has read, and the
embedded broker answers a fetch beyond the end with nothing: both would read nothing more, without a word. So a
partition that went back is noticed here, and read from its beginning.

aiokafka does not stop before the broker has let it into its group. Where another member was killed, that takes its
session timeout and more, which is longer than a supervisor waits before it kills this one, too.

Records of a transaction are read when it was committed, and never when it was aborted. Such records and the marks of
transactions take offsets that no record ever comes from: Faust stops committing for ever at some of them, and never
commits those at the end, which then look as if something waited.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, cast

from aiokafka import errors
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from aiokafka.structs import TopicPartition
from faust.exceptions import ProducerSendError
from faust.transport.drivers import aiokafka
from faust.types import TP
from mode import Service

from stream.adapters.kafka.batch_consumer import BatchConsumer
from stream.adapters.kafka.positions import Consumed
from stream.adapters.kafka.record_queue import RecordQueue
from stream.errors import BrokerError

logger = logging.getLogger(__name__)

FETCH_WAIT_MS = 100  # more makes a document wait on the embedded broker, less asks an idle broker more often
LEAVE_TIMEOUT = 1.0  # seconds; a supervisor waits for the process to end, often ten in all
# Seconds between two looks at whether a partition ends before the place that is to be read next. It has to at two of
# them, since the end is that of the last fetch.
LOOK_EVERY, ANSWER = 5.0, 5.0
AFTER_CRASH = 0.05  # seconds, in which a crashed fetcher does not use up a core
PASS_EVERY = 1.0  # seconds, as often as Faust commits
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
        failure = BrokerError(f"Kafka did not {what}: {cause!r}")
        failure.permanent = isinstance(cause, PERMANENT)
        raise failure from error


class _Thread(aiokafka.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # no setting of Faust's reaches it
        consumer._isolation_level = "read_committed"  # nor this one, but for workers that write transactions
        return consumer

    @property
    def _consumed(self) -> Consumed:
        return cast(Transport, self.transport).consumed

    async def on_start(self) -> None:
        await super().on_start()
        self._consumed.watch(self._consumer, self.thread_loop)

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        records = await super()._fetch_records(*args, **kwargs)
        self._consumed.hand_out(records)
        return records

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


class _Consumer(BatchConsumer):
    def __init__(self, transport: Transport, *args: Any, **kwargs: Any) -> None:
        super().__init__(transport, *args, **kwargs)
        self.records = transport.records
        self.app.flow_control.manage_queue(cast(Any, self.records))  # of which it only calls ``clear``

    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    @Service.task
    async def _pass_over_marks(self) -> None:
        """Acknowledge what lies before the place that is read next, where all that came from there is finished."""
        while not self.should_stop:
            await self.sleep(PASS_EVERY)
            positions = await cast(Transport, self.transport).consumed.positions()
            for (topic, number), position in positions.by_partition.items():
                tp = TP(topic, number)
                # None where the partition was given away or went back meanwhile.
                read, done = self._read_offset.get(tp), self._committed_offset.get(tp) or 0
                finished = position.unfinished is None and read is not None and position.position > done
                if finished and not self._acked[tp]:
                    self._acked[tp].append(position.position - 1)

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Look whether a partition stands; not while aiokafka looks up where it begins, and has no position."""
        with suppress(AssertionError):
            super().verify_event_path(now, tp)

    async def sleep(self, n: Any) -> None:
        """Sleep; after a crash for a moment at least: until it is stopped, Faust's fetcher turns without a pause."""
        await super().sleep(n)
        if self.crashed:
            await asyncio.sleep(AFTER_CRASH)

    async def _wait_next_records(self, timeout: float) -> Any:
        records, active = await super()._wait_next_records(timeout)
        for tp, batch in (records or {}).items():
            read = self._read_offset[tp]
            if batch and read is not None and batch[0].offset < read:
                # The broker said that the place to be read next is not there, and aiokafka went back to the beginning.
                self._forget(tp, read, batch)
        return records, active

    @Service.task
    async def _look_for_shorter_partitions(self) -> None:
        suspects = dict[Any, int]()  # the end of each partition that lay before its next offset at the last look
        while not self.should_stop:
            await self.sleep(LOOK_EVERY)
            short = dict[Any, int]()
            for tp in list(self.assignment()) if self.flow_active and not self.app.rebalancing else ():
                with suppress(KafkaError, TimeoutError):  # the broker is away, or the partition was given to another
                    end = self.highwater(tp)
                    position = await asyncio.wait_for(self.position(tp), ANSWER)
                    if end is not None and position is not None and position > end:
                        short[tp] = end
            for tp in short.keys() & suspects.keys():
                with suppress(KafkaError, TimeoutError):
                    await asyncio.wait_for(self._thread.seek_to_beginning(TopicPartition(*tp)), ANSWER)
                    read = self._read_offset[tp]
                    if read is not None and read >= short[tp]:  # or what was read since then has told already
                        self._forget(tp, read, [])
            suspects = {tp: end for tp, end in short.items() if tp not in suspects}

    def _forget(self, tp: Any, read: int, batch: Sequence[Any]) -> None:
        """Forget what is known of the offsets: other records have them now, of which ``batch`` was handed out."""
        logger.warning(
            "%s/%d: was read to %d, but begins at %d again: it was cut, or the topic was deleted and made again; it is "
            "read from there",
            tp.topic,
            tp.partition,
            read,
            batch[0].offset if batch else 0,
        )
        cast(Transport, self.transport).consumed.begin_anew(TopicPartition(*tp), batch)
        for known in (self._acked, self._read_offset, self._committed_offset):
            known.pop(tp, None)


class Transport(aiokafka.Transport):
    """The transport to give to an app.

    Args:
        app: the Faust app.
        most: how many records wait for its agent at most, beside what was fetched with them.

    Attributes:
        records: what waits for the agent.
        consumed: says where the consumer stands.
    """

    Consumer: ClassVar[Any] = _Consumer

    def __init__(self, app: Any, most: int) -> None:
        super().__init__(app.conf.broker_consumer, app)
        self.records, self.consumed = RecordQueue(most), Consumed()

    def acknowledge(self, records: Sequence[Any]) -> None:
        """Have the offsets of a batch committed: its effects are stored."""
        cast(_Consumer, self.app.consumer).acknowledge(records)
