"""What event time follows from, read from Redis or Valkey as of one moment of its own clock."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stream.adapters.redis.client import Client, Script, redis_errors
from stream.pipeline.progress.proofs import Baseline, event_time
from stream.pipeline.progress.watermark import EventTime, Progress

# What add.lua and the store of proofs keep.
EVENT_TIME = """
local root, time, answer = KEYS[1], redis.call('TIME'), {}
answer[1] = time[1] * 1000 + math.floor(time[2] / 1000)
answer[2] = redis.call('HGET', root .. ':clock', 'broker')
for i, name in ipairs({'progress', 'proven:scored', 'partitions'}) do
  answer[i + 2] = redis.call('HGETALL', root .. ':' .. name)
end
return answer
"""
_baseline = msgspec.json.Decoder(Baseline)


class EventTimeReader:
    """Reads all that event time follows from, in one script, from the keys behind ``prefix``."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._prefix, self._script = prefix, Script(client, EVENT_TIME)

    async def __call__(self) -> EventTime:
        """Return it as of one moment of the server's clock. Raises StoreError."""
        async with redis_errors("return what event time has come to"):
            now, broker, *hashes = await self._script(keys=[self._prefix])
        stored_progress, scored, counts = map(_hash, hashes)
        partitions: dict[str, dict[str, int]] = {}
        for name, value in counts.items():
            kind, topic = name.split()
            partitions.setdefault(kind, {})[topic] = int(value.split()[0])
        proven = {int(number): _baseline.decode(value.split(b" ", 1)[1]) for number, value in scored.items()}
        progress = {pair: progress_of(value) for pair, value in stored_progress.items()}
        return event_time((int(now), int(broker or 0)), progress, proven, partitions)


def progress_of(stored: bytes) -> Progress:
    """Return the progress of a pair, from what add.lua stores of it."""
    return Progress(*map(int, stored.split()))


def _hash(flat: Sequence[bytes]) -> dict[str, bytes]:
    """Return a hash that a script gives as a list, each field before its value."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
