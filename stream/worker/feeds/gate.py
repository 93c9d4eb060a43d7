"""The pace of hosts: few requests at once of this worker, and turns that all workers share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from stream.clocks import Clock, utc_now
from stream.errors import BusyError
from stream.pipeline.feeds.ports import SourceStore

AT_ONCE = 2  # requests to one host, of one worker
# Whoever would have to wait longer for a turn comes back later, and does not hold the place of another source.
MOST_WAITING, LONGEST_WAIT, BUSY_FOR = 8, timedelta(seconds=10), 2.0


class SharedGate:
    """The port :class:`stream.pipeline.feeds.ports.Gate`, over turns in the store."""

    def __init__(self, store: SourceStore, clock: Clock = utc_now) -> None:
        self._store, self._clock = store, clock
        self._places: dict[str, asyncio.Semaphore] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def passing(self, host: str, spacing: timedelta) -> AsyncIterator[None]:
        """Wait for a turn; see the port."""
        waiting = self._waiting.get(host, 0)
        if waiting >= MOST_WAITING:
            raise BusyError(f"{host} is asked by many sources", host=host, retry_after=BUSY_FOR)
        place = self._places.setdefault(host, asyncio.Semaphore(AT_ONCE))
        self._waiting[host] = waiting + 1
        try:
            async with place:
                await self._turn(host, spacing)
                yield
        finally:
            self._waiting[host] -= 1
            if not self._waiting[host]:  # nobody holds it or waits for it: hosts come and go
                del self._places[host], self._waiting[host]

    async def _turn(self, host: str, spacing: timedelta) -> None:
        now = self._clock()
        turn = await self._store.turn(host, now, spacing)
        wait = turn.at - now
        if turn.barred or wait > LONGEST_WAIT:
            why = "has asked to be left alone" if turn.barred else "is asked by many sources"
            raise BusyError(f"{host} {why}", host=host, retry_after=max(wait.total_seconds(), BUSY_FOR))
        await asyncio.sleep(wait.total_seconds())
