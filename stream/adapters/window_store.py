"""Windows in Redis or Valkey: one hash per minute, one atomic script and one round trip per batch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.labels import SENTIMENTS
from stream.errors import StoreError
from stream.pipeline.aggregate import Bucket, Contribution, sums
from stream.pipeline.evidence import PER_MINUTE, Evidence
from stream.pipeline.watermark import Progress

KEEP_SECONDS = 8 * 24 * 3600
# Only what did not change since it was read may be taken off, and both in one step.
SETTLE = """
for i = 1, #ARGV, 2 do
  if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i]) or -1) == tonumber(ARGV[i + 1]) then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
"""


class RedisWindowStore:
    """The port :class:`stream.pipeline.aggregate.WindowStore` on a Redis 6.2+ or Valkey server.

    Args:
        client: connected with ``decode_responses=False``.
        name: tells deployments that share a server apart.
        keep_seconds: how long ids, stories and minutes are kept after they were last written, by the server's clock.
    """

    def __init__(self, client: Redis, name: str = "bellwether", keep_seconds: int = KEEP_SECONDS) -> None:
        self._client, self._keep = client, keep_seconds
        self._prefix = f"{{{name}}}"
        self._add: Any = client.register_script((Path(__file__).parent / "add.lua").read_text())
        self._settle: Any = client.register_script(SETTLE)

    async def add(self, contributions: Sequence[Contribution], progress: Mapping[str, Progress]) -> int:
        """Count each document that was not counted before; see the port."""
        rows = [_row(item) for item in contributions]
        pairs = [(pair, *msgspec.structs.astuple(item)) for pair, item in progress.items()]
        arguments = [self._keep, PER_MINUTE, msgspec.msgpack.encode(rows), msgspec.msgpack.encode(pairs)]
        async with _errors("did not count a batch"):
            return int(await self._add(keys=[self._prefix], args=arguments))

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of minutes in one round trip; see the port."""
        wanted = list(minutes)
        async with _errors("did not return the windows"), self._client.pipeline(transaction=False) as pipe:
            for minute in wanted:
                pipe.hgetall(f"{self._prefix}:minute:{minute}")
            answers = await pipe.execute()
        return {
            minute: {series.decode(): Bucket(*map(int, sums.split())) for series, sums in answer.items()}
            for minute, answer in zip(wanted, answers, strict=True)
            if answer
        }

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come."""
        async with _errors("did not return the progress"):
            stored = cast(dict[bytes, bytes], await self._client.hgetall(f"{self._prefix}:progress"))
        return {pair.decode(): Progress(*map(int, value.split())) for pair, value in stored.items()}

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of a span of minutes; see the port."""
        async with _errors("did not return the evidence"), self._client.pipeline(transaction=False) as pipe:
            for minute in range(first, last):
                pipe.zrevrange(f"{self._prefix}:evidence:{minute}:{series}", 0, -1)
            answers = await pipe.execute()
        return [msgspec.json.decode(item, type=Evidence) for answer in answers for item in answer]

    async def changed(self, limit: int) -> dict[int, int]:
        """Return minutes that changed since they were settled; see the port."""
        async with _errors("did not return the changed minutes"):
            stored = cast(
                list[tuple[bytes, float]],
                await self._client.zrange(f"{self._prefix}:changed", 0, limit - 1, withscores=True),
            )
        return {int(minute): int(changes) for minute, changes in stored}

    async def settle(self, changed: Mapping[int, int]) -> None:
        """Take minutes off the list of the changed; see the port."""
        arguments = [number for pair in changed.items() for number in pair]
        async with _errors("did not settle minutes"):
            await self._settle(keys=[f"{self._prefix}:changed"], args=arguments)


@asynccontextmanager
async def _errors(what: str) -> AsyncIterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreError(f"Redis {what}: {error}") from error


def _row(item: Contribution) -> tuple[Any, ...]:
    # As text: the script's MessagePack reader knows no binary type.
    evidence = msgspec.json.encode(item.evidence).decode() if item.evidence else ""
    sentiment = SENTIMENTS.index(item.sentiment) + 1
    place = item.document, item.series, item.minute, item.millisecond
    return *place, item.story, sentiment, sums(item.raw), evidence, int(item.leading)
