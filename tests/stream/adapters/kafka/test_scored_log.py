"""The log, read from a broker that goes while it is read."""

import pytest
from kafka import TopicPartition

from stream.adapters.kafka import reading
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.scored_log import KafkaScoredLog
from stream.errors import BrokerError


class _Gone:
    """A consumer whose broker told its ends and then went: nothing comes any more, and no error."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0}

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 5)

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, None]:
        return dict.fromkeys(times)

    def assign(self, partitions: list[TopicPartition]) -> None:
        pass

    def seek(self, partition: TopicPartition, offset: int) -> None:
        pass

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[object]]:
        return {}

    def position(self, partition: TopicPartition) -> int:
        return 0


def test_a_broker_that_goes_while_the_log_is_read_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "SILENT", 0.2)
    with pytest.raises(BrokerError, match=r"did not return bellwether\.scored: nothing for"):
        for _ in KafkaScoredLog(KafkaAccess("h:1"), "bellwether.scored")._read(_Gone(), 0):
            pass
