"""The stores of a deployment on Redis or Valkey, of windows that lie in one place or are spread."""

from __future__ import annotations

from dataclasses import dataclass

from stream.adapters.redis.client import Client, answers
from stream.adapters.redis.continuity_store import RedisContinuityStore
from stream.adapters.redis.count_script import KEEP_SECONDS
from stream.adapters.redis.erasure_queue import RedisErasureQueue
from stream.adapters.redis.history import RedisHeldHistory
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.memory import Memory, memory_of
from stream.adapters.redis.proof_store import RedisProofStore
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.spread_rebuild import SpreadRebuildStore
from stream.adapters.redis.spread_windows import SpreadWindowStore
from stream.adapters.redis.story_store import RedisStoryStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.concurrency import on_all
from stream.pipeline.windows.continuity import ContinuityStore
from stream.pipeline.windows.rebuild import RebuildStore
from stream.pipeline.windows.store import WindowStore


@dataclass(frozen=True)
class RedisStores:
    """Makes the stores.

    Args:
        client: of :func:`stream.adapters.redis.client.client_of`.
        layout: the deployment's name, and into how many shards its windows are spread.
        keep_seconds: how long ids, stories and minutes are kept after they were last written, by the server's clock.
    """

    client: Client
    layout: Layout
    keep_seconds: int = KEEP_SECONDS

    def windows(self) -> WindowStore:
        """Return the windows."""
        return self._windows()

    def parts(self) -> list[tuple[WindowStore, ContinuityStore]]:
        """Return the parts of the windows that may be set back alone, each with how far it was added; control last."""
        windows = self._windows()
        parts = windows.parts if isinstance(windows, SpreadWindowStore) else (windows,)
        found = reversed(list(zip(parts, self.layout.all, strict=True)))
        return [(part, RedisContinuityStore(self.client, name)) for part, name in found]

    def rebuilds(self) -> RebuildStore:
        """Return where windows are built beside those that count."""
        if self.layout.shards == 1:
            return RedisRebuildStore(self.client, self.layout.name, self.keep_seconds)
        return SpreadRebuildStore(self.client, self.layout, self.keep_seconds)

    def proofs(self) -> RedisProofStore:
        """Return the proofs of what was read."""
        return RedisProofStore(self.client, self.layout.control)

    def stories(self) -> RedisStoryStore:
        """Return the stories, which are not spread: each batch is compared with all that were told before."""
        return RedisStoryStore(self.client, self.layout.name, self.keep_seconds)

    def erasures(self) -> RedisErasureQueue:
        """Return the texts that are to go."""
        return RedisErasureQueue(self.client, self.layout.name, self.layout.parts)

    def history(self) -> RedisHeldHistory:
        """Return what the windows hold of the past."""
        return RedisHeldHistory(self.client, self.layout.name, self.layout.parts)

    async def answer(self) -> None:
        """Return when the servers of all parts answer. Raises StoreError."""
        await on_all(answers(self.client, name) for name in {self.layout.name, *self.layout.all})

    async def memory(self) -> Memory:
        """Return the memory of the server that has the least left for this deployment. Raises StoreError."""
        found = await on_all(memory_of(self.client, name) for name in {self.layout.name, *self.layout.all})
        return max(found, key=lambda memory: memory.share)

    def _windows(self) -> RedisWindowStore | SpreadWindowStore:
        if self.layout.shards == 1:
            return RedisWindowStore(self.client, self.layout.name, self.keep_seconds)
        return SpreadWindowStore(self.client, self.layout, self.keep_seconds)
