"""The log, read from a broker that goes while it is read."""

import time
from types import SimpleNamespace
from typing import Any, cast

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


class _Begun:
    """A consumer of partitions by (first offset, time of the first record; None where there is none)."""

    def __init__(self, *partitions: tuple[int, int | None]) -> None:
        self.partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(len(self.partitions)))

    def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: self.partitions[partition.partition][0] for partition in partitions}

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        assert set(times.values()) == {0}
        firsts = {partition: self.partitions[partition.partition] for partition in times}
        return {at: None if first[1] is None else SimpleNamespace(timestamp=first[1]) for at, first in firsts.items()}


@pytest.mark.parametrize(
    ("partitions", "begins"),
    [
        ([(0, 1000), (7, 2000)], 2000),
        ([(0, None), (0, 1000)], 1000),  # to which nobody has written
        ([(0, -1), (0, 1000)], 1000),  # as the embedded broker tells it
        ([(0, -1), (0, -1)], None),
        ([(0, 1000), (5, None)], None),  # of which all is gone
        ([(0, None), (0, None)], None),
    ],
)
def test_the_log_begins_where_every_partition_has_what_was_written(
    partitions: list[tuple[int, int | None]], begins: int | None
) -> None:
    log, now = KafkaScoredLog(KafkaAccess("h:1"), "t"), time.time() * 1000
    found = log._begins(cast(Any, _Begun(*partitions)))
    assert found == begins if begins else now - 1 <= found <= now + 60_000


def test_a_broker_that_goes_while_the_log_is_read_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "SILENT", 0.2)
    with pytest.raises(BrokerError, match=r"did not return bellwether\.scored: nothing for"):
        for _ in KafkaScoredLog(KafkaAccess("h:1"), "bellwether.scored")._read(_Gone(), 0):
            pass
