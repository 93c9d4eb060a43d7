"""What the adapters of windows on Redis share: the script that counts, and what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from models.labels import SENTIMENTS
from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.bucket import measures_of
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import PER_MINUTE
from stream.pipeline.windows.independence import BY_SOURCE, IN_FULL, MAX_STORIES, digest

# Part of scripts: which run of the server this is. Where its user may not ask, all are one. A restart and a failover to
# another server give another one, and with it perhaps an older state.
RUN = """
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
"""
KEEP_SECONDS = 8 * 24 * 3600
# Members and the order of stories within an hour are needed while documents of the hour come, not for days.
KEEP_FINE = 3 * 3600
MEMBERS = 200


class Counting:
    """The script add.lua, for windows that count (``live``) or those that are ``building``."""

    def __init__(self, client: Client, prefix: str, keep_seconds: int) -> None:
        self._prefix = prefix
        fine = min(KEEP_FINE, keep_seconds)
        self._options = [keep_seconds, fine, PER_MINUTE, MEMBERS, IN_FULL, MAX_STORIES, *BY_SOURCE]
        self._script = Script(client, script_text("batch", "sums", "independence", "add"))

    async def __call__(
        self,
        contributions: Sequence[Contribution],
        progress: Mapping[str, Progress],
        target: str,
        pace: int | None = None,
    ) -> int:
        """Count, and return how many documents were new. Raises StoreError."""
        rows = [_row(item) for item in contributions]
        pairs = [(pair, *msgspec.structs.astuple(item)) for pair, item in progress.items()]
        arguments = [*map(msgspec.msgpack.encode, (self._options, rows, pairs)), target, "" if pace is None else pace]
        async with redis_errors("count a batch"):
            return int(await self._script(keys=[self._prefix], args=arguments))


def _row(item: Contribution) -> tuple[Any, ...]:
    # As text: the script's MessagePack reader knows no binary type.
    member = item.member
    evidence = msgspec.json.encode(item.evidence).decode() if item.evidence else ""
    sentiment = SENTIMENTS.index(member.sentiment) + 1
    source = digest(member.source)[:8]
    place = item.document, member.millisecond, member.story, source, sentiment
    origin = msgspec.structs.astuple(member.origin) if member.origin else None
    parts = (member.id, member.story, member.source, member.millisecond, member.sentiment, origin)
    stored = msgspec.json.encode(parts).decode()
    return *place, measures_of(item.raw), evidence, stored, _sample(member.id), item.series, item.late


def _sample(document_id: str) -> int:
    """Return a number below 2**48 that does not hang together with anything but the id."""
    return int.from_bytes(
        blake2b(document_id.encode(errors="replace"), digest_size=6, person=b"sample").digest(), "big"
    )
