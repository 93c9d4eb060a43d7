"""Lag, asked of the broker itself, so that it is right also when the stream stands still.

One question a group for its offsets and one a broker for the ends of all partitions. What these cannot tell is read:

* Behind the last record of a partition there may be marks of transactions. No consumer gets to see them. Our workers
  commit past them, but not while they are away, and nobody does where there is no group; the offsets then say that some
  records wait. Where nothing was committed between two readings, it is therefore tried whether a record comes.
* The embedded broker gives the start of its last batch as the end. Where more is committed than that end, the batch is
  read: a fetch tells the right end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import open_client
from stream.errors import BrokerError
from stream.pipeline.progress.liveness import Offsets, Partition, Position

TIMEOUT_MS = 10_000  # of one question; how long a broker that hangs goes unnoticed at most
# A broker that has just started does not know its groups' coordinators yet; kafka-python's admin does not ask again.
ATTEMPTS, AGAIN_AFTER = 4, 0.25
# Trying takes this long where nothing comes: the embedded broker takes a tenth of a second and more a partition, and
# twelve partitions on a loaded machine were not done in half a second. One batch of each is enough to know.
TRY_FOR, TRY_BYTES = 2.0, 65_536

T = TypeVar("T")
Positions = dict[Partition, Position]


class KafkaOffsets:
    """The port :class:`stream.pipeline.progress.liveness.OffsetReader`: where consumer groups stand in each partition.

    Not for several threads at once. Topics that are not there are told, not made.
    """

    def __init__(self, access: KafkaAccess, groups: Mapping[str, Sequence[str]]) -> None:
        self._access, self._groups = access, groups
        self._admin: KafkaAdminClient | None = None
        self._records: _Records | None = None
        self._before: dict[str, Positions] = {}
        self._short_ends = False

    def read(self) -> dict[str, Offsets]:
        """Return the offsets of each group over its topics.

        Raises:
            BrokerError: the broker did not answer.
        """
        try:
            return self._read()
        except (KafkaError, OSError) as error:
            self.close()
            reason = str(error) or type(error).__name__
            raise BrokerError(f"Kafka at {self._access.servers} did not return offsets: {reason}") from error

    def close(self) -> None:
        """Give the connections back."""
        for client in (self._admin, self._records):
            if client is not None:
                client.close()
        self._admin = self._records = None

    def _read(self) -> dict[str, Offsets]:
        if self._admin is None:
            self._admin = open_client(
                KafkaAdminClient,
                self._access,
                request_timeout_ms=TIMEOUT_MS,
                bootstrap_timeout_ms=TIMEOUT_MS,
            )
        # Before the ends: what is committed meanwhile would seem to lie behind them.
        committed = {group: _committed(self._admin, group) for group in self._groups}
        partitions, missing = _described(self._admin, {name for names in self._groups.values() for name in names})
        ends = _listed(self._admin, partitions, OffsetSpec.LATEST)
        starts = _listed(self._admin, partitions, OffsetSpec.EARLIEST)
        offsets = {}
        for group, topics in self._groups.items():
            positions = {
                partition: Position(committed[group].get(partition), ends[partition], starts[partition])
                for partition in partitions
                if partition.topic in topics and partition in ends and partition in starts
            }
            self._before[group] = self._checked(positions, self._before.get(group, {}))
            offsets[group] = Offsets(self._before[group], tuple(name for name in missing if name in topics))
        return offsets

    def _checked(self, positions: Positions, before: Positions) -> Positions:
        """Return the positions, those that the offsets alone leave in doubt with what reading them says."""
        self._short_ends |= any(position.lost for position in positions.values())
        doubtful = {}
        for partition, position in positions.items():
            previous = before.get(partition)
            if position.lag and previous is not None and previous.committed == position.committed:
                doubtful[partition] = position.next
            elif self._short_ends and not position.lag:
                doubtful[partition] = position.end
        if not doubtful:
            return positions
        if self._records is None:
            self._records = _Records(self._access)
        tried = self._records.after(doubtful)
        return positions | {partition: _corrected(positions[partition], tried[partition]) for partition in doubtful}


@dataclass(frozen=True, slots=True)
class _TriedRead:
    """What reading on from an offset gave: whether a record came, the offset that is next, the end if it is known."""

    has_record: bool
    next: int
    end: int | None


def _corrected(position: Position, tried: _TriedRead) -> Position:
    if position.lost and tried.end is None:
        return replace(position, end=position.next)  # the batch at its end did not come in time: nothing is known
    if tried.end is not None and tried.end > position.end:
        position = replace(position, end=tried.end)  # the embedded broker's was short
    if position.lag and not tried.has_record and tried.next >= position.end:
        return replace(position, end=position.next)  # only marks of transactions
    return position


class _Records:
    """Reads a little from some offsets on, outside of any group."""

    def __init__(self, access: KafkaAccess) -> None:
        self._consumer = open_client(
            KafkaConsumer,
            access,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            request_timeout_ms=TIMEOUT_MS,
            bootstrap_timeout_ms=TIMEOUT_MS,
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=TRY_BYTES,
        )

    def after(self, starts: Mapping[Partition, int]) -> dict[Partition, _TriedRead]:
        """Return what comes from each of ``starts`` on, within two seconds for all of them."""
        wanted = {TopicPartition(*partition): offset for partition, offset in starts.items()}
        self._consumer.assign(list(wanted))
        for partition, offset in wanted.items():
            self._consumer.seek(partition, offset)
        until, heard = time.monotonic() + TRY_FOR, set[TopicPartition]()
        while not all(item in heard or self._at_end(item) for item in wanted) and time.monotonic() < until:
            heard |= self._consumer.poll(timeout_ms=100, max_records=len(wanted)).keys()
            self._consumer.pause(*heard)  # one record of each says enough
        tried = {
            Partition(*partition): _TriedRead(
                partition in heard, self._consumer.position(partition), self._consumer.highwater(partition)
            )
            for partition in wanted
        }
        self._consumer.unsubscribe()  # or it would go on asking for a topic that is deleted, and so have it made
        return tried

    def _at_end(self, partition: TopicPartition) -> bool:
        end = self._consumer.highwater(partition)
        return end is not None and self._consumer.position(partition) >= end

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()


def _described(admin: KafkaAdminClient, topics: set[str]) -> tuple[list[Partition], list[str]]:
    """Return the partitions of topics, and the topics that are not there."""
    partitions, missing = [], sorted(topics)
    # Asked for none, as where no stage has a group, the broker describes all: that it answers is known then.
    for topic in admin.describe_topics(sorted(topics)):
        if topic["error_code"] == UnknownTopicOrPartitionError.errno or topic["name"] not in topics:
            continue
        missing.remove(topic["name"])
        partitions += [Partition(topic["name"], item["partition_index"]) for item in topic["partitions"]]
    return sorted(partitions), missing


def _listed(admin: KafkaAdminClient, partitions: Sequence[Partition], spec: OffsetSpec) -> dict[Partition, int]:
    wanted = {TopicPartition(*partition): spec for partition in partitions}
    if not wanted:
        return {}
    answer = _again(lambda: admin.list_partition_offsets(wanted))
    return {Partition(*partition): found.offset for partition, found in answer.items()}


def _committed(admin: KafkaAdminClient, group: str) -> dict[Partition, int]:
    answer = _again(lambda: admin.list_group_offsets({group: None}))
    return {Partition(*partition): found.offset for partition, found in answer[group].items() if found.offset >= 0}


def _again(ask: Callable[[], T]) -> T:
    for _ in range(ATTEMPTS - 1):
        try:
            return ask()
        except KafkaError as error:
            if not error.retriable:
                raise
            time.sleep(AGAIN_AFTER)
    return ask()
