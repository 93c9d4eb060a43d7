"""Reading a topic from its beginning to the end it has now, outside of any consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kafka import KafkaConsumer

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import client_asking

# The embedded broker does not tell where a topic ends, so the end is where nothing comes for this long.
QUIET_MS = 3000


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where it stood; ``timestamp`` is in milliseconds since 1970."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes


def read_topic(access: KafkaAccess, topic: str) -> Iterator[Record]:
    """Yield every record of ``topic``, each partition in its order.

    Raises:
        BrokerError: the broker did not answer.
    """
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "isolation_level": "read_committed"}
    with client_asking(KafkaConsumer, access, f"return {topic}", consumer_timeout_ms=QUIET_MS, **options) as consumer:
        consumer.subscribe([topic])
        for record in consumer:
            yield Record(record.partition, record.offset, record.timestamp, record.key, record.value or b"")
