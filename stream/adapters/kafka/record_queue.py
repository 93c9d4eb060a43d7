"""Records between the consumer, which fetches many at once, and the agent, which takes them in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


class RecordQueue:
    """Holds records in their order, in one event loop.

    Faust's own queue holds an event for each record and wakes a task for each; this is what most of a worker's
    processor time beside the model went into.

    Args:
        most: how many records it holds.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._records = deque[Any]()
        self._more, self._fewer = asyncio.Event(), asyncio.Event()

    @property
    def room(self) -> int:
        """How many records may be put into it now."""
        return max(0, self._most - len(self._records))

    async def wait_for_room(self) -> None:
        """Return when a record may be put into it."""
        while not self.room:
            self._fewer.clear()
            await self._fewer.wait()

    def put(self, records: Sequence[Any]) -> None:
        """Add records at the end; who puts looks for room."""
        self._records.extend(records)
        self._more.set()

    def clear(self) -> None:
        """Drop all; Faust calls it when partitions are given away, and again before it reads on."""
        self._records.clear()
        self._fewer.set()

    async def take(self, size: int, within: float) -> list[Any]:
        """Return the next ``size`` records, or as many as have come after ``within`` seconds; never none."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._wait_for(size)
            if self._records:
                taken = [self._records.popleft() for _ in range(min(size, len(self._records)))]
                self._fewer.set()
                return taken

    async def _wait_for(self, size: int) -> None:
        while len(self._records) < min(size, self._most):
            self._more.clear()
            await self._more.wait()
