"""Where the windows of a deployment lie: under one hash tag, or spread over several, its shards, by series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from typing import cast
from zlib import crc32

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from stream.adapters.redis.client import Client, Script, redis_errors
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


def _refusal(wanted: int, chosen: int | str) -> str:
    return (
        f"setting 'shards' (BELLWETHER_SHARDS): {wanted}, but the windows in Redis are kept in {chosen}; give all "
        "workers and commands the same number, or move the windows: `bellwether shards move` (docs/windows.md, "
        "'Over several nodes')"
    )


# Part of scripts of windows in one place: it ends them where the windows of the deployment are spread. (No shard has
# such a key behind its own prefix.)
IN_ONE_PLACE = f"""
local shards = redis.call('GET', KEYS[1] .. ':layout')
if shards and shards ~= '1' then return redis.error_reply((string.gsub([[{_refusal(1, "@")}]], '@', shards))) end
"""
# What else a layout has of a time when it was in use before, which counts no more when it is chosen again.
OF_BEFORE = ("days", "progress", "reached", "changed", "retired", "building", "built", "rebuild", "switching")


# A key that has this value still.
FORGET = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class LayoutGuard:
    """Sees to it that all who share a Redis agree on the layout: it is chosen once, where there is nothing yet.

    Keys, behind ``{name}``:
      layout    how many shards; not there where windows were never spread
    """

    def __init__(self, client: Client, layout: Layout) -> None:
        self._client, self._layout = client, layout
        self._root, self._forget_value = f"{{{layout.name}}}", Script(client, FORGET)

    async def hold(self) -> None:
        """Choose this layout if nothing was chosen and nothing was counted; see :meth:`check`."""
        if await self.check() is not None or self._layout.shards == 1:
            return
        async with redis_errors("say how the windows are spread"):
            marks = await self._marks()
        if await self.check() is None:
            async with redis_errors("say how the windows are spread"):
                # What is left of a time when this layout was in use before is not complete. Only what was there while
                # nothing was chosen: others choose at the same time, and may have marked it as complete by now.
                for key, value in marks.items():
                    await self._forget_value(keys=[key], args=[value])
                await self._client.set(f"{self._root}:layout", self._layout.shards, nx=True)
            await self.check()

    async def check(self) -> int | None:
        """Return :meth:`chosen`. Raises StoreError where it is another number than that of this layout."""
        chosen = await self.chosen()
        if chosen is not None and chosen != self._layout.shards:
            raise StoreError(_refusal(self._layout.shards, chosen))
        return chosen

    async def chosen(self) -> int | None:
        """Return in how many shards the windows are kept; None where nothing was counted yet."""
        async with redis_errors("say how the windows are spread"):
            chosen = cast(bytes | None, await self._client.get(f"{self._root}:layout"))
            if chosen is not None:
                return int(chosen)
            counted = await self._client.exists(f"{self._root}:complete", f"{self._root}:days")
        return 1 if counted else None

    async def move(self) -> int | None:
        """Choose this layout in place of another one, and return that; None where it is this one, or none is chosen.

        The windows then count as lost. Who has another number refuses to count, and who has this one rebuilds them.
        """
        chosen = await self.chosen()
        if chosen in (None, self._layout.shards):
            return None
        async with redis_errors("move the windows"):
            # Until it is chosen nobody counts in it, so nothing of now is forgotten.
            await self._forget("complete", "sure", *OF_BEFORE)
            await self._client.set(f"{self._root}:layout", self._layout.shards)
        return chosen

    async def _marks(self) -> dict[str, bytes]:
        """Return what says that the windows of this layout are complete, by key."""
        keys = [f"{{{name}}}:{key}" for name in self._layout.all for key in ("complete", "sure")]
        found = [cast(bytes | None, await self._client.get(key)) for key in keys]
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

    async def _forget(self, *keys: str) -> None:
        for name in self._layout.all:
            await self._client.delete(*(f"{{{name}}}:{key}" for key in keys))


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
