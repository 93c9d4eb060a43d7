"""The log of record, read outside of any consumer group, while others write to it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.reading import POLL_MS, Silence, open_reader
from stream.adapters.kafka.stamps import by_broker
from stream.errors import BrokerError
from stream.pipeline.windows.rebuild import Logged

POLL_RECORDS = 1000


class KafkaScoredLog:
    """The port :class:`stream.pipeline.windows.rebuild.ScoredLog`."""

    def __init__(self, access: KafkaAccess, topic: str) -> None:
        self._access, self._topic = access, topic

    def read(self, since: int) -> Iterator[list[Logged]]:
        """Yield the records from ``since`` to the end that the log has now; see the port.

        Raises:
            BrokerError: the broker did not answer, or the topic is not there.
        """
        with open_reader(self._access, self._topic) as consumer:
            yield from self._read(consumer, since)

    def begins(self) -> int:
        """Return the time from which on the log is whole; see the port.

        Raises:
            BrokerError: the broker did not answer, or the topic is not there.
        """
        with open_reader(self._access, self._topic) as consumer:
            return self._begins(consumer)

    def _begins(self, consumer: KafkaConsumer) -> int:
        now, partitions = int(time.time() * 1000), self._partitions(consumer)
        offsets = consumer.beginning_offsets(partitions)
        found = consumer.offsets_for_times(dict.fromkeys(partitions, 0))
        # Of a partition without records Kafka tells nothing, and the embedded broker a time of -1.
        times = {at: first.timestamp for at, first in found.items() if first and first.timestamp >= 0}
        # One that is empty since nobody has written to it yet says nothing, unless all of them are.
        begun = [times.get(at, now) for at in partitions if at in times or offsets[at] > 0]
        return max(begun, default=now)

    def between(self, partition: int, offsets: range) -> Iterator[list[Logged]]:
        """Yield the records of one partition with these offsets; see the port.

        Raises:
            BrokerError: the broker did not answer.
        """
        with open_reader(self._access, self._topic) as consumer:
            yield from self._between(consumer, TopicPartition(self._topic, partition), offsets)

    def _between(self, consumer: KafkaConsumer, partition: TopicPartition, offsets: range) -> Iterator[list[Logged]]:
        consumer.assign([partition])
        consumer.seek(partition, offsets.start)
        silence, end = Silence(self._access, self._topic), offsets.stop
        # Where the topic was made again it may have no such offsets.
        while consumer.position(partition) < min(offsets.stop, end):
            records = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS).get(partition, [])
            end = _ends(consumer, [partition]).get(partition, end)
            if end < offsets.stop:
                end = _later_ends(consumer, {partition: end})[partition]
            yield [_logged(record) for record in records if record.offset in offsets]
            silence.look(ended=bool(records))

    def _read(self, consumer: KafkaConsumer, since: int) -> Iterator[list[Logged]]:
        partitions, silence = self._seek(consumer, since), Silence(self._access, self._topic)
        ends: dict[TopicPartition, int] = {}
        while missing := [at for at in partitions if at not in ends or consumer.position(at) < ends[at]]:
            polled = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
            ends |= _later_ends(consumer, _ends(consumer, [at for at in missing if at not in ends]))
            yield [_logged(record) for records in polled.values() for record in records]
            silence.look(ended=not polled.keys().isdisjoint(missing))

    def _seek(self, consumer: KafkaConsumer, since: int) -> list[TopicPartition]:
        """Place the consumer at the first records from ``since`` on, and return the partitions."""
        partitions = self._partitions(consumer)
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = consumer.end_offsets(partitions)
        starts = consumer.offsets_for_times(dict.fromkeys(partitions, max(0, since)))
        for partition in partitions:
            start = starts.get(partition)
            consumer.seek(partition, start.offset if start else ends[partition])
        return partitions

    def _partitions(self, consumer: KafkaConsumer) -> list[TopicPartition]:
        numbers = consumer.partitions_for_topic(self._topic)
        if not numbers:
            raise BrokerError(
                f"Kafka at {self._access.servers} has no topic {self._topic}; create it: bellwether topics create"
            )
        return [TopicPartition(self._topic, number) for number in numbers]


def _logged(record: Any) -> Logged:
    return Logged(record.partition, record.timestamp, record.value or b"", by_broker(record), record.offset)


def _later_ends(consumer: KafkaConsumer, told: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Return the later of the ends that fetches told and those that the broker lists.

    After a change of leaders a fetch may tell too early an end for a moment, which a list does not; the embedded broker
    lists the start of its last batch.
    """
    listed = consumer.end_offsets(list(told)) if told else {}
    return {partition: max(end, listed.get(partition, 0)) for partition, end in told.items()}


def _ends(consumer: KafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the ends that came with an answer.

    A silence says nothing of them: the broker may be slow, or away. And what the embedded broker says when it is asked
    for an end lies before its last batch.
    """
    return {at: end for at in partitions if (end := consumer.highwater(at)) is not None}
