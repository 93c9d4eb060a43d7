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

    def highwater(self, partition: TopicPartition) -> None:
        return None


class _Stalling:
    """A consumer of an embedded broker: 400 records, and after 300 nothing comes for a while, longer than a poll."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.polls, self.now = 0, 0, 0.0
        monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: self.now))

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0}

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 300)  # where the last batch begins

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        return dict.fromkeys(times, SimpleNamespace(offset=0))

    def assign(self, partitions: list[TopicPartition]) -> None:
        pass

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at = offset

    def position(self, partition: TopicPartition) -> int:
        return self.at

    def highwater(self, partition: TopicPartition) -> int | None:
        return 400 if self.polls > 1 else None

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        self.polls += 1
        self.now += timeout_ms / 1000
        if self.polls == 1 or 4 < self.polls < 60 or self.at == 400:
            return {}
        records = [
            SimpleNamespace(partition=0, offset=self.at + n, timestamp=1, timestamp_type=1, value=b"x")
            for n in range(100)
        ]
        self.at += 100
        return {TopicPartition("t", 0): records}


def test_a_broker_that_stalls_before_its_last_batch_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    log, partition = KafkaScoredLog(KafkaAccess("h:1"), "t"), TopicPartition("t", 0)
    found = [item.offset for some in log._read(cast(Any, _Stalling(monkeypatch)), 0) for item in some]
    assert found == list(range(400))
    between = log._between(cast(Any, _Stalling(monkeypatch)), partition, range(250, 390))
    assert [item.offset for some in between for item in some] == list(range(250, 390))


def test_offsets_that_a_topic_does_not_have_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made again."""
    between = KafkaScoredLog(KafkaAccess("h:1"), "t")._between(
        cast(Any, _Stalling(monkeypatch)), TopicPartition("t", 0), range(300, 900)
    )
    assert [item.offset for some in between for item in some] == list(range(300, 400))


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
