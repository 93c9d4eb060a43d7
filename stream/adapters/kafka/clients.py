"""kafka-python's clients, made so that one which does not reach its broker leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from stream.errors import BrokerError

T = TypeVar("T")


def open_client(kind: Callable[..., T], **config: Any) -> T:
    """Return a client of ``kind`` (KafkaConsumer, KafkaAdminClient) with ``config``.

    kafka-python starts a thread before it asks the broker, and leaves it, with its sockets, when no broker answers.
    Who asks every few seconds would run out of both.

    Raises:
        KafkaError: no broker answered.
    """
    networks: list[Any] = []

    def client(**options: Any) -> Any:
        networks.append(KafkaNetClient(**options))
        return networks[-1]

    try:
        return kind(kafka_client=client, **config)
    except BaseException:
        for network in networks:
            network.close()
            network._manager._net.stop()
        raise


@contextmanager
def client_asking(kind: Callable[..., T], servers: str, what: str, **config: Any) -> Iterator[T]:
    """Give a client of ``kind`` with ``config``, and close it at the end; ``servers`` are host:port, comma-separated.

    Raises:
        BrokerError: what went wrong inside: "Kafka at <servers> did not <what>: <reason>".
    """
    try:
        client: Any = open_client(kind, bootstrap_servers=servers.split(","), **config)
        try:
            yield client
        finally:
            client.close()
    except (KafkaError, OSError) as error:
        raise BrokerError(f"Kafka at {servers} did not {what}: {str(error) or type(error).__name__}") from error
