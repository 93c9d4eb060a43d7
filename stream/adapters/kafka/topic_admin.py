"""Topic administration through kafka-python."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import client_asking
from stream.errors import BrokerError

# The broker writes its own time into each record, and not the producer's, whose clock may be wrong.
KEY, BY_BROKER = "message.timestamp.type", "LogAppendTime"
STAMPED = {KEY: BY_BROKER}
KNOWN_WITHIN = 3.0  # seconds; all brokers hear of a new topic within moments
RETENTION, POLICY = "retention.ms", "cleanup.policy"


def create_topics(access: KafkaAccess, names: Sequence[str], partitions: int, replication: int) -> list[str]:
    """Create the topics of ``names`` that are missing, stamped by the broker, and return those.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    with _admin(access, "create topics") as admin:
        existing = admin.list_topics()
        missing = [name for name in names if name not in existing]
        if missing:
            admin.create_topics([NewTopic(name, partitions, replication, topic_configs=STAMPED) for name in missing])
            _wait_for(admin, missing)
        return missing


def _wait_for(admin: KafkaAdminClient, names: Sequence[str]) -> None:
    """Wait until the broker that is asked knows of topics which another one has made; mostly it does at once."""
    deadline = time.monotonic() + KNOWN_WITHIN
    while not set(names) <= set(admin.list_topics()) and time.monotonic() < deadline:
        time.sleep(0.1)


def stamped_by_producers(access: KafkaAccess, names: Sequence[str]) -> list[str]:
    """Return those of ``names`` whose records bear the time of their producer's clock.

    A topic of which the broker does not say it is left out; so are all on the embedded broker, which keeps producers'
    times whatever is set.

    Raises:
        BrokerError: the broker did not answer.
    """
    configs = _settings_of(access, names, "say how topics are stamped")
    return [name for name, config in configs.items() if KEY in config and config[KEY]["value"] != BY_BROKER]


def _settings_of(access: KafkaAccess, names: Sequence[str], what: str) -> Mapping[str, Any]:
    """Return topic -> setting -> what the broker says of it, of those topics that exist."""
    with _admin(access, what) as admin:
        existing = admin.list_topics()
        # All settings, since the embedded broker hangs up when it is asked for one.
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names if name in existing]
        return admin.describe_configs(resources, config_filter="all").get("topic", {}) if resources else {}


class Keeping(NamedTuple):
    """How long a topic keeps a record: ``days``, None: for ever; ``compacted``: until a later one of its key comes."""

    days: float | None
    compacted: bool


def keeping_of(access: KafkaAccess, names: Sequence[str]) -> dict[str, Keeping]:
    """Return how long each topic keeps its records, as far as the broker says it.

    Raises:
        BrokerError: the broker did not answer.
    """
    configs = _settings_of(access, names, "say how long topics are kept")
    return {
        name: Keeping(_days(config[RETENTION]["value"], policy), "compact" in policy)
        for name, config in configs.items()
        if RETENTION in config and (policy := (config.get(POLICY) or {}).get("value") or "delete")
    }


def kept_too_short(access: KafkaAccess, name: str, hours: int) -> str:
    """Return what to say where a topic keeps its records for less than ``hours``; an empty text where it does not.

    Raises:
        BrokerError: the broker did not answer.
    """
    keeping = keeping_of(access, [name]).get(name)
    if keeping is None or keeping.days is None or keeping.days * 24 > hours - 0.5:  # days are rounded
        return ""
    return (
        f"{name} keeps records for {keeping.days * 24:g} hours, and Redis keeps windows for {hours} "
        f"(BELLWETHER_KEEP_HOURS): after a loss of Redis the oldest cannot be rebuilt. "
        f"bellwether topics create --alter keeps it longer"
    )


def keep_for(access: KafkaAccess, name: str, hours: int) -> None:
    """Let the broker keep a topic's records for so many hours.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    _alter(access, [name], {RETENTION: str(hours * 3_600_000)})


def _days(milliseconds: str, policy: str) -> float | None:
    kept = int(milliseconds)
    return round(kept / 86_400_000, 2) if kept >= 0 and "delete" in policy else None


def stamp_by_broker(access: KafkaAccess, names: Sequence[str]) -> None:
    """Let the broker write its time into what comes to ``names`` from now on.

    Raises:
        BrokerError: the broker did not answer or refused.
    """
    _alter(access, names, STAMPED)


def _alter(access: KafkaAccess, names: Sequence[str], settings: Mapping[str, str]) -> None:
    """Change topics. kafka-python raises nothing where a broker refuses, and ValueError where it lets nobody change."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict(settings)) for name in names]
    with _admin(access, "alter topics") as admin:
        try:
            answers = admin.alter_configs(resources)
        except ValueError as error:
            raise BrokerError(f"Kafka does not let us alter topics: {error}") from error
    refused = {name: said for of in answers.values() for name, said in of.items() if said != "OK"}
    if refused:
        raise BrokerError(f"Kafka refused to alter topics: {refused}")


def _admin(access: KafkaAccess, what: str) -> AbstractContextManager[KafkaAdminClient]:
    return client_asking(KafkaAdminClient, access, what, request_timeout_ms=10_000)
