"""Files that people edit while the worker runs: read when they change, refused when they are wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from stream import metrics
from stream.errors import SettingsError

logger = logging.getLogger(__name__)


class Reload:
    """Takes a changed file without a restart; a wrong one is refused, in the log and in the metrics.

    Args:
        name: of what stands in the file: watchlist, rules, routes, tokens.
        refresh: reads it again if it changed; raises SettingsError when it is wrong.
        size: how many entries are in use.
        stays: says what of a refused file is in use.
    """

    def __init__(
        self, name: str, refresh: Callable[[], bool], size: Callable[[], int], stays: str = "what was in use stays"
    ) -> None:
        self.name, self._refresh, self._size, self._stays = name, refresh, size, stays
        metrics.FILE_ENTRIES.labels(name).set(size())

    async def tick(self) -> bool:
        """Read the file again if it changed. Returns False: the next look comes in its time."""
        try:
            if await asyncio.to_thread(self._refresh):
                metrics.FILE_ENTRIES.labels(self.name).set(self._size())
                metrics.FILE_READS.labels(self.name, "accepted").inc()
                logger.warning("%s: %d entries from now on", self.name, self._size())
        except SettingsError as error:
            self._refuse(str(error))
        except Exception as error:  # nothing that stands in a file may end the worker
            self._refuse(f"in a way that was not foreseen ({type(error).__name__})")
        return False

    def _refuse(self, reason: str) -> None:
        metrics.FILE_READS.labels(self.name, "refused").inc()
        metrics.FILE_ENTRIES.labels(self.name).set(self._size())
        logger.error("%s: refused, %s: %s", self.name, self._stays, reason)
