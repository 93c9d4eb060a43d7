"""Faust's Kafka transport, with a shorter wait of the broker for new records and a shorter way out.

Faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers as soon as a record comes; the embedded
broker only looks again after a part of that wait, which would be most of a document's way.

aiokafka does not stop before the broker has let it into its group. Where another member was killed, that takes its
session timeout and more, which is longer than a supervisor waits before it kills this one, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from aiokafka import errors
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from faust.exceptions import ProducerSendError
from faust.transport.drivers import aiokafka

from stream.errors import BrokerError

FETCH_WAIT_MS = 100
LEAVE_TIMEOUT = 1.0
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
        return consumer

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
    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class Transport(aiokafka.Transport):
    """The transport to give to an app."""

    Consumer: ClassVar[Any] = _Consumer
