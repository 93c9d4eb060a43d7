"""Alerts on a Kafka topic, for machines: the same JSON that webhooks get."""

from __future__ import annotations

import asyncio

from kafka import KafkaProducer
from kafka.errors import KafkaError, SaslAuthenticationFailedError

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import abandon_producer, close_producer, open_client
from stream.errors import AccessError, DeliveryError, SettingsError
from stream.pipeline.notify import Delivery

TIMEOUT = 15.0  # seconds, as long as a webhook may take


class AlertTopic:
    """The port :class:`stream.pipeline.notify.Receiver` on a Kafka topic.

    A record's key is the group's id, so that an incident's messages keep their order: the alert that stands for it
    may change. The header ``webhook-id`` holds the message's id, equal on every repetition.
    """

    name = "kafka"
    is_log = True

    def __init__(self, access: KafkaAccess, topic: str) -> None:
        self._access, self._topic = access, topic
        self._producer: KafkaProducer | None = None

    async def send(self, delivery: Delivery) -> None:
        """Send, and wait for all replicas; see the port."""
        try:
            await asyncio.to_thread(self._send, delivery)
        except (AccessError, SettingsError) as error:
            raise DeliveryError(str(error)) from error
        except KafkaError as error:
            raise DeliveryError(f"Kafka did not take the alert: {type(error).__name__}: {error}") from error

    async def aclose(self) -> None:
        """Give the connection back."""
        if self._producer:
            await asyncio.to_thread(close_producer, self._producer, TIMEOUT)

    def _send(self, delivery: Delivery) -> None:
        if self._producer is None:
            self._producer = open_client(KafkaProducer, self._access, acks="all")
        key = delivery.group_id or delivery.alert_id
        headers = [("webhook-id", delivery.message_id.encode())]
        try:
            future = self._producer.send(self._topic, delivery.payload, key.encode(), headers)
            future.get(TIMEOUT)
        except SaslAuthenticationFailedError:
            # kafka-python would not try again, and a login may be refused for a moment only.
            refused, self._producer = self._producer, None
            abandon_producer(refused, TIMEOUT)
            raise
