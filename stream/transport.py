"""Faust's Kafka transport, with a shorter wait of the broker for new records.

Faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers as soon as a record comes; the embedded
broker only looks again after a part of that wait, which would be most of a document's way.
"""

from __future__ import annotations

from typing import Any, ClassVar

from faust.transport.drivers import aiokafka

FETCH_WAIT_MS = 100


class _Thread(aiokafka.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # no setting of Faust's reaches it
        return consumer


class _Consumer(aiokafka.Consumer):
    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class Transport(aiokafka.Transport):
    """The transport to give to an app."""

    Consumer: ClassVar[Any] = _Consumer
