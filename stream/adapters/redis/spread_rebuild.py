"""A rebuild of windows that are spread: in each shard beside those that count, and taken over by all or by none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import uuid4

import msgspec

from stream.adapters.redis.client import Client, Script, redis_errors
from stream.adapters.redis.count_script import KEEP_SECONDS, rows_by_shard
from stream.adapters.redis.layout import FORGET, Layout, LayoutGuard
from stream.adapters.redis.rebuild_store import BEGUN_ANEW, RedisRebuildStore
from stream.concurrency import on_all
from stream.errors import StoreError
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.contribution import Contribution

# Key, behind the prefix of the control:
#   switching    JSON of a Switch: all shards were built, and each is to take over what it has built. It is set before
#     the first of them does and gone when the last one has; who finds it does what is left.


class Switch(msgspec.Struct, frozen=True):
    """What stands under ``switching``; ``generations`` are those of all parts, that of the control last."""

    mark: str
    generations: tuple[str, ...]
    days: tuple[int, ...]
    progress: dict[str, Progress]


class SpreadRebuildStore:
    """The port :class:`stream.pipeline.windows.rebuild.RebuildStore` over the shards of a layout.

    Args: as of :class:`stream.adapters.redis.spread_windows.SpreadWindowStore`.
    """

    def __init__(self, client: Client, layout: Layout, keep_seconds: int = KEEP_SECONDS) -> None:
        self._client, self._layout, self._guard = client, layout, LayoutGuard(client, layout)
        # The control counts nothing: its lock is that of the whole, taken first and given back last.
        self._control = RedisRebuildStore(client, layout.control, keep_seconds)
        self._shards = [RedisRebuildStore(client, name, keep_seconds) for name in layout.parts]
        self._key, self._forget = f"{{{layout.control}}}:switching", Script(client, FORGET)
        self._begun = False  # to switch

    async def begin(self, days: Sequence[int] | None) -> bool:
        """Begin to build; see the port."""
        await self._guard.hold()
        await self._finish()
        self._begun = False
        if not await self._control.begin(days):
            return False
        begun = await on_all(shard.begin(days) for shard in self._shards)
        if all(begun):
            return True
        own = [shard for shard, is_ours in zip(self._shards, begun, strict=True) if is_ours]
        await on_all(part.abandon() for part in (*own, self._control))
        return False

    async def count(self, contributions: Sequence[Contribution]) -> int:
        """Add to what is being built; see the port."""
        rows = rows_by_shard(contributions, self._layout)
        await self._control.count(())
        added = await on_all(shard.count_rows(part) for shard, part in zip(self._shards, rows, strict=True))
        return max(added)

    async def switch(self, progress: Mapping[str, Progress]) -> list[int]:
        """Let what was built count from now on; see the port.

        A reader may see one shard before it and another one after it, never one of them in between. It is done in the
        end, whoever dies meanwhile.
        """
        days = await self._shards[0].built()  # each of them sees all documents
        generations = tuple(part.generation for part in (*self._shards, self._control))
        switch = Switch(uuid4().hex, generations, tuple(days), dict(progress))
        async with redis_errors("switch to what was rebuilt"):
            self._begun = True
            await self._client.set(self._key, msgspec.json.encode(switch))
        if not await self._run(switch):
            raise StoreError(BEGUN_ANEW)
        return days

    async def abandon(self) -> None:
        """Forget what was being built; what some shards count already all of them shall."""
        if self._begun and await self._pending() is not None:
            return
        await on_all(part.abandon() for part in (*self._shards, self._control))

    async def sweep(self) -> bool:
        """Forget what a rebuild that has died was building, and finish one that died at the very end; see the port."""
        await self._finish()
        swept = await on_all(part.sweep() for part in (self._control, *self._shards))
        return any(swept)

    async def emptied(self) -> bool:
        """Whether a shard has never been marked, or has lost all; see the port."""
        await self._guard.hold()
        return any(await on_all(part.emptied() for part in (self._control, *self._shards)))

    async def mark(self) -> None:
        """Remember that what is here is complete; see the port."""
        await self._guard.hold()
        await on_all(part.mark() for part in (self._control, *self._shards))

    async def rebuilding(self) -> int | None:
        """Return how many documents a rebuild under way has counted; see the port."""
        return await self._shards[0].rebuilding()

    async def _pending(self) -> Switch | None:
        async with redis_errors("say how far a rebuild is"):
            stored = cast(bytes | None, await self._client.get(self._key))
        return None if stored is None else msgspec.json.decode(stored, type=Switch)

    async def _finish(self) -> None:
        """Do what somebody who is at it, or has died, was to do; all of it may be done by several at once."""
        if (switch := await self._pending()) is not None:
            await self._run(switch)

    async def _run(self, switch: Switch) -> bool:
        """Switch every part; one that has switched already, or has begun another rebuild since, does nothing.

        Return whether none has begun another one.
        """
        *generations, last = switch.generations
        taken = await on_all(
            shard.take_over(switch.progress, generation)
            for shard, generation in zip(self._shards, generations, strict=True)
        )
        taken.append(await self._control.take_over(switch.progress, last))
        async with redis_errors("switch to what was rebuilt"):
            await self._forget(keys=[self._key], args=[msgspec.json.encode(switch)])
        return None not in taken
