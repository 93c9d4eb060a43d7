"""What the windows in Redis or Valkey hold of the past: which documents count, and which hours are still there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from stream.adapters.redis.client import Client, redis_errors
from stream.concurrency import on_all
from stream.pipeline.units import DAY_MS
from stream.pipeline.windows.independence import digest

HOURS = 24  # of a day


class RedisHeldHistory:
    """The port :class:`stream.pipeline.windows.history.HeldHistory` on a Redis 6.2+ or Valkey server.

    Args:
        name: as of the window store, whose keys it reads; add.lua says what they are.
        parts: the names of the shards where windows are spread.
    """

    def __init__(self, client: Client, name: str = "bellwether", parts: Sequence[str] = ()) -> None:
        self._client, self._prefix = client, f"{{{name}}}"
        self._parts = [f"{{{part}}}" for part in parts] or [self._prefix]

    async def counted(self, documents: Sequence[tuple[str, int]]) -> list[bool]:
        """Say which documents count already, everywhere; see the port."""
        found = await on_all(self._counted(part, documents) for part in self._parts)
        return [all(answers) for answers in zip(*found, strict=True)]

    async def holds(self, hours: Sequence[int]) -> list[bool]:
        """Say which hours are there; see the port."""
        found = await on_all(self._holds(part, hours) for part in self._parts)
        return [any(answers) for answers in zip(*found, strict=True)]

    async def _counted(self, part: str, documents: Sequence[tuple[str, int]]) -> list[bool]:
        generations = await self._generations(part)
        async with redis_errors("say what is counted"), self._client.pipeline(transaction=False) as pipe:
            for name, millisecond in documents:
                key = digest(name)
                pipe.sismember(f"{_day(part, millisecond // DAY_MS, generations)}:seen:{key[0]}", key)
            return [bool(answer) for answer in await pipe.execute()]

    async def _holds(self, part: str, hours: Sequence[int]) -> list[bool]:
        generations = await self._generations(part)
        async with redis_errors("say which hours are there"), self._client.pipeline(transaction=False) as pipe:
            for hour in hours:
                pipe.exists(f"{_day(part, hour // HOURS, generations)}:sixty:{hour}")
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

    async def _generations(self, part: str) -> dict[int, str]:
        async with redis_errors("return the days"):
            stored = cast(dict[bytes, bytes], await self._client.hgetall(f"{part}:days"))
        return {int(day): generation.decode() for day, generation in stored.items()}


def _day(part: str, day: int, generations: dict[int, str]) -> str:
    return f"{part}:{day}.{generations.get(day, '0')}"
