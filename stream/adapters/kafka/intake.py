"""Documents that are handed in over HTTP, published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.clocks import Clock, utc_now
from stream.errors import BrokerError, SettingsError
from stream.pipeline.documents.intake import Published, Record, sort_lines
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.topics import Topics

PATIENCE = 10.0  # seconds for the broker; whoever waits for the answer tries again better than we do
THREADS = 4  # requests that are worked on at once; more wait
T = TypeVar("T")
logger = logging.getLogger(__name__)


class KafkaIntake:
    """The port :class:`stream.pipeline.documents.intake.Intake`; connects when it is first asked.

    Args:
        access: where Kafka is.
        topics: the topics of the deployment.
        accepted: how documents are read, and masked before they are published.
        clock: tells now.
    """

    def __init__(
        self,
        access: KafkaAccess,
        topics: Topics,
        accepted: Acceptance,
        clock: Clock = utc_now,
    ) -> None:
        self._access, self._topics, self._accepted, self._clock = access, topics, accepted, clock
        self._threads = ThreadPoolExecutor(THREADS, "intake")
        self._lock = Lock()
        self._publisher: Publisher | None = None

    async def take(self, feed: str, lines: Sequence[bytes]) -> Published:
        """Publish documents; see the port."""
        topic = {"news": self._topics.news, "social": self._topics.social}[feed]
        return await self._in_thread(lambda: self._take(topic, lines))

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._in_thread(self._disconnect)
        self._threads.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _take(self, topic: str, lines: Sequence[bytes]) -> Published:
        records, refused = sort_lines(topic, lines, self._clock(), self._accepted)
        if records:
            self._send(records)
        return Published(len(records), refused)

    def _send(self, records: Sequence[Record]) -> None:
        try:
            self._connected().send(records)
        except (BrokerError, SettingsError) as error:
            # Who asks need not learn where the broker is, and as whom we come; a new connection may do better.
            logger.warning("intake: %s", error)
            self._disconnect(Publisher.abandon)
            raise BrokerError("Kafka did not take all of them; send them again, each id counts once") from error

    def _connected(self) -> Publisher:
        with self._lock:
            if self._publisher is None:
                self._publisher = Publisher(self._access, PATIENCE)
            return self._publisher

    def _disconnect(self, how: Callable[[Publisher], None] = Publisher.close) -> None:
        with self._lock:
            publisher, self._publisher = self._publisher, None
        if publisher is not None:
            how(publisher)
