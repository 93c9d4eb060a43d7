"""Topic administration through kafka-python."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from stream.adapters.kafka.clients import asked

# The broker writes its own time into each record, and not the producer's, whose clock may be wrong.
KEY, BY_BROKER = "message.timestamp.type", "LogAppendTime"
STAMPED = {KEY: BY_BROKER}


def create_topics(servers: str, names: Sequence[str], partitions: int, replication: int) -> list[str]:
    """Create the topics of ``names`` that are missing, stamped by the broker, and return those.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    with _admin(servers, "create topics") as admin:
        there = admin.list_topics()
        missing = [name for name in names if name not in there]
        if missing:
            admin.create_topics([NewTopic(name, partitions, replication, topic_configs=STAMPED) for name in missing])
        return missing


def stamped_by_producers(servers: str, names: Sequence[str]) -> list[str]:
    """Return those of ``names`` whose records bear the time of their producer's clock.

    A topic of which the broker does not say it is left out; so are all on the embedded broker, which keeps producers'
    times whatever is set.

    Raises:
        BrokerError: the broker did not answer.
    """
    with _admin(servers, "say how topics are stamped") as admin:
        there = admin.list_topics()
        # All settings, since the embedded broker hangs up when it is asked for one.
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names if name in there]
        told = admin.describe_configs(asked, config_filter="all").get("topic", {}) if asked else {}
        return [name for name, found in told.items() if KEY in found and found[KEY]["value"] != BY_BROKER]


def stamp_by_broker(servers: str, names: Sequence[str]) -> None:
    """Let the broker write its time into what comes to ``names`` from now on.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    with _admin(servers, "alter topics") as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, dict(STAMPED)) for name in names])


def _admin(servers: str, what: str) -> AbstractContextManager[KafkaAdminClient]:
    return asked(KafkaAdminClient, servers, what, request_timeout_ms=10_000)
