"""What the adapters of windows on Redis share: the script that counts, and what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from models.labels import SENTIMENTS
from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.adapters.redis.layout import Layout
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
_NOTHING = 0, (), "", "", UNIT  # the values of OWN in add.lua, of a document that adds to no series


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
        return await self.send(msgspec.msgpack.encode([_row(item) for item in contributions]), progress, target, pace)

    async def send(self, rows: bytes, progress: Mapping[str, Progress], target: str, pace: int | None = None) -> int:
        """Count documents whose ``rows`` are encoded, and return how many were new. Raises StoreError."""
        pairs = [(pair, *msgspec.structs.astuple(item)) for pair, item in progress.items()]
        encode = msgspec.msgpack.encode
        arguments = [encode(self._rule), rows, encode(pairs), target, "" if pace is None else pace]
        async with redis_errors("count a batch"):
            return int(await self._script(keys=[self._prefix], args=arguments))


def rows_by_shard(contributions: Sequence[Contribution], layout: Layout) -> list[bytes]:
    """Return for each shard the rows of all documents, each with what it adds to the series that the shard holds.

    Each shard sees each id, also of a document of which it holds no series: only so do all of them agree on which of
    several records of an id is the first.
    """
    shards: list[list[msgspec.Raw | tuple[Any, ...]]] = [[] for _ in range(layout.shards)]
    for item in contributions:
        held: dict[int, list[str]] = {}
        for series in item.series:
            held.setdefault(layout.shard_of(series), []).append(series)
        place, own, whole = _place(item), _own(item), _view(item)
        nothing = msgspec.Raw(msgspec.msgpack.encode((*place, *_NOTHING, (), item.late, {})))
        for shard, rows in enumerate(shards):
            if names := held.get(shard):
                rows.append((*place, *whole, names, item.late, {name: own[name] for name in names if name in own}))
            else:
                rows.append(nothing)
    return [msgspec.msgpack.encode(rows) for rows in shards]


def _row(item: Contribution) -> tuple[Any, ...]:
    """Return a document as the script takes it: the values of FIELDS in add.lua."""
    return *_place(item), *_view(item), item.series, item.late, _own(item)


def _place(item: Contribution) -> tuple[Any, ...]:
    """Return what of a document is the same for all series."""
    member = item.member
    return item.document, member.millisecond, member.story, digest(member.source)[:8], _sample(member.id)


def _own(item: Contribution) -> dict[str, tuple[Any, ...]]:
    """Return by series what of a document is other there."""
    return {series: _view(item.to(series)) for series in item.own}


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
