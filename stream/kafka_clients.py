"""kafka-python's clients, made so that one which does not reach its broker leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kafka.net.compat import KafkaNetClient

T = TypeVar("T")


def opened(kind: Callable[..., T], **config: Any) -> T:
    """Return a client of ``kind`` (KafkaConsumer, KafkaAdminClient) with ``config``.

    kafka-python starts a thread before it asks the broker, and leaves it, with its sockets, when no broker answers.
    Who asks every few seconds would run out of both.

    Raises:
        KafkaError: no broker answered.
    """
    made: list[Any] = []

    def client(**options: Any) -> Any:
        made.append(KafkaNetClient(**options))
        return made[-1]

    try:
        return kind(kafka_client=client, **config)
    except BaseException:
        for half in made:
            half.close()
            half._manager._net.stop()
        raise
