"""Notices that Redis has lost the windows, and rebuilds them from the log."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from stream import metrics
from stream.errors import StoreError
from stream.pipeline.documents import milliseconds
from stream.pipeline.liveness import OffsetReader
from stream.pipeline.rebuild import RebuildStore
from stream.pipeline.stories import StoryStore
from stream.rebuild import Source, rebuild
from stream.stages.clock import Clock, utc_now

logger = logging.getLogger(__name__)


class Guard:
    """Stage ``guard``: windows that are gone although documents were counted are rebuilt from the log.

    Args:
        offsets: a reader, and the group of the stage aggregate. Where its log has never held a record the stream is
            new; that the group has committed nothing says little, since a broker forgets groups that are long away.
        keep: how far back the log is read.
    """

    name = "guard"

    def __init__(
        self,
        source: Source,
        stores: tuple[RebuildStore, StoryStore],
        offsets: tuple[OffsetReader, str],
        keep: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._source, self._clock, self._keep = source, clock, keep
        self._store, self._stories = stores
        self._offsets, self._group = offsets

    async def tick(self) -> bool:
        """Look, and rebuild where nothing is left."""
        if await self._store.sweep():
            logger.warning("a rebuild has died; what it was building is forgotten, begin it again")
        if not await self._store.emptied():
            return False
        offsets = await asyncio.to_thread(self._offsets.read)
        if offsets[self._group].missing:
            return False  # Nobody can say yet what the log holds.
        if offsets[self._group].committed + offsets[self._group].lag == 0:
            await self._store.mark()
            return False
        logger.warning("Redis has lost the windows; they are rebuilt from the log")
        since = milliseconds(self._clock() - self._keep)
        rebuilt = await rebuild(self._source, self._store, None, since, self._stories)
        if rebuilt is not None:
            metrics.REBUILDS.inc()
            logger.warning("rebuilt: %d documents of %d days", rebuilt.documents, len(rebuilt.days))
        return False

    async def check(self) -> None:
        """Raise StoreError while the windows are not complete."""
        counted = await self._store.rebuilding()
        if not await self._store.emptied():
            return
        if counted is None:
            raise StoreError("Redis holds no windows; if documents were counted before, they are rebuilt from the log")
        raise StoreError(f"Redis had lost the windows; they are being rebuilt from the log, {counted} documents so far")
