"""What those share who read a topic outside of any consumer group, from where they like to the end it has now."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager

from kafka import KafkaConsumer

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.clients import client_asking
from stream.errors import BrokerError

POLL_MS = 500
SILENT = 60.0  # seconds without a record, while some are missing, after which the broker is held to be gone


def open_reader(access: KafkaAccess, topic: str) -> AbstractContextManager[KafkaConsumer]:
    """Give a consumer of no group, to which nothing is assigned yet, and close it at the end.

    Raises:
        BrokerError: the broker did not answer.
    """
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "isolation_level": "read_committed"}
    return client_asking(KafkaConsumer, access, f"return {topic}", **options)


class Silence:
    """How long no record has come that was waited for."""

    def __init__(self, access: KafkaAccess, topic: str) -> None:
        self._access, self._topic = access, topic
        self._last_record = time.monotonic()
        self.seconds = 0.0  # at the last look

    def look(self, *, ended: bool) -> None:
        """Take the time since the last record; the silence has ``ended`` where one has just come.

        Raises:
            BrokerError: nothing has come for a minute. A client of a broker that went away says nothing of it.
        """
        now = time.monotonic()
        if ended:
            self._last_record = now
        self.seconds = now - self._last_record
        if self.seconds > SILENT:
            raise BrokerError(
                f"Kafka at {self._access.servers} did not return {self._topic}: nothing for {SILENT:.0f} s", "away"
            )
