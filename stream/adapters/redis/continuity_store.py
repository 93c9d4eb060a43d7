"""How far each partition of the log was added, in Redis or Valkey beside the windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from stream.adapters.redis.client import Client, Script, redis_errors
from stream.adapters.redis.count_script import BE_SURE, SURE
from stream.errors import StoreError
from stream.pipeline.windows.continuity import ServerRun

# Keys, behind the prefix:
#   reached    hash: partition of the log -> the first offset that was not added; '*' once all partitions are followed
#   sure       the run of the server in which nothing was missing, and since when that is known
# A partition that is not there was added from its first record on, once all are followed: nothing of it was added yet.
# Two workers may hold one partition for a moment, so an offset only ever grows.
REACH = """
local gap
local nothing = redis.call('HEXISTS', KEYS[1] .. ':reached', '*') == 1 and 0 or nil
for i = 1, #ARGV, 3 do
  local stored = tonumber(redis.call('HGET', KEYS[1] .. ':reached', ARGV[i]))
  local known = stored or nothing
  if known and known < tonumber(ARGV[i + 1]) then gap = ARGV[i]
  elseif not stored or known < tonumber(ARGV[i + 2]) then
    redis.call('HSET', KEYS[1] .. ':reached', ARGV[i], ARGV[i + 2])
  end
end
return gap
"""
# A store that was counted in before partitions were followed has no '*' yet, and holds what was committed.
BEHIND = """
local key, behind = KEYS[1] .. ':reached', {}
local followed = redis.call('HEXISTS', key, '*') == 1
redis.call('HSET', key, '*', 1)
for i = 1, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', key, ARGV[i]))
  if not known and not followed then
    redis.call('HSET', key, ARGV[i], ARGV[i + 1])
  elseif (known or 0) < tonumber(ARGV[i + 1]) then
    behind[#behind + 1] = ARGV[i]
    behind[#behind + 1] = tostring(known or 0)
    behind[#behind + 1] = ARGV[i + 1]
  end
end
if #behind > 0 then redis.call('DEL', KEYS[1] .. ':sure') end
return behind
"""
BEGIN = """
local key = KEYS[1] .. ':reached'
redis.call('HSET', key, '*', 1)
for i = 1, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', key, ARGV[i]))
  if not known or known < tonumber(ARGV[i + 1]) then redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
end
"""
STANDING = f"{SURE}return {{run, sure and 1 or 0}}"
CONFIRM = f"{SURE}if run == ARGV[1] then {BE_SURE} end"


class RedisContinuityStore:
    """The port :class:`stream.pipeline.windows.continuity.ContinuityStore` on a Redis 6.2+ or Valkey server.

    Args: as of the window store, whose keys it shares.
    """

    def __init__(self, client: Client, name: str = "bellwether") -> None:
        self._client, self._prefix = client, f"{{{name}}}"
        self._reach, self._behind = Script(client, REACH), Script(client, BEHIND)
        self._begin, self._standing = Script(client, BEGIN), Script(client, STANDING)
        self._confirm = Script(client, CONFIRM)

    async def missing(self, spans: Mapping[int, range]) -> dict[int, range]:
        """Return what was not added before each span; see the port."""
        if not spans:
            return {}
        async with redis_errors("say how far it was added"):
            asked = self._client.hmget(f"{self._prefix}:reached", ["*", *map(str, spans)])
            followed, *reached = await cast(Any, asked)
        known = [0 if offset is None and followed else offset for offset in reached]
        return {
            partition: range(int(offset), span.start)
            for (partition, span), offset in zip(spans.items(), known, strict=True)
            if offset is not None and int(offset) < span.start
        }

    async def reach(self, spans: Mapping[int, range]) -> None:
        """Remember that offsets were added; see the port."""
        arguments = [part for partition, span in spans.items() for part in (partition, span.start, span.stop)]
        async with redis_errors("remember how far it was added"):
            gap = await self._reach(keys=[self._prefix], args=arguments)
        if gap is not None:
            raise StoreError(f"Redis was set back while partition {int(gap)} of the log was added; it is added again")

    async def reached(self) -> dict[int, int]:
        """Return the first offset that was not added; see the port."""
        async with redis_errors("say how far it was added"):
            stored = cast(dict[bytes, bytes], await cast(Any, self._client.hgetall(f"{self._prefix}:reached")))
        return {int(partition): int(offset) for partition, offset in stored.items() if partition != b"*"}

    async def behind(self, committed: Mapping[int, int]) -> dict[int, range]:
        """Return what was committed and not added; see the port."""
        async with redis_errors("say whether all is there"):
            flat = list(map(int, await self._behind(keys=[self._prefix], args=_flat(committed))))
        return {flat[at]: range(flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)}

    async def begin(self, committed: Mapping[int, int]) -> None:
        """Remember that what is here has all up to these offsets; see the port."""
        async with redis_errors("remember how far it was added"):
            await self._begin(keys=[self._prefix], args=_flat(committed))

    async def server_run(self) -> ServerRun:
        """Return what is known of the server's present run; see the port."""
        async with redis_errors("say since when it runs"):
            run, sure = await self._standing(keys=[self._prefix])
        return ServerRun(run.decode(), bool(sure))

    async def doubt(self) -> None:
        """Remember that something is missing; see the port."""
        async with redis_errors("remember that something is missing"):
            await self._client.delete(f"{self._prefix}:sure")

    async def confirm(self, run: str) -> None:
        """Remember that in this run nothing is missing; see the port."""
        async with redis_errors("remember that all is there"):
            await self._confirm(keys=[self._prefix], args=[run])


def _flat(committed: Mapping[int, int]) -> list[int]:
    return [number for pair in committed.items() for number in pair]
