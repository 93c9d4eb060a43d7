"""The wall clock, and how far it is ahead of the broker's and the store's: said, and bounded.

Event time takes its times from the store alone, so a worker whose clock is wrong does no harm to it. But the broker's
and the store's clocks have to agree, and messages and metrics bear the worker's time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from stream import metrics
from stream.errors import StoreError

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]  # every stage takes it as an argument
STORE, BROKER = "redis", "broker"
# With NTP clocks differ by milliseconds. Ten seconds are where the end of a minute begins to be missed.
BOUND = 10.0


def utc_now() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)


class Clocks:
    """The clocks that this worker has compared its own with. Seconds since 1970.

    >>> clocks = Clocks(lambda: 1000.0)
    >>> clocks.compare("redis", 999.0, told=995.5, after=1000.0)
    >>> clocks.ahead_of("redis"), clocks.store_now()
    (3.5, 996.5)
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._ahead: dict[str, float] = {}

    def compare(self, other: str, before: float, told: float, after: float) -> None:
        """Take in what another clock ``told`` between two moments of this worker's.

        What lies between, or none at all, is the way there and back: of what the difference may be, the least counts.
        """
        least, most = before - told, after - told
        ahead = max(least, 0.0) + min(most, 0.0)
        apart, was = abs(ahead) > BOUND, abs(self._ahead.get(other, 0.0)) > BOUND
        self._ahead[other] = ahead
        metrics.CLOCK.labels(other).set(ahead)
        if apart and not was:
            logger.warning("%s", _sentence(other, ahead))
        elif was and not apart:
            logger.warning("the clocks of this worker and of %s agree again", other)

    def ahead_of(self, other: str) -> float | None:
        """Return by how much this worker's clock is ahead of another; None: not compared yet."""
        return self._ahead.get(other)

    def store_now(self) -> float:
        """Return the time by the store's clock; by this worker's where they were not compared yet."""
        return self.clock() - self._ahead.get(STORE, 0.0)

    @property
    def broker_ahead_of_store(self) -> int | None:
        """Milliseconds; None: not known, as where the broker does not write its time into records."""
        store, broker = self._ahead.get(STORE), self._ahead.get(BROKER)
        return None if store is None or broker is None else round((store - broker) * 1000)

    async def check(self) -> None:
        """Raise StoreError when clocks are too far apart."""
        problems = [_sentence(other, ahead) for other, ahead in self._ahead.items() if abs(ahead) > BOUND]
        if problems:
            raise StoreError("; ".join(problems))


def _sentence(other: str, ahead: float) -> str:
    way = "ahead of" if ahead > 0 else "behind"
    return f"this worker's clock is {abs(ahead):.0f} s {way} that of {other}; set them by NTP"
