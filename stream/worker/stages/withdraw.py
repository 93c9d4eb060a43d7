"""Texts that are to go are taken out of the stores: of documents that their sources withdrew, or somebody erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream.clocks import Clock, utc_now
from stream.pipeline.documents.erasure import Erasure, ErasureQueue, ErasureStore
from stream.pipeline.units import MINUTE_MS

AT_ONCE = 200  # documents of one transaction
REASON = "withdrawn at its source"


class Withdraw:
    """Does what the log says of texts that are to go.

    Twice, some time apart: between the two, all is projected that was counted before, and an alert that was being
    decided on has its evidence.
    """

    name = "withdraw"

    def __init__(self, queue: ErasureQueue, store: ErasureStore, clock: Clock = utc_now) -> None:
        self._queue, self._store, self._clock = queue, store, clock

    async def tick(self) -> bool:
        """Erase some; True when there may be more of them."""
        due = await self._queue.due(AT_ONCE)
        if not due:
            return False
        erasures = [item for item, _ in due]
        erased = await self._store.erase(erasures, REASON, self._clock())
        await self._queue.remove(minutes_of(erasures, erased.minutes))
        await self._queue.done(due)
        return len(due) == AT_ONCE


def minutes_of(erasures: Sequence[Erasure], known: Mapping[str, frozenset[int]]) -> dict[str, frozenset[int]]:
    """Return the minutes in which each document may stand: those of its time, and those where it was found."""
    minutes: dict[str, frozenset[int]] = {}
    for item in erasures:
        at = frozenset[int]() if item.millisecond is None else frozenset({item.millisecond // MINUTE_MS})
        minutes[item.id] = minutes.get(item.id, frozenset()) | at | known.get(item.id, frozenset())
    return minutes
