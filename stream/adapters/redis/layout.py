"""Where the windows of a deployment lie: under one hash tag, or spread over several, its shards, by series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from typing import cast
from zlib import crc32

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from stream.adapters.redis.client import Client, redis_errors
from stream.errors import StoreError


@dataclass(frozen=True)
class Layout:
    """Into how many shards the windows of the deployment ``name`` are spread; with one, all is where it always was.

    No two numbers of shards have a key of windows in common, so windows of one layout never mix with those of another.
    """

    name: str
    shards: int = 1

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Names under which the windows' keys stand, one a shard, their slots spread evenly over all there are."""
        if self.shards == 1:
            return (self.name,)
        return tuple(_name_in(f"{self.name}/{self.shards}/{at}", at, self.shards) for at in range(self.shards))

    @property
    def control(self) -> str:
        """The name under which stands what belongs to no series: progress, proofs, and the lock of a rebuild."""
        return self.name if self.shards == 1 else f"{self.name}/{self.shards}"

    @property
    def all(self) -> tuple[str, ...]:
        """Every name under which something of the windows stands; that of the control is the first."""
        return self.parts if self.shards == 1 else (self.control, *self.parts)

    def shard_of(self, series: str) -> int:
        """Return the shard that holds ``series``: the same for all workers and versions."""
        return shard_of(series, self.shards)


class LayoutGuard:
    """Sees to it that all who share a Redis agree on the layout: it is chosen once, where there is nothing yet.

    Keys, behind ``{name}``:
      layout    how many shards; not there where windows are not spread
    """

    def __init__(self, client: Client, layout: Layout) -> None:
        self._client, self._layout = client, layout

    async def hold(self) -> None:
        """Choose this layout if nothing was chosen and nothing was counted; see :meth:`check`."""
        key, shards = f"{{{self._layout.name}}}:layout", self._layout.shards
        async with redis_errors("say how the windows are spread"):
            chosen = cast(bytes | None, await self._client.get(key))
            if chosen is None and shards > 1:
                await self._check_empty()
                # What is left of a time when this layout was in use before is not complete. Only that: another worker
                # may choose at the same time, and have begun to count by now.
                for name in self._layout.all:
                    await self._client.delete(f"{{{name}}}:complete", f"{{{name}}}:sure")
                await self._client.set(key, shards, nx=True)
                chosen = cast(bytes | None, await self._client.get(key))
        if int(chosen or 1) != shards:
            raise StoreError(_refusal(shards, int(chosen or 1)))

    async def _check_empty(self) -> None:
        root = f"{{{self._layout.name}}}"
        if await self._client.exists(f"{root}:complete", f"{root}:days"):
            raise StoreError(_refusal(self._layout.shards, 1))


def _refusal(wanted: int, chosen: int) -> str:
    return (
        f"setting 'shards' (BELLWETHER_SHARDS): {wanted}, but the windows in Redis are kept in {chosen}; give all "
        "workers and commands the same number, or move the windows (docs/windows.md, 'Over several nodes')"
    )


def shard_of(series: str, shards: int) -> int:
    """Return the shard, 0 to ``shards`` - 1, of a series.

    >>> [shard_of(name, 16) for name in ("topic:Macro", "entry:Tesla", "watchlist:all")]
    [12, 4, 15]
    """
    return crc32(series.encode(errors="replace")) % shards


@lru_cache(1024)
def _name_in(before: str, at: int, bands: int) -> str:
    """Return a name whose hash slot is in the band ``at`` of ``bands`` that share all slots: the first one that is."""
    first, last = (number * REDIS_CLUSTER_HASH_SLOTS // bands for number in (at, at + 1))
    names = (f"{before}.{number}" for number in count())
    return next(name for name in names if first <= key_slot(name.encode()) < last)
