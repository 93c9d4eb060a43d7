"""What the windows in Redis or Valkey hold of the past: which documents count, and which hours are still there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from stream.adapters.redis.client import Client, redis_errors
from stream.pipeline.units import DAY_MS
from stream.pipeline.windows.independence import digest

HOURS = 24  # of a day


class RedisHeldHistory:
    """The port :class:`stream.pipeline.windows.history.HeldHistory` on a Redis 6.2+ or Valkey server.

    Args: as of the window store, whose keys it reads; add.lua says what they are.
    """

    def __init__(self, client: Client, name: str = "bellwether") -> None:
        self._client, self._prefix = client, f"{{{name}}}"

    async def counted(self, documents: Sequence[tuple[str, int]]) -> list[bool]:
        """Say which documents count already; see the port."""
        generations = await self._generations()
        async with redis_errors("say what is counted"), self._client.pipeline(transaction=False) as pipe:
            for name, millisecond in documents:
                key = digest(name)
                pipe.sismember(f"{self._day(millisecond // DAY_MS, generations)}:seen:{key[0]}", key)
            return [bool(answer) for answer in await pipe.execute()]

    async def holds(self, hours: Sequence[int]) -> list[bool]:
        """Say which hours are there; see the port."""
        generations = await self._generations()
        async with redis_errors("say which hours are there"), self._client.pipeline(transaction=False) as pipe:
            for hour in hours:
                pipe.exists(f"{self._day(hour // HOURS, generations)}:sixty:{hour}")
            return [bool(answer) for answer in await pipe.execute()]

    async def note_unlearned(self) -> None:
        """Remember that there is something to learn from; see the port."""
        async with redis_errors("remember what is to be learned"):
            await self._client.set(f"{self._prefix}:unlearned", 1)

    async def unlearned(self) -> bool:
        """Whether there is something to learn from; see the port."""
        async with redis_errors("say what is to be learned"):
            return bool(await self._client.exists(f"{self._prefix}:unlearned"))

    async def note_learned(self) -> None:
        """Remember that all was learned; see the port."""
        async with redis_errors("remember what was learned"):
            await self._client.delete(f"{self._prefix}:unlearned")

    def _day(self, day: int, generations: dict[int, str]) -> str:
        return f"{self._prefix}:{day}.{generations.get(day, '0')}"

    async def _generations(self) -> dict[int, str]:
        async with redis_errors("return the days"):
            stored = cast(dict[bytes, bytes], await self._client.hgetall(f"{self._prefix}:days"))
        return {int(day): generation.decode() for day, generation in stored.items()}
