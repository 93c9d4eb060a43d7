"""Stage ``stamped``: says when topics bear the time of producers' clocks, which may be wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from stream.errors import BrokerError

logger = logging.getLogger(__name__)


class Stamped:
    """Looks now and then which topics bear producers' times, and warns when that has changed.

    Args:
        find: returns the names of those topics; it blocks, and raises BrokerError.
    """

    name = "stamped"

    def __init__(self, find: Callable[[], Sequence[str]]) -> None:
        self._find, self._last = find, list[str]()

    async def tick(self) -> bool:
        """Look, and warn of what has changed; a broker that does not answer is asked another time."""
        try:
            topics = list(await asyncio.to_thread(self._find))
        except BrokerError as error:
            logger.warning("%s", error)
            return False
        if topics and topics != self._last:
            logger.warning(
                "%s: records bear the time of their producers' clocks; one that runs ahead by more than "
                "BELLWETHER_LATE_FOR makes others' documents late after an outage. Let the broker stamp them: "
                "bellwether topics create --alter",
                ", ".join(topics),
            )
        self._last = topics
        return False
