"""Stage ``stamped``: says when topics bear the time of producers' clocks, which may be wrong, or are kept too short."""

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
        kept: likewise returns what to say where a topic is kept for too short, or an empty text.
    """

    name = "stamped"

    def __init__(self, find: Callable[[], Sequence[str]], kept: Callable[[], str] = str) -> None:
        self._find, self._kept = find, kept
        self._last, self._told = list[str](), ""

    async def tick(self) -> bool:
        """Look, and warn of what has changed; a broker that does not answer is asked another time."""
        try:
            topics = list(await asyncio.to_thread(self._find))
            short = await asyncio.to_thread(self._kept)
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
        if short and short != self._told:
            logger.warning("%s", short)
        self._last, self._told = topics, short
        return False
