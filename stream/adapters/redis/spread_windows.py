"""Windows that are spread over several hash tags, by series, so that a cluster's nodes share them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from stream.adapters.redis.client import Client
from stream.adapters.redis.count_script import KEEP_SECONDS, rows_by_shard
from stream.adapters.redis.layout import Layout, LayoutGuard
from stream.adapters.redis.window_store import RedisWindowStore
from stream.concurrency import on_all
from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.independence import WindowMember
from stream.pipeline.windows.store import Change

T = TypeVar("T")


class ShardStore(RedisWindowStore):
    """The shard ``at`` of a layout: of the documents that are added it counts the series that it holds."""

    def __init__(self, client: Client, layout: Layout, at: int, keep_seconds: int) -> None:
        super().__init__(client, layout.parts[at], keep_seconds)
        self._layout, self._at = layout, at
        self.at_once *= layout.shards  # hashes, each of so many times fewer series

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Count each document that was not counted here before; see the port."""
        return await self.add_rows(rows_by_shard(contributions, self._layout)[self._at], progress)


class ControlStore(RedisWindowStore):
    """Progress alone, of documents that the shards count."""

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Move the progress on; see the port."""
        return await super().add((), progress, pace)


class SpreadWindowStore:
    """The port :class:`stream.pipeline.windows.store.WindowStore` over the shards of a layout.

    Each shard is a store of its own, which sees every document and counts those series that it holds: what it holds of
    them is what one store for all would hold. Progress moves last, when all shards have answered.

    Args:
        layout: of two shards or more.
        keep_seconds: as of the store of one.
    """

    def __init__(self, client: Client, layout: Layout, keep_seconds: int = KEEP_SECONDS) -> None:
        self._layout, self._guard = layout, LayoutGuard(client, layout)
        self._shards = [ShardStore(client, layout, at, keep_seconds) for at in range(layout.shards)]
        self._control = ControlStore(client, layout.control, keep_seconds)

    @property
    def parts(self) -> tuple[RedisWindowStore, ...]:
        """The control and the shards, in the order of the names of the layout: what may be set back alone."""
        return self._control, *self._shards

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Count each document once in each of its series; see the port.

        Some shards may have counted what others have not, where this fails. Then event time has not moved, and the same
        again counts it where it is missing.
        """
        rows = rows_by_shard(contributions, self._layout)
        added = await on_all(shard.add_rows(part, progress) for shard, part in zip(self._shards, rows, strict=True))
        await self._control.add(contributions, progress, pace)
        return max(added)

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of minutes; see the port."""
        wanted = list(minutes)
        return _merged(await on_all(shard.minutes(wanted) for shard in self._shards))

    async def counts(self, first: int, last: int, step: int) -> Counts:
        """Return the independent documents by ``step`` minutes; see the port."""
        # One after the other: as many round trips, and as much at once, as of one store for all.
        parts = [await shard.counts(first, last, step) for shard in self._shards]
        documents, negatives, positives = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("documents", "negatives", "positives")
        )
        heard = np.logical_or.reduce([part.heard for part in parts if part.heard is not None])
        names = tuple(name for part in parts for name in part.names)
        return Counts(names, parts[0].first, documents, negatives, positives, heard, step)

    async def window(self, first: int, last: int) -> dict[str, Bucket]:
        """Return the rolling window of every series; see the port."""
        parts = await on_all(shard.window(first, last) for shard in self._shards)
        return {series: bucket for part in parts for series, bucket in part.items()}

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come in all shards. Raises StoreError for another layout, too."""
        await self._guard.hold()
        return await self._control.progress()

    async def event_time(self) -> EventTime:
        """Return all that event time follows from, as of one moment; see the port."""
        return await self._control.event_time()

    async def complete(self) -> str | None:
        """Return the marks of all shards; see the port."""
        await self._guard.hold()
        marks = await on_all(part.complete() for part in (self._control, *self._shards))
        found = [mark for mark in marks if mark is not None]
        return " ".join(found) if len(found) == len(marks) else None

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of a span of minutes; see the port."""
        return await self._of(series).evidence(series, first, last)

    async def pool(self, minutes: Iterable[int]) -> dict[int, dict[str, list[Evidence]]]:
        """Return the evidence of minutes; see the port."""
        wanted = list(minutes)
        return _merged(await on_all(shard.pool(wanted) for shard in self._shards))

    async def members(self, series: str, first: int, last: int) -> list[WindowMember]:
        """Return the documents of a span of minutes, each with its weight; see the port."""
        return await self._of(series).members(series, first, last)

    async def late(self, minutes: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for each of ``minutes``; see the port."""
        wanted = list(minutes)
        return _merged(await on_all(shard.late(wanted) for shard in self._shards))

    async def minutes_and_late(
        self, minutes: Iterable[int]
    ) -> tuple[dict[int, dict[str, Bucket]], dict[int, dict[str, int]]]:
        """Return the buckets and who came late of minutes, of each series of one generation; see the port."""
        wanted = list(minutes)
        parts = await on_all(shard.minutes_and_late(wanted) for shard in self._shards)
        return _merged([counted for counted, _ in parts]), _merged([late for _, late in parts])

    async def changed(self, limit: int) -> dict[int, Change]:
        """Return minutes that changed since they were settled, the longest waiting ones; see the port."""
        listed = await on_all(shard.changed(limit) for shard in self._shards)
        places = [(place, minute) for part in listed for place, minute in enumerate(part)]
        minutes = list(dict.fromkeys(minute for _, minute in sorted(places)))[:limit]
        if not minutes:
            return {}
        numbers = await on_all(shard.changes(minutes) for shard in self._shards)
        return dict(zip(minutes, zip(*numbers, strict=True), strict=True))

    async def changes_since(self, change: Change | None) -> tuple[Change, int | None]:
        """Return the last change of each shard, and the oldest minute that has changed in any; see the port."""
        before = [None] * len(self._shards) if change is None else [(number,) for number in change]
        found = await on_all(shard.changes_since(one) for shard, one in zip(self._shards, before, strict=True))
        minutes = [oldest for _, oldest in found if oldest is not None]
        return tuple(number for (number,), _ in found), min(minutes, default=None)

    async def settle(self, changed: Mapping[int, Change]) -> None:
        """Take minutes off the list of the changed; see the port.

        Every shard is told, also one that had nothing new when it was read: who read it later may have written first.
        """
        await on_all(
            shard.settle({minute: (change[place],) for minute, change in changed.items()})
            for place, shard in enumerate(self._shards)
        )

    def _of(self, series: str) -> RedisWindowStore:
        return self._shards[self._layout.shard_of(series)]


def _merged(parts: Iterable[Mapping[int, Mapping[str, T]]]) -> dict[int, dict[str, T]]:
    """Return what shards hold of minutes as one; no series is in two of them."""
    merged: dict[int, dict[str, T]] = {}
    for part in parts:
        for minute, row in part.items():
            merged.setdefault(minute, {}).update(row)
    return merged
