"""Stage ``guard``: notices that Redis has lost the windows, or a part of them, and makes them whole from the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import BrokerError, StoreError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.progress.liveness import OffsetReader, Offsets
from stream.pipeline.windows.rebuild import RebuildStore
from stream.worker.continuity import Continuity
from stream.worker.window_rebuild import rebuild_windows

# Whatever a batch added is committed this many seconds later: Faust commits each second. So offsets that were committed
# so long after the server's last start tell all that had been added before it.
COMMITTED_WITHIN = 5.0
# Seconds between looks where the server has not been started anew. Each asks the broker for offsets; a server that went
# back without a start, as by hand, is noticed so much later.
LOOK_EVERY = 10.0
logger = logging.getLogger(__name__)


class Guard:
    """Stage ``guard``: windows that are gone, or older than what was committed, are put right from the log.

    Args:
        offsets: a reader, and the group of the stage aggregate. Where its log has never held a record the stream is
            new; that the group has committed nothing says little, since a broker forgets groups that are long away.
        keep: how far back the log is read where the windows are gone.
        steady: seconds of a clock that only goes on.
    """

    name = "guard"

    def __init__(
        self,
        continuity: Continuity,
        store: RebuildStore,
        offsets: tuple[OffsetReader, str],
        keep: timedelta,
        clock: Clock = utc_now,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self._continuity, self._store = continuity, store
        self._clock, self._keep, self._steady = clock, keep, steady
        self._offsets, self._group = offsets
        self._doubtful: tuple[str, float] | None = None  # a run of the server that is not sure, and since when
        self._looked_at = float("-inf")

    async def tick(self) -> bool:
        """Look whether all that was counted is there, and add what is missing."""
        if await self._store.sweep():
            logger.warning("a rebuild has died; what it was building is forgotten, begin it again")
        if await self._store.emptied():
            await self._rebuild()
        else:
            await self._look()
        return False

    async def _rebuild(self) -> None:
        """Build the windows anew where the store is empty; where the stream is new, note that nothing is missing."""
        offsets = await self._committed()
        if offsets.missing:
            return  # Nobody can say yet what the log holds.
        if offsets.committed + offsets.lag == 0:
            await self._continuity.begin(_by_partition(offsets))
            await self._store.mark()
            return
        logger.warning("Redis has lost the windows; they are rebuilt from the log")
        since = milliseconds(self._clock() - self._keep)
        rebuilt = await rebuild_windows(self._continuity.source, self._store, None, since, self._continuity.stories)
        if rebuilt is not None:
            await self._continuity.begin(_by_partition(offsets))
            metrics.REBUILDS.inc()
            logger.warning("rebuilt: %d documents of %d days", rebuilt.documents, len(rebuilt.days))

    async def _look(self) -> None:
        """See whether the store has all that was committed; a new run of the server counts only when it has."""
        server, now = await self._continuity.server_run(), self._steady()
        if server.sure:
            self._doubtful = None
            if now - self._looked_at < LOOK_EVERY:
                return
        elif self._doubtful is None or self._doubtful[0] != server.run:
            self._doubtful = server.run, now
        since, self._looked_at = self._doubtful[1] if self._doubtful else None, now
        try:
            counted = _by_partition(await self._committed())
        except BrokerError:
            if since is not None:
                raise
            return  # The health check, which reads the offsets too, reports it; other stages can go on.
        if since is not None:
            # What one part of the windows has all of them had, committed or not; so has the control, with its proofs.
            for partition, offset in (await self._continuity.reached()).items():
                counted[partition] = max(offset, counted.get(partition, 0))
        if await self._continuity.catch_up(counted):
            return
        if since is not None and now - since >= COMMITTED_WITHIN:
            await self._continuity.confirm(server.run)

    async def _committed(self) -> Offsets:
        return (await asyncio.to_thread(self._offsets.read))[self._group]

    async def check(self) -> None:
        """Raise StoreError while the windows are not complete."""
        counted = await self._store.rebuilding()
        if await self._store.emptied():
            if counted is None:
                raise StoreError(
                    "Redis holds no windows; if documents were counted before, they are rebuilt from the log"
                )
            raise StoreError(
                f"Redis had lost the windows; they are being rebuilt from the log, {counted} documents so far"
            )
        if not (await self._continuity.server_run()).sure:
            raise StoreError("Redis was started again; it is being looked whether it still holds all that was counted")


def _by_partition(offsets: Offsets) -> dict[int, int]:
    return {partition.number: position.committed or 0 for partition, position in offsets.partitions.items()}
