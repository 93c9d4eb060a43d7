"""When the demo is over: all that was played is counted, decided on and delivered."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres.engine import store_errors
from stream.adapters.postgres.tables import series_minutes
from stream.demo.player import Player
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import TOPIC
from stream.view import Snapshot

# Documents that were refused are never counted, so the end is also when nothing has changed for this long.
QUIET = 20.0
# What is due later is not waited for: an update of an event that goes on comes five minutes after the last one.
SOON = timedelta(seconds=30)


class Ending:
    """Knows when there is nothing left to wait for; ``counted`` is how many documents PostgreSQL has."""

    def __init__(self, engine: AsyncEngine, player: Player) -> None:
        self._engine, self._player = engine, player
        self.counted = 0
        self._changed_at = time.monotonic()

    async def reached(self, snapshot: Snapshot) -> bool:
        """Whether there is nothing left to wait for. Raises StoreError."""
        if self._player.is_alive():
            return False
        counted = await self.count()
        if counted != self.counted or snapshot.lag:
            self.counted, self._changed_at = counted, time.monotonic()
        all_counted = counted >= len(self._player.played.ids)
        quiet = time.monotonic() - self._changed_at > QUIET
        return (all_counted or quiet) and (self._decided(snapshot) or quiet) and delivered(snapshot)

    def _decided(self, snapshot: Snapshot) -> bool:
        latest = self._player.played.latest
        return latest is None or (snapshot.watermark is not None and minute_of(snapshot.watermark) >= minute_of(latest))

    async def count(self) -> int:
        """Return how many documents PostgreSQL has rows of. Raises StoreError."""
        with store_errors("count the documents"):
            async with self._engine.connect() as connection:
                # A document is in one topic's rows, and in those of any number of watchlist entries.
                of_topics = series_minutes.c.series.startswith(TOPIC)
                total = await connection.scalar(select(func.sum(series_minutes.c.documents)).where(of_topics))
        return int(total or 0)


def delivered(snapshot: Snapshot) -> bool:
    """Whether every notification that is due soon was delivered or given up."""
    waiting = (item for row in snapshot.alerts for item in row.deliveries if item.delivered_at is None)
    return all(item.next_at is None or item.next_at > snapshot.now + SOON for item in waiting)
