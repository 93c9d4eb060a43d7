"""Windows that are built in Redis or Valkey beside those that count, and take their place in one step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from stream.adapters.redis.client import Client, Cluster, Script, redis_errors
from stream.adapters.redis.count_script import BE_SURE, KEEP_SECONDS, SURE, CountScript, ShardRows
from stream.adapters.redis.layout import IN_ONE_PLACE
from stream.errors import StoreError
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.contribution import Contribution

BEGUN_ANEW = "Redis did not switch to what was rebuilt: another rebuild was begun meanwhile"
# A rebuild that has not counted anything for this long is dead, and another may begin. Well above the half minute for
# which a batch is tried again where Redis or the broker does not answer.
LEASE_SECONDS = 120
# What no longer counts goes a little later: somebody may be reading it. No reading takes that long.
OLD_SECONDS = 60
SCANNED = 1000  # keys in one step, so that a server of millions of keys is not held up
# Also takes over what a dead rebuild left.
BEGIN = (
    IN_ONE_PLACE
    + """
if not redis.call('SET', KEYS[1] .. ':rebuild', '0', 'NX', 'EX', ARGV[1]) then return 0 end
local generation = redis.call('INCR', KEYS[1] .. ':generation')
redis.call('DEL', KEYS[1] .. ':building', KEYS[1] .. ':built')
for i = 2, #ARGV do redis.call('HSET', KEYS[1] .. ':building', ARGV[i], generation) end
return generation
"""
)
# Days that were built without a document are switched, too: they are empty from now on. Every minute of the days, the
# old ones and the new ones, is to be projected again; that takes many steps, so it is noted in the same step that it is
# to be done: 'retired' is a set of <day>.<generation that counted before>. Only where every day was built, and not some
# by hand, is it said that what is here is complete; the mark is of its time, so that none is like one that was lost.
# ARGV[1]: the generation that was built; nothing is done where another one was begun since.
SWITCH = (
    SURE
    + """
local root = KEYS[1]
if (redis.call('GET', root .. ':generation') or '') ~= ARGV[1] then return false end
local building = redis.call('HGETALL', root .. ':building')
local generations, days = {}, redis.call('SMEMBERS', root .. ':built')
for i = 1, #building, 2 do
  generations[building[i]] = building[i + 1]
  if building[i] ~= '*' and redis.call('SISMEMBER', root .. ':built', building[i]) == 0 then
    days[#days + 1] = building[i]
  end
end
for _, day in ipairs(days) do
  redis.call('SADD', root .. ':retired', day .. '.' .. (redis.call('HGET', root .. ':days', day) or ''))
  redis.call('HSET', root .. ':days', day, generations[day] or generations['*'])
  -- Any minute of it may be another one from here on; which are is listed afterwards.
  redis.call('ZADD', root .. ':changed', redis.call('INCR', root .. ':changes'), day * 1440)
end
for i = 2, #ARGV, 2 do redis.call('HSETNX', root .. ':progress', ARGV[i], ARGV[i + 1]) end
redis.call('DEL', root .. ':building', root .. ':built', root .. ':rebuild')
if generations['*'] then
  redis.call('SETNX', root .. ':complete', table.concat(redis.call('TIME'), '.'))
"""
    + BE_SURE
    + """
end
return days
"""
)
EMPTIED = IN_ONE_PLACE + "return redis.call('EXISTS', KEYS[1] .. ':complete')"
MARK = (
    SURE + IN_ONE_PLACE + "redis.call('SETNX', KEYS[1] .. ':complete', table.concat(redis.call('TIME'), '.'))" + BE_SURE
)
RENEW = """
local counted = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return counted
"""
LIST = """
for _, minute in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1] .. ':changed', redis.call('INCR', KEYS[1] .. ':changes'), minute)
end
"""
# ARGV[1]: the generation that is abandoned; nothing is forgotten where another one was begun since.
ABANDON = """
if redis.call('GET', KEYS[1] .. ':generation') ~= ARGV[1] then return end
redis.call('DEL', KEYS[1] .. ':building', KEYS[1] .. ':built', KEYS[1] .. ':rebuild')
"""
SWEEP = """
if redis.call('EXISTS', KEYS[1] .. ':rebuild') == 1 then return 0 end
return redis.call('DEL', KEYS[1] .. ':building', KEYS[1] .. ':built')
"""


class RedisRebuildStore:
    """The port :class:`stream.pipeline.windows.rebuild.RebuildStore` on a Redis 6.2+ or Valkey server.

    Args: as of the window store, whose keys it shares; add.lua says what they are.
    """

    def __init__(self, client: Client, name: str = "bellwether", keep_seconds: int = KEEP_SECONDS) -> None:
        self._client, self._prefix = client, f"{{{name}}}"
        self._add = CountScript(client, self._prefix, keep_seconds)
        self._begin, self._renew = Script(client, BEGIN), Script(client, RENEW)
        self._sweep, self._switch, self._list = Script(client, SWEEP), Script(client, SWITCH), Script(client, LIST)
        self._mark, self._emptied = Script(client, MARK), Script(client, EMPTIED)
        self._abandon = Script(client, ABANDON)
        self._counted = 0
        self.generation = ""  # that is being built

    async def begin(self, days: Sequence[int] | None) -> bool:
        """Begin to build; see the port."""
        self._counted = 0
        async with redis_errors("begin a rebuild"):
            begun = await self._begin(keys=[self._prefix], args=[LEASE_SECONDS, *(["*"] if days is None else days)])
        self.generation = str(begun) if begun else self.generation
        return bool(begun)

    async def count(self, contributions: Sequence[Contribution]) -> int:
        """Add to what is being built; see the port."""
        return await self._counting(await self._add(contributions, {}, "building"))

    async def count_rows(self, rows: ShardRows) -> int:
        """Count rows of :func:`~stream.adapters.redis.count_script.rows_by_shard`, as :meth:`count`."""
        return await self._counting(await self._add.of_shard(rows, {}, "building"))

    async def _counting(self, added: int) -> int:
        async with redis_errors("count a rebuild"):
            counted = await self._renew(keys=[f"{self._prefix}:rebuild"], args=[added, LEASE_SECONDS])
        self._counted += added
        if int(counted) != self._counted:
            raise StoreError("Redis has lost what was rebuilt so far; it is begun again")
        return added

    async def built(self) -> list[int]:
        """Return the days that would count if it were switched now."""
        async with redis_errors("say what was rebuilt"):
            named = cast(dict[bytes, bytes], await self._client.hgetall(f"{self._prefix}:building"))
            found = cast(set[bytes], await self._client.smembers(f"{self._prefix}:built"))
        return sorted(int(day) for day in {*named, *found} - {b"*"})

    async def switch(self, progress: Mapping[str, Progress]) -> list[int]:
        """Let what was built count from now on; see the port."""
        days = await self.take_over(progress, self.generation)
        if days is None:
            raise StoreError(BEGUN_ANEW)
        return days

    async def take_over(self, progress: Mapping[str, Progress], generation: str) -> list[int] | None:
        """Let ``generation`` count, as :meth:`switch`; None where a later one was begun. Again: it does nothing."""
        arguments = [
            part
            for pair, item in progress.items()
            for part in (pair, f"{item.first} {item.latest} {item.seen} {item.claim}")
        ]
        async with redis_errors("switch to what was rebuilt"):
            days = await self._switch(keys=[self._prefix], args=[generation, *arguments])
            await self._retire_all()
        return None if days is None else sorted(int(day) for day in days)

    async def abandon(self) -> None:
        """Forget what was being built; see the port."""
        async with redis_errors("abandon a rebuild"):
            await self._abandon(keys=[self._prefix], args=[self.generation])

    async def sweep(self) -> bool:
        """Forget what a rebuild that has died was building, and finish one that died at the very end; see the port."""
        async with redis_errors("sweep up after a rebuild"):
            await self._retire_all()
            return bool(await self._sweep(keys=[self._prefix]))

    async def emptied(self) -> bool:
        """Whether this store has never been marked, or has lost all; see the port."""
        async with redis_errors("say whether it is complete"):
            return not await self._emptied(keys=[self._prefix])

    async def mark(self) -> None:
        """Remember that what is here is complete; see the port."""
        async with redis_errors("remember that it is complete"):
            await self._mark(keys=[self._prefix])

    async def rebuilding(self) -> int | None:
        """Return how many documents a rebuild under way has counted; see the port."""
        async with redis_errors("say how far a rebuild is"):
            counted = cast(bytes | None, await self._client.get(f"{self._prefix}:rebuild"))
        return None if counted is None else int(counted)

    async def _retire_all(self) -> None:
        for name in cast(set[bytes], await self._client.smembers(f"{self._prefix}:retired")):
            day, _, old = name.decode().partition(".")
            await self._retire(int(day), old)
            await self._client.srem(f"{self._prefix}:retired", name)

    async def _retire(self, day: int, old: str) -> None:
        """Put the minutes of both generations on the list of the changed, and let the old one's keys expire."""
        for kind in ("minute", "late"):
            async for keys in self._scanned(f"{self._prefix}:{day}.*:{kind}:*"):
                await self._list(keys=[self._prefix], args=[key.rsplit(b":", 1)[1] for key in keys])
        if old:
            async for keys in self._scanned(f"{self._prefix}:{day}.{old}:*"):
                async with self._client.pipeline(transaction=False) as pipe:
                    for key in keys:
                        pipe.expire(key, OLD_SECONDS)
                    await pipe.execute()

    async def _scanned(self, pattern: str) -> AsyncIterator[list[bytes]]:
        """Yield the keys of a pattern, up to SCANNED at a time."""
        where: dict[str, Any] = {}
        if isinstance(self._client, Cluster):  # it would ask every node, and one that is away is no concern of ours
            where = {"target_nodes": self._client.get_node_from_key(self._prefix)}
        keys: list[bytes] = []
        async for key in self._client.scan_iter(pattern, SCANNED, **where):
            keys.append(key)
            if len(keys) == SCANNED:
                yield keys
                keys = []
        if keys:
            yield keys
