"""How often a receiver is sent to, where its service counts: a few at once, and then one after the other.

It only keeps us under the limit where one worker sends. What a service refuses all the same is tried again later.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from stream.errors import DeliveryError

# Seconds that a message waits at most: all that is claimed at a time, one by one, and so short that its lease lasts.
LONGEST = 40.0


class Rate(NamedTuple):
    """So many at once, and then one each so many seconds."""

    burst: int
    every: float


class Pace:
    """Spreads messages: in any ``t`` seconds not more than ``burst + t / every`` are let go.

    >>> pace = Pace(Rate(2, 5.0))
    >>> [pace.wait(at) for at in (100.0, 100.0, 100.0, 106.0)]
    [0.0, 0.0, 5.0, 4.0]
    """

    def __init__(self, rate: Rate) -> None:
        self._rate, self._due = rate, float("-inf")

    def wait(self, now: float) -> float:
        """Return the seconds that the next message has to wait, and count it.

        Raises:
            DeliveryError: it would wait too long; it is not counted.
        """
        start = max(now, self._due - (self._rate.burst - 1) * self._rate.every)
        if start - now > LONGEST:
            raise DeliveryError("more messages wait than its service takes; it is sent later", retry_after=start - now)
        self._due = max(start, self._due) + self._rate.every
        return start - now

    async def turn(self) -> None:
        """Wait until the next message may go."""
        await asyncio.sleep(self.wait(asyncio.get_running_loop().time()))
