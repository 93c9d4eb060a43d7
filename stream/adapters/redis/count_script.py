"""What the adapters of windows on Redis share: the script that counts, and what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from models.labels import SENTIMENTS
from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.adapters.redis.members import encode_member
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.bucket import MEASURES, measures_of
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import PER_MINUTE
from stream.pipeline.windows.independence import BY_SOURCE, IN_FULL, MAX_STORIES, UNIT, digest

# Part of scripts: `run`, which tells one start of the server from the next. A restart and a failover to another server
# give another one, and with it perhaps an older state. Where the user may not ask for it, all starts are one.
RUN = """
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
"""
# The longest window of a rule is a week, and the day that has begun. Settings shorten or lengthen it (KEEP_HOURS).
KEEP_SECONDS = 8 * 24 * 3600
# Members and the order of stories within an hour are needed while documents of the hour come, not for days.
KEEP_FINE_SECONDS = 3 * 3600
# Of a series and minute. Enough to tell one loud source or story from many, which is what they are asked for, and a
# bound on memory, since ids and sources are kept as they came.
MEMBERS = 200


# By minutes the name of the key that holds the sums of so many; each of :data:`stream.pipeline.windows.spans.LENGTHS`.
SUMS = {1: "minute", 10: "ten", 60: "sixty"}


class CountScript:
    """The script add.lua, for windows that count (``live``) or those that are ``building``."""

    def __init__(self, client: Client, prefix: str, keep_seconds: int) -> None:
        self._prefix = prefix
        self._rule = {
            "keep_seconds": keep_seconds,
            "keep_fine_seconds": min(KEEP_FINE_SECONDS, keep_seconds),
            "evidence": PER_MINUTE,
            "members": MEMBERS,
            "in_full": IN_FULL,
            "most_stories": MAX_STORIES,
            "unit": UNIT,
            "by_source": BY_SOURCE,
            "spans": [(name, length) for length, name in SUMS.items() if length > 1],
            "places": {name: place for place, name in enumerate(MEASURES, 1)},
        }
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
        arguments = [*map(msgspec.msgpack.encode, (self._rule, rows, pairs)), target, "" if pace is None else pace]
        async with redis_errors("count a batch"):
            return int(await self._script(keys=[self._prefix], args=arguments))


def _row(item: Contribution) -> tuple[Any, ...]:
    """Return a document as the script takes it: the values of FIELDS in add.lua."""
    member = item.member
    place = item.document, member.millisecond, member.story, digest(member.source)[:8], _sample(member.id)
    own = {series: _view(item.to(series)) for series in item.own}
    return *place, *_view(item), item.series, item.late, own


def _view(item: Contribution) -> tuple[Any, ...]:
    """Return what of a document may differ by series: the values of OWN in add.lua."""
    # As text: the script's MessagePack reader knows no binary type.
    evidence = msgspec.json.encode(item.evidence).decode() if item.evidence else ""
    sentiment = SENTIMENTS.index(item.member.sentiment) + 1
    return sentiment, measures_of(item.raw), evidence, encode_member(item.member), item.member.relevance


def _sample(document_id: str) -> int:
    """Return a number below 2**48 by which a sample is drawn: a hash of the id alone, unlike that of its digest."""
    return int.from_bytes(
        blake2b(document_id.encode(errors="replace"), digest_size=6, person=b"sample").digest(), "big"
    )
