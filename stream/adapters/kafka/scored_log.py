"""The log of record, read outside of any consumer group, while others write to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.reading import POLL_MS, Silence, open_reader
from stream.adapters.kafka.stamps import by_broker
from stream.errors import BrokerError
from stream.pipeline.windows.rebuild import Logged

POLL_RECORDS = 1000
# The embedded broker tells an end that lies before its last batch. So a partition is also read until nothing comes for
# this long, or until a record that was written after the reading began.
QUIET, AFTER_MS = 3.0, 2000


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
        silence = Silence(self._access, self._topic)
        while consumer.position(partition) < offsets.stop:
            records = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS).get(partition, [])
            yield [_logged(record) for record in records if record.offset in offsets]
            silence.look(ended=bool(records))
            if silence.seconds > QUIET and consumer.position(partition) >= _end(consumer, partition):
                return  # The topic was made again: it has no such offsets.

    def _read(self, consumer: KafkaConsumer, since: int) -> Iterator[list[Logged]]:
        began = int(time.time() * 1000)
        ends = self._seek(consumer, since)
        remaining, silence = set(ends), Silence(self._access, self._topic)
        while remaining:
            polled = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
            yield [_logged(record) for records in polled.values() for record in records]
            silence.look(ended=bool(remaining & polled.keys()))
            for partition in list(remaining):
                records = polled.get(partition)
                newer = bool(records) and records[-1].timestamp > began + AFTER_MS
                if (newer or silence.seconds > QUIET) and consumer.position(partition) >= ends[partition]:
                    remaining.discard(partition)

    def _seek(self, consumer: KafkaConsumer, since: int) -> dict[TopicPartition, int]:
        """Place the consumer at the first records from ``since`` on; return the end of each partition."""
        partitions = self._partitions(consumer)
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = consumer.end_offsets(partitions)
        starts = consumer.offsets_for_times(dict.fromkeys(partitions, max(0, since)))
        for partition in partitions:
            start = starts.get(partition)
            consumer.seek(partition, start.offset if start else ends[partition])
        return ends

    def _partitions(self, consumer: KafkaConsumer) -> list[TopicPartition]:
        numbers = consumer.partitions_for_topic(self._topic)
        if not numbers:
            raise BrokerError(
                f"Kafka at {self._access.servers} has no topic {self._topic}; create it: bellwether topics create"
            )
        return [TopicPartition(self._topic, number) for number in numbers]


def _logged(record: Any) -> Logged:
    return Logged(record.partition, record.timestamp, record.value or b"", by_broker(record), record.offset)


def _end(consumer: KafkaConsumer, partition: TopicPartition) -> int:
    return int(consumer.end_offsets([partition])[partition])
