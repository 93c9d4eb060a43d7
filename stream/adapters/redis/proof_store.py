"""Proofs of what was read, in Redis or Valkey beside the windows that they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from stream.adapters.redis.client import Client, Script, redis_errors
from stream.pipeline.progress.proofs import RAW, Baseline, ProvenBaseline, proof_at
from stream.pipeline.progress.watermark import Proof

# Keys, behind the prefix:
#   proven:raw      hash: topic/partition -> milliseconds, Proof as JSON
#   proven:scored   hash: partition -> milliseconds, Baseline as JSON
#   partitions      hash: kind, topic -> how many partitions, and when that was said last
#   clock           hash: pace and broker, see stream.pipeline.progress.proofs; add.lua writes the pace
#   reached         of the windows: what was handled, and is not in them, was lost with an older state
# A proof never goes back, but for one that is of a time to come: the server's clock was ahead and was set right. A
# topic that has fewer partitions than before was made anew, or somebody knows of the new ones and somebody not yet.
PROVE = """
local root, kind, time = KEYS[1], ARGV[1], redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for topic, count in pairs(cmsgpack.unpack(ARGV[2])) do
  local field = kind .. ' ' .. topic
  local known, at = string.match(redis.call('HGET', root .. ':partitions', field) or '0 0', '(%d+) (%d+)')
  if count >= tonumber(known) or math.abs(now - tonumber(at)) > tonumber(ARGV[5]) then
    redis.call('HSET', root .. ':partitions', field, string.format('%.0f %.0f', count, now))
  end
end
local key = root .. ':proven:' .. kind
for _, row in ipairs(cmsgpack.unpack(ARGV[3])) do
  local old = tonumber(string.match(redis.call('HGET', key, row[1]) or '0', '^%d+'))
  local held = kind ~= 'scored' or tonumber(redis.call('HGET', root .. ':reached', row[1]) or '0') >= row[4]
  if held and (old < row[2] or old > now) then
    redis.call('HSET', key, row[1], string.format('%.0f ', row[2]) .. row[3])
  end
end
if ARGV[4] ~= '' then redis.call('HSET', root .. ':clock', 'broker', ARGV[4]) end
local clock = redis.call('HMGET', root .. ':clock', 'pace', 'broker')
return {now, clock[1], clock[2], redis.call('HGETALL', root .. ':proven:raw')}
"""
FEWER_AFTER_MS = 600_000  # aiokafka asks for the partitions of its topics every five minutes
_proof = msgspec.json.Decoder(Proof)


class RedisProofStore:
    """The port :class:`stream.pipeline.progress.proofs.ProofStore` on a Redis 6.2+ or Valkey server.

    Args: as of the window store, whose keys it shares.
    """

    def __init__(self, client: Client, name: str = "bellwether") -> None:
        self._prefix = f"{{{name}}}"
        self._prove = Script(client, PROVE)

    async def prove(
        self, kind: str, partitions: Mapping[str, int], proven: Sequence[ProvenBaseline], broker: int | None = None
    ) -> Baseline:
        """Keep what is newer than what is kept, and return the baseline of now; see the port."""
        rows = [(item.partition, item.baseline.proof.at, _encode(kind, item.baseline), item.handled) for item in proven]
        arguments = [kind, msgspec.msgpack.encode(dict(partitions)), msgspec.msgpack.encode(rows)]
        async with redis_errors("keep what was proven to be read"):
            answer = await self._prove(
                keys=[self._prefix], args=[*arguments, "" if broker is None else broker, FEWER_AFTER_MS]
            )
        now, pace, ahead, raw = answer
        return Baseline(proof_at(int(now), None if pace is None else int(pace), int(ahead or 0)), _decode(raw))


def _encode(kind: str, baseline: Baseline) -> str:
    """Return what is kept of a proven baseline: of a raw partition the proof alone."""
    return msgspec.json.encode(baseline.proof if kind == RAW else baseline).decode()


def _decode(flat: Sequence[Any]) -> dict[str, Proof]:
    """Return proofs by partition, from a hash that a script gives as a list, each field before its value."""
    return {
        name.decode(): _proof.decode(value.split(b" ", 1)[1]) for name, value in zip(flat[::2], flat[1::2], strict=True)
    }
