"""The log of record, read outside of any consumer group, while others write to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from stream.adapters.kafka.clients import asked
from stream.adapters.kafka.stamps import by_broker
from stream.errors import BrokerError
from stream.pipeline.windows.rebuild import Logged

POLL_MS = 500
# The embedded broker tells an end that lies before its last batch. So a partition is also read until nothing comes for
# this long, or until a record that was written after the reading began.
QUIET, AFTER_MS = 3.0, 2000
SILENT = 60.0  # seconds without a record, while some are missing, after which the broker is held to be gone


class KafkaScoredLog:
    """The port :class:`stream.pipeline.windows.rebuild.ScoredLog`."""

    def __init__(self, servers: str, topic: str) -> None:
        self._servers, self._topic = servers, topic

    def read(self, since: int) -> Iterator[list[Logged]]:
        """Yield the records from ``since`` to the end that the log has now; see the port.

        Raises:
            BrokerError: the broker did not answer, or the topic is not there.
        """
        with self._opened() as consumer:
            yield from self._read(consumer, since)

    def between(self, partition: int, offsets: range) -> Iterator[list[Logged]]:
        """Yield the records of one partition with these offsets; see the port.

        Raises:
            BrokerError: the broker did not answer.
        """
        with self._opened() as consumer:
            yield from self._between(consumer, TopicPartition(self._topic, partition), offsets)

    def _opened(self) -> AbstractContextManager[KafkaConsumer]:
        options = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "isolation_level": "read_committed"}
        return asked(KafkaConsumer, self._servers, f"return {self._topic}", **options)

    def _between(self, consumer: KafkaConsumer, partition: TopicPartition, offsets: range) -> Iterator[list[Logged]]:
        consumer.assign([partition])
        consumer.seek(partition, offsets.start)
        heard = time.monotonic()
        while consumer.position(partition) < offsets.stop:
            found = consumer.poll(timeout_ms=POLL_MS, max_records=1000).get(partition, [])
            yield [_logged(record) for record in found if record.offset in offsets]
            if found:
                heard = time.monotonic()
            self._give_up(silence := time.monotonic() - heard)
            if silence > QUIET and consumer.position(partition) >= _end(consumer, partition):
                return  # The topic was made again: it has no such offsets.

    def _give_up(self, silence: float) -> None:
        if silence > SILENT:
            raise BrokerError(f"Kafka at {self._servers} did not return {self._topic}: nothing for {SILENT:.0f} s")

    def _read(self, consumer: KafkaConsumer, since: int) -> Iterator[list[Logged]]:
        partitions = [
            TopicPartition(self._topic, number) for number in consumer.partitions_for_topic(self._topic) or ()
        ]
        if not partitions:
            raise BrokerError(
                f"Kafka at {self._servers} has no topic {self._topic}; create it: bellwether topics create"
            )
        began = int(time.time() * 1000)
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        starts = consumer.offsets_for_times(dict.fromkeys(partitions, max(0, since)))
        for partition in partitions:
            start = starts.get(partition)
            consumer.seek(partition, start.offset if start else ends[partition])
        remaining, heard = set(partitions), time.monotonic()
        while remaining:
            polled = consumer.poll(timeout_ms=POLL_MS, max_records=1000)
            yield [_logged(record) for records in polled.values() for record in records]
            if remaining & polled.keys():
                heard = time.monotonic()
            self._give_up(silence := time.monotonic() - heard)
            quiet = silence > QUIET
            for partition in list(remaining):
                records = polled.get(partition)
                newer = bool(records) and records[-1].timestamp > began + AFTER_MS
                if (newer or quiet) and consumer.position(partition) >= ends[partition]:
                    remaining.discard(partition)


def _logged(record: Any) -> Logged:
    return Logged(record.partition, record.timestamp, record.value or b"", by_broker(record), record.offset)


def _end(consumer: KafkaConsumer, partition: TopicPartition) -> int:
    return int(consumer.end_offsets([partition])[partition])
