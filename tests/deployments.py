"""Embedded servers with a broker of the test's choice, and what a worker needs on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.topic_admin import create_topics
from stream.adapters.postgres.migrate import migrate
from stream.embedded import Servers
from stream.pipeline.topics import Topics


def servers_on(kind: Callable[[Path], Any], folder: Path) -> Servers:
    """Return servers, not started, whose broker is a ``kind``: one of :data:`tests.brokers.BROKERS`."""
    servers = Servers(folder / "servers")
    servers.broker = kind(folder / "broker")
    return servers


@contextmanager
def prepared(servers: Servers, partitions: int = 4) -> Iterator[Servers]:
    """Start ``servers`` and make topics and tables."""
    with servers:
        create_topics(KafkaAccess(servers.settings["kafka"]), Topics().all, partitions, 1)
        migrate(servers.settings["postgres"])
        yield servers
