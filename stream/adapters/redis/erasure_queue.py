"""Texts that are to go, in Redis or Valkey: which they are, and the evidence of the windows without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from stream.adapters.redis.client import Client, Script, redis_errors
from stream.pipeline.documents.erasure import Erasure
from stream.pipeline.units import DAY

# Seconds after which a text is looked for once more: by then what was counted is projected, see the stage withdraw.
AGAIN_AFTER = 30
# Keys, behind the prefix:
#   erasures    sorted set: JSON of an erasure -> the second from which it is due; 0 the first time
# By the server's clock, as all that workers share.
DUE = """
local now = tonumber(redis.call('TIME')[1])
return redis.call('ZRANGEBYSCORE', KEYS[1] .. ':erasures', '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
"""
# ARGV[1]: seconds; then of each what it is and whether that was the second time.
DONE = """
local now = tonumber(redis.call('TIME')[1])
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '1' then redis.call('ZREM', KEYS[1] .. ':erasures', ARGV[i])
  else redis.call('ZADD', KEYS[1] .. ':erasures', 'XX', now + tonumber(ARGV[1]), ARGV[i]) end
end
"""
# ARGV: of each list its hash, its series, what it was when it was read, and what it is to be. One that has changed
# meanwhile is left alone, and counted.
REPLACE = """
local changed = 0
for i = 1, #ARGV, 4 do
  if redis.call('HGET', ARGV[i], ARGV[i + 1]) ~= ARGV[i + 2] then changed = changed + 1
  elseif ARGV[i + 3] == '' then redis.call('HDEL', ARGV[i], ARGV[i + 1])
  else redis.call('HSET', ARGV[i], ARGV[i + 1], ARGV[i + 3]) end
end
return changed
"""
TRIES = 10  # a minute that documents still come to changes between two looks, now and then
_entries = msgspec.msgpack.Decoder(list[list[Any]])  # of each a number, JSON, and the story


class _Named(msgspec.Struct):
    id: str


class RedisErasureQueue:
    """The port :class:`stream.pipeline.documents.erasure.ErasureQueue`.

    Args:
        name: as of the window store, from whose evidence texts are taken.
        parts: the names of the shards where windows are spread.
    """

    def __init__(self, client: Client, name: str = "bellwether", parts: Sequence[str] = ()) -> None:
        self._client, self._prefix = client, f"{{{name}}}"
        self._parts = [f"{{{part}}}" for part in parts] or [self._prefix]
        self._due, self._done, self._replace = (Script(client, text) for text in (DUE, DONE, REPLACE))

    async def note(self, erasures: Sequence[Erasure]) -> None:
        """Remember what is to go; see the port."""
        async with redis_errors("note what is to be erased"):
            members = {msgspec.json.encode(item): 0 for item in erasures}
            await self._client.zadd(f"{self._prefix}:erasures", cast(Any, members), nx=True)

    async def due(self, limit: int) -> list[tuple[Erasure, bool]]:
        """Return some that are due; see the port."""
        async with redis_errors("say what is to be erased"):
            flat = cast(list[bytes], await self._due(keys=[self._prefix], args=[limit]))
        return [
            (msgspec.json.decode(member, type=Erasure), float(score) > 0)
            for member, score in zip(flat[::2], flat[1::2], strict=True)
        ]

    async def done(self, erasures: Sequence[tuple[Erasure, bool]]) -> None:
        """Forget them, or have them come again; see the port."""
        arguments: list[Any] = [AGAIN_AFTER]
        for item, again in erasures:
            arguments += [msgspec.json.encode(item), int(again)]
        async with redis_errors("forget what was erased"):
            await self._done(keys=[self._prefix], args=arguments)

    async def remove(self, minutes: Mapping[str, frozenset[int]]) -> int:
        """Take documents out of the evidence; see the port."""
        by_minute: dict[int, set[str]] = {}
        for document, found in minutes.items():
            for minute in found:
                by_minute.setdefault(minute, set()).add(document)
        async with redis_errors("erase evidence"):
            return sum([await self._remove_from(part, by_minute) for part in self._parts])

    async def _remove_from(self, part: str, by_minute: Mapping[int, set[str]]) -> int:
        generations = await self._generations(part)
        keys = [
            (f"{part}:{minute // DAY}.{generation}:evidence:{minute}", ids)
            for minute, ids in sorted(by_minute.items())
            for generation in generations(minute // DAY)
        ]
        return sum([await self._remove(part, key, ids) for key, ids in keys])

    async def _generations(self, part: str) -> Any:
        """Return a function that gives the generations of a day: the one that counts, and one that is being built."""
        days, building = [
            cast(dict[bytes, bytes], await self._client.hgetall(f"{part}:{name}")) for name in ("days", "building")
        ]

        def generations(day: int) -> set[str]:
            key = str(day).encode()
            built = building.get(key) or building.get(b"*")
            return {days.get(key, b"0").decode(), *([built.decode()] if built else [])}

        return generations

    async def _remove(self, part: str, key: str, ids: set[str]) -> int:
        for _ in range(TRIES):
            lists = cast(dict[bytes, bytes], await self._client.hgetall(key))
            arguments: list[Any] = []
            removed = 0
            for series, stored in lists.items():
                entries = _entries.decode(stored)
                kept = [entry for entry in entries if msgspec.json.decode(entry[1], type=_Named).id not in ids]
                if len(kept) < len(entries):
                    removed += len(entries) - len(kept)
                    arguments += [key, series, stored, msgspec.msgpack.encode(kept) if kept else b""]
            if not arguments or not await self._replace(keys=[part], args=arguments):
                return removed
        return 0  # it is due once more
