"""kafka-python's clients, made so that one which does not reach its broker leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from textwrap import shorten
from typing import Any, TypeVar

from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from kafka.net.compat import KafkaNetClient

from stream.adapters.kafka.access import KafkaAccess
from stream.errors import BrokerError, trouble_of_system

T = TypeVar("T")
# A broker that is there answers within a second; who types a command should not wait for kafka-python's half minute.
REACH_MS = 10_000
REASON_LENGTH = 200  # characters; kafka-python puts whole answers of a broker into some of its errors


def open_client(kind: Callable[..., T], access: KafkaAccess, **config: Any) -> T:
    """Return a client of ``kind`` (KafkaConsumer, KafkaProducer, KafkaAdminClient) with ``config``.

    kafka-python starts a thread before it asks the broker, and leaves it, with its sockets, when no broker answers.
    Who asks every few seconds would run out of both.

    Raises:
        KafkaError: no broker answered.
        AccessError: one did, and does not let us in.
        SettingsError: a file that ``access`` names cannot be read.
    """
    if access.is_secured:  # where nothing can be refused, there is nothing to ask before
        _check(access)
    try:
        patience = {"bootstrap_timeout_ms": REACH_MS}
        return _opened(kind, bootstrap_servers=access.bootstrap, **access.options(), **(patience | config))
    except KafkaError:
        if not access.is_secured:
            _check(access)
        raise


def _check(access: KafkaAccess) -> None:
    from stream.adapters.kafka.probe import check_access  # here, since aiokafka takes long to import

    check_access(access)


def _opened(kind: Callable[..., T], **config: Any) -> T:
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


def close_producer(producer: Any, patience: float) -> None:
    """Give a producer's connection back; what the broker does not take within ``patience`` seconds is forgotten."""
    try:
        producer.close(patience)
    except KafkaError:
        abandon_producer(producer, patience)


def abandon_producer(producer: Any, patience: float) -> None:
    """Give a producer's connection back at once, and forget what the broker has not taken.

    kafka-python's own closing waits for all records, and where they do not go, leaves its thread at work.
    """
    producer._sender.force_close()
    producer._sender.join(patience)
    with suppress(KafkaError):
        producer.close(0)


@contextmanager
def client_asking(kind: Callable[..., T], access: KafkaAccess, what: str, **config: Any) -> Iterator[T]:
    """Give a client of ``kind`` with ``config``, and close it at the end.

    Raises:
        BrokerError: what went wrong inside: "Kafka at <servers> did not <what>: <reason>".
        AccessError, SettingsError: see :func:`open_client`.
    """
    try:
        client: Any = open_client(kind, access, **config)
        try:
            yield client
        finally:
            client.close()
    except (KafkaError, OSError) as error:
        reason = shorten(str(error), REASON_LENGTH, placeholder=" …") or type(error).__name__
        lost = isinstance(error, (OSError, KafkaConnectionError, KafkaTimeoutError))
        trouble = trouble_of_system(reason) or ("away" if lost else None)
        raise BrokerError(f"Kafka at {access.servers} did not {what}: {reason}", trouble) from error
