"""Windows in Redis or Valkey: one hash per minute, one atomic script and one round trip per batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.labels import SENTIMENTS
from stream.errors import StoreError
from stream.pipeline.aggregate import Bucket, Contribution

KEEP_SECONDS = 8 * 24 * 3600


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

    async def add(self, contributions: Sequence[Contribution]) -> int:
        """Count each document that was not counted before; see the port."""
        if not contributions:
            return 0
        rows = [
            (
                item.document,
                item.series,
                item.minute,
                item.millisecond,
                item.story,
                SENTIMENTS.index(item.sentiment) + 1,
                astuple(item.raw),
            )
            for item in contributions
        ]
        try:
            return int(await self._add(keys=[self._prefix], args=[self._keep, msgspec.msgpack.encode(rows)]))
        except RedisError as error:
            raise StoreError(f"Redis did not count a batch: {error}") from error

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of a span of minutes in one round trip; see the port."""
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for minute in range(first, last):
                    pipe.hgetall(f"{self._prefix}:minute:{minute}")
                answers = await pipe.execute()
        except RedisError as error:
            raise StoreError(f"Redis did not return the windows: {error}") from error
        return {
            minute: {series.decode(): Bucket(*map(int, sums.split())) for series, sums in answer.items()}
            for minute, answer in zip(range(first, last), answers, strict=True)
            if answer
        }
