"""Publishing records to Kafka, each acknowledged by the broker before it counts as sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import REACH_MS, abandon_producer, close_producer, open_client
from stream.batches import batches
from stream.errors import BrokerError

CHUNK = 500  # records that are acknowledged before the next are sent: how much a progress bar moves at once
TIMEOUT = 30.0  # seconds for a chunk; a shorter one would fail while partitions change their leaders


class Publisher:
    """A producer that waits for acknowledgements.

    Args:
        access: where Kafka is.
        patience: seconds to wait for all that is sent at once; for the broker at the start, ten at most.

    Raises:
        BrokerError: from every method, when the broker did not answer or refused.
        SettingsError: a file that ``access`` names cannot be read.
    """

    def __init__(self, access: KafkaAccess, patience: float = TIMEOUT) -> None:
        self._servers, self._patience = access.servers, patience
        patience_ms = int(patience * 1000)
        waits = {"bootstrap_timeout_ms": min(patience_ms, REACH_MS), "max_block_ms": patience_ms}
        try:
            self._producer = open_client(
                KafkaProducer, access, acks="all", linger_ms=5, max_request_size=2 * 1024 * 1024, **waits
            )
        except KafkaError as error:
            raise BrokerError(f"Kafka at {self._servers} did not answer: {error}", "away") from error

    def publish(self, records: Iterable[tuple[str, bytes | None, bytes]]) -> Iterator[int]:
        """Send (topic, key, value) records in chunks; yield the number acknowledged after each chunk."""
        for chunk in batches(records, CHUNK):
            self.send(chunk)
            yield len(chunk)

    def send(self, records: Iterable[tuple[str, bytes | None, bytes]]) -> None:
        """Send records and return when all are acknowledged."""
        try:
            futures = [self._producer.send(topic, value, key) for topic, key, value in records]
            self._producer.flush(self._patience)
            for future in futures:
                future.get(self._patience)
        except KafkaError as error:
            raise BrokerError(f"Kafka at {self._servers} did not take a record: {error}") from error

    def close(self) -> None:
        """Give the connection back; what the broker does not take within the time is forgotten."""
        close_producer(self._producer, self._patience)

    def abandon(self) -> None:
        """Give the connection back at once, and forget what the broker has not taken."""
        abandon_producer(self._producer, self._patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
