"""Lag, asked of the broker itself, so that it is right also when the stream stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.errors import BrokerError
from stream.pipeline.liveness import Offsets


class KafkaOffsets:
    """The port :class:`stream.pipeline.liveness.OffsetReader`: committed and end offsets of consumer groups.

    Not for several threads at once. The embedded broker gives the start of its last batch as the end offset, so lag
    is clamped at zero and may be short by one batch there; Apache Kafka's is exact.
    """

    def __init__(self, servers: str, groups: Mapping[str, Sequence[str]]) -> None:
        self._servers, self._groups = servers.split(","), groups
        self._consumers: dict[str, KafkaConsumer] = {}

    def read(self) -> dict[str, Offsets]:
        """Return the offsets of each group over its topics.

        Raises:
            BrokerError: the broker did not answer.
        """
        try:
            return {group: self._offsets(group, topics) for group, topics in self._groups.items()}
        except KafkaError as error:
            self.close()
            raise BrokerError(f"Kafka at {','.join(self._servers)} did not return offsets: {error}") from error

    def close(self) -> None:
        """Give the connections back."""
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()

    def _offsets(self, group: str, topics: Sequence[str]) -> Offsets:
        if group not in self._consumers:
            self._consumers[group] = KafkaConsumer(
                bootstrap_servers=self._servers, group_id=group, enable_auto_commit=False, request_timeout_ms=10_000
            )
        consumer = self._consumers[group]
        partitions = [
            TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = consumer.end_offsets(partitions)
        committed = {partition: consumer.committed(partition) or 0 for partition in partitions}
        lag = sum(max(0, ends[partition] - committed[partition]) for partition in partitions)
        return Offsets(sum(committed.values()), lag)
