"""How a tick is run: with a bound, with a sign of life, and again for a while when it fails.

Nothing that a worker waits for is waited for without end. A tick that neither ends nor gets on within its bound is
cancelled and counts as failed; what fails is tried again until the stated time is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import uniform
from time import monotonic
from typing import TypeVar

import stamina

from stream import metrics
from stream.errors import BellwetherError, StallError
from stream.worker.heartbeats import Heartbeats

PARTS = 20  # of a bound: so exact is it kept, and so little of it passes while the process is frozen
FIRST_WAIT, LONGEST_WAIT = 0.1, 4.0  # seconds between two tries: a store that is back is found soon

logger = logging.getLogger(__name__)
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
        retry_for: seconds, from its first failure, for which a tick is tried again.
    """

    beats: Heartbeats = field(default_factory=Heartbeats)
    bound: float = 120.0
    retry_for: float = 30.0

    async def once(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run ``work`` as a tick of loop ``name``.

        Raises:
            StallError: it did not end within the bound, or was cancelled from within.
        """
        try:
            async with asyncio.timeout(None) as timeout:
                with (
                    self.beats.tick(name) as alive,
                    _Bound(timeout, self.bound) as bound,
                    _calling(bound.restart, alive),
                ):
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
        """Run ``work`` until it does not fail, for the stated time; what fails must be idempotent.

        Raises:
            BellwetherError: it is permanent, or the time is over.
        """
        async for attempt in stamina.retry_context(on=_Patience(name, self.retry_for), attempts=None, timeout=None):
            with attempt:
                if attempt.num > 1:
                    metrics.RETRIES.labels(name).inc()
                return await self.once(name, work)
        raise AssertionError("unreachable: the last attempt returns or raises")


class _Bound:
    """Ends a tick when the event loop has run for so many seconds.

    They are counted in parts. A process that was frozen for a minute, or whose machine slept, has counted one of them
    and not a minute: nothing got on meanwhile, and nothing had the time to.
    """

    def __init__(self, timeout: asyncio.Timeout, seconds: float) -> None:
        self._timeout, self._part, self._left = timeout, seconds / PARTS, PARTS
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> _Bound:
        self._timer = self._loop.call_later(self._part, self._pass)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def restart(self) -> None:
        """Begin anew."""
        self._left = PARTS

    def _pass(self) -> None:
        self._left -= 1
        if self._left > 0:
            self._timer = self._loop.call_later(self._part, self._pass)
        else:
            self._timeout.reschedule(self._loop.time())


class _Patience:
    """How long to wait before the next try; the last one comes when the time is over, not some seconds off it."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name, self._seconds, self._wait = name, seconds, FIRST_WAIT
        self._until: float | None = None

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, BellwetherError) or error.permanent:
            return False
        now = monotonic()
        if self._until is None:
            self._until = now + self._seconds
            logger.warning("%s: %s; it is tried again for %.0f s", self._name, error, self._seconds)
        if now >= self._until:
            return False
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST_WAIT)
        # Of workers that lost the same store not all come back in the same moment.
        return min(wait * uniform(0.75, 1.25), self._until - now)  # noqa: S311


@contextmanager
def _calling(*calls: Callable[[], None]) -> Iterator[None]:
    def tell() -> None:
        for call in calls:
            call()

    token = _getting_on.set(tell)
    try:
        yield
    finally:
        _getting_on.reset(token)
