"""Topic administration through kafka-python."""

from __future__ import annotations

from collections.abc import Sequence

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from stream.errors import BrokerError


def create_topics(servers: str, names: Sequence[str], partitions: int, replication: int) -> list[str]:
    """Create the topics of ``names`` that are missing and return those.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    try:
        admin = KafkaAdminClient(bootstrap_servers=servers.split(","), request_timeout_ms=10_000)
        try:
            missing = [name for name in names if name not in admin.list_topics()]
            if missing:
                admin.create_topics([NewTopic(name, partitions, replication) for name in missing])
            return missing
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokerError(f"Kafka at {servers} did not create topics: {error}") from error
