"""Postgres says when a delivery is due (LISTEN), so that nobody has to wait for the next look at the table."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg

from stream.adapters.postgres.board import CHANNEL
from stream.adapters.postgres.engine import connect_arguments, connector

RECONNECT_AFTER = 2.0  # seconds; meanwhile senders look at the table themselves, once a second
# Seconds. A connection that leads nowhere is as silent as one without news, so it is asked after each silence.
MAX_SILENCE, ANSWER_WITHIN = 30.0, 10.0
logger = logging.getLogger(__name__)


class PostgresWakeups:
    """Listens on a connection of its own. Behind a pooler that does not pass LISTEN on, the regular look remains.

    Args:
        url: SQLAlchemy's, with the driver psycopg.
    """

    def __init__(self, url: str) -> None:
        self._url, self._times = url.replace("postgresql+psycopg://", "postgresql://", 1), connect_arguments(url)
        self._connect = connector(ANSWER_WITHIN)

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever something may be due, and after every new connection; until cancelled."""
        while True:
            try:
                await self._listen(wake)
            except (psycopg.Error, OSError) as error:
                logger.info("LISTEN: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen(self, wake: Callable[[], None]) -> None:
        async with await self._connect(self._url, autocommit=True, **self._times) as connection:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            wake()
            while True:
                async for _ in connection.notifies(timeout=MAX_SILENCE):
                    wake()
                await connection.execute("SELECT 1")
