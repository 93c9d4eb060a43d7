"""How a tick is run: with a bound, with a sign of life, and again for a while when it fails.

Nothing that a worker waits for is waited for without end. A tick that neither ends nor gets on within its bound is
cancelled and counts as failed; what fails is tried again until the stated time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import stamina

from stream import metrics
from stream.errors import BellwetherError, StallError
from stream.heartbeats import Heartbeats

ATTEMPTS, LONGEST_WAIT = 8, 10.0  # about half a minute in all: a restart of a store passes, an outage ends the process

T = TypeVar("T")
_getting_on: ContextVar[Callable[[], None] | None] = ContextVar("getting_on", default=None)


def getting_on() -> None:
    """Say, in a tick that may take long, that another part of it is done: its bound begins anew.

    Does nothing outside of a tick. Only in the event loop, not in a thread.
    """
    if (call := _getting_on.get()) is not None:
        call()


@dataclass(frozen=True, slots=True)
class Ticks:
    """Runs the ticks of a worker's loops.

    Args:
        beats: where their signs of life go.
        bound: seconds within which a tick has to end, or to say that it gets on (:func:`getting_on`).
    """

    beats: Heartbeats = field(default_factory=Heartbeats)
    bound: float = 120.0

    async def once(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run ``work`` as a tick of loop ``name``.

        Raises:
            StallError: it did not end within the bound, or was cancelled from within.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.bound) as timeout:
                with self.beats.tick(name) as alive, _told(lambda: timeout.reschedule(loop.time() + self.bound), alive):
                    return await work()
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise StallError(f"{name}: no end in {self.bound:.0f} s") from error
        except asyncio.CancelledError as error:
            # Nobody cancelled this task: something that it waited for was. Let through, it would end the loop unseen.
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise StallError(f"{name}: what it waited for was cancelled") from error

    async def persistently(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run ``work`` until it does not fail, for about half a minute; what fails must be idempotent."""
        async for attempt in stamina.retry_context(
            on=BellwetherError, attempts=ATTEMPTS, timeout=None, wait_max=LONGEST_WAIT
        ):
            with attempt:
                if attempt.num > 1:
                    metrics.RETRIES.labels(name).inc()
                return await self.once(name, work)
        raise AssertionError("unreachable: the last attempt returns or raises")


@contextmanager
def _told(*calls: Callable[[], None]) -> Iterator[None]:
    def tell() -> None:
        for call in calls:
            call()

    token = _getting_on.set(tell)
    try:
        yield
    finally:
        _getting_on.reset(token)
