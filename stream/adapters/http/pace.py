"""How often a receiver is sent to, where its service counts: a few at once, and then one after the other.

It only keeps us under the limit where one worker sends. What a service refuses all the same is tried again later.
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import NamedTuple

from stream.errors import DeliveryError

# Seconds that a message waits at most: all that is claimed at a time, one by one, and so short that its lease lasts.
LONGEST = 40.0


class Rate(NamedTuple):
    """So many at once, and then one each so many seconds."""

    burst: int
    every: float


TESTS = Rate(1, 60.0)  # services count a test, too; their limits leave room for so many beside the alerts


class Pace:
    """Spreads messages: in any ``t`` seconds not more than ``burst + t / every`` are let go.

    >>> pace = Pace(Rate(2, 5.0))
    >>> [pace.wait(at) for at in (100.0, 100.0, 100.0, 106.0)]
    [0.0, 0.0, 5.0, 4.0]
    """

    def __init__(self, rate: Rate, longest: float = LONGEST) -> None:
        self._rate, self._longest, self._due = rate, longest, float("-inf")
        self._held_until = float("-inf")

    def hold(self, until: float) -> None:
        """Let nothing go before ``until``: the service takes nothing until then."""
        self._held_until = max(self._held_until, until)

    def check(self, now: float) -> None:
        """Look again, when a message has waited.

        Raises:
            DeliveryError: nothing goes now.
        """
        if self._held_until > now:
            raise _later(self._held_until - now)

    def wait(self, now: float) -> float:
        """Return the seconds that the next message has to wait, and count it.

        Raises:
            DeliveryError: it would wait too long; it is not counted.
        """
        start = max(now, self._held_until, self._due - (self._rate.burst - 1) * self._rate.every)
        if start - now > self._longest:
            raise _later(start - now)
        self._due = max(start, self._due) + self._rate.every
        return start - now


def _later(wait: float) -> DeliveryError:
    words = "more messages wait than its service takes; it is sent later"
    return DeliveryError(words, retry_after=wait, untried=True)


class Turns:
    """Whose turn it is: an alert waits for those before it; a test goes at once or not at all, and delays no alert."""

    def __init__(self, rate: Rate) -> None:
        self._alerts, self._tests = Pace(rate), Pace(TESTS, longest=0.0)

    def hold(self, seconds: float) -> None:
        """Let no alert go for so long."""
        self._alerts.hold(asyncio.get_running_loop().time() + seconds)

    async def turn(self, *, is_test: bool) -> None:
        """Wait until the next message may go.

        Raises:
            DeliveryError: it would wait too long.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not is_test:
            await asyncio.sleep(self._alerts.wait(now))
            return self._alerts.check(loop.time())
        try:
            self._tests.wait(now)
        except DeliveryError as error:
            seconds = ceil(error.retry_after or 0.0)
            raise DeliveryError(
                f"one test a minute, since its service counts them, too; try again in {seconds} s"
            ) from None
