"""What the adapters of windows on Redis share: the script that counts, and what it is sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from models.labels import SENTIMENTS
from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.members import encode_member
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.units import DAY
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
# Part of scripts, with `run`: `sure` says since when it is known that in this run nothing is missing; false: it is not.
# A run that was doubted and confirmed again has another one. Workers of before wrote the run alone.
SURE = f"""{RUN}
local sure = redis.call('GET', KEYS[1] .. ':sure')
if sure and sure ~= run and string.sub(sure, 1, #run + 1) ~= run .. ' ' then sure = false end
"""
BE_SURE = """
if not sure then redis.call('SET', KEYS[1] .. ':sure', run .. ' ' .. table.concat(redis.call('TIME'), '.')) end
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
        return await self._send([msgspec.msgpack.encode(list(map(_row, contributions)))], progress, target, pace)

    async def of_shard(self, rows: ShardRows, progress: Mapping[str, Progress], target: str) -> int:
        """Count what a shard is given, and return how many documents were new there. Raises StoreError."""
        return await self._send(rows, progress, target, None)

    async def _send(
        self, rows: Sequence[bytes], progress: Mapping[str, Progress], target: str, pace: int | None
    ) -> int:
        pairs = [(pair, *msgspec.structs.astuple(item)) for pair, item in progress.items()]
        encode, (documents, *others) = msgspec.msgpack.encode, rows
        arguments = [encode(self._rule), documents, encode(pairs), target, "" if pace is None else pace, *others]
        async with redis_errors("count a batch"):
            return int(await self._script(keys=[self._prefix], args=arguments))


class ShardRows(NamedTuple):
    """What a shard is sent of a batch, as add.lua takes it: documents with what they add, and ids of those of which the
    shard holds no series.
    """

    documents: bytes
    others: bytes


def rows_by_shard(contributions: Sequence[Contribution], layout: Layout) -> list[ShardRows]:
    """Return for each shard the documents that add to a series of it, and the ids of all others.

    Each shard sees each id: only so do all of them agree on which of several records of an id is the first.
    """
    rows: list[list[tuple[Any, ...]]] = [[] for _ in range(layout.shards)]
    others: list[defaultdict[str, list[str]]] = [defaultdict(list) for _ in range(layout.shards)]
    records = Counter(item.document for item in contributions)
    for item in contributions:
        held = _held(item, layout)
        # Of several records of an id, and of who was late, the order tells.
        in_order = item.late or records[item.document] > 1
        place, day, own, whole = _place(item), str(item.minute // DAY), _own(item), _view(item)
        for shard in range(layout.shards):
            names = held.get(shard, ())
            if names or in_order:
                view = whole if names else _NOTHING
                rows[shard].append(
                    (*place, *view, names, item.late, {name: own[name] for name in names if name in own})
                )
            else:
                others[shard][day].append(item.document)
    encode = msgspec.msgpack.encode
    return [
        ShardRows(encode(documents), encode({day: "".join(ids) for day, ids in by_day.items()}))
        for documents, by_day in zip(rows, others, strict=True)
    ]


def _held(item: Contribution, layout: Layout) -> dict[int, list[str]]:
    """Return by shard the series that the document adds to there."""
    held: dict[int, list[str]] = {}
    for series in item.series:
        held.setdefault(layout.shard_of(series), []).append(series)
    return held


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
