"""Windows in Redis or Valkey: one hash per minute, one atomic script and one round trip per batch."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.adapters.redis.columns import CountsBuilder, buckets, merged
from stream.adapters.redis.count_script import KEEP_SECONDS, SUMS, SURE, CountScript, ShardRows
from stream.adapters.redis.event_time import EventTimeReader, progress_of
from stream.adapters.redis.layout import IN_ONE_PLACE
from stream.adapters.redis.members import decode_member, weight_of
from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.units import DAY, MINUTE_MS
from stream.pipeline.windows.bucket import Bucket, minute_of
from stream.pipeline.windows.columns import Counts, starts
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.independence import WindowMember
from stream.pipeline.windows.spans import pieces
from stream.pipeline.windows.store import Change

SETTLED = 20_000  # two weeks of minutes of which it is known which reading was projected last
# With since when it is sure: a server that came back older, and was made whole, has the same key.
COMPLETE = (
    SURE
    + IN_ONE_PLACE
    + """
local complete = redis.call('GET', KEYS[1] .. ':complete')
return sure and complete and complete .. ' ' .. sure
"""
)
PROGRESS = IN_ONE_PLACE + "return redis.call('HGETALL', KEYS[1] .. ':progress')"
AT_ONCE = 12  # hashes that are read in one round trip, so that what has come is never much
_evidence = msgspec.json.Decoder(Evidence)
_entries = msgspec.msgpack.Decoder(list[list[Any]])  # of each a number, JSON, and of evidence the story


class RedisWindowStore:
    """The port :class:`stream.pipeline.windows.store.WindowStore` on a Redis 6.2+ or Valkey server.

    All its keys share a hash tag: on a cluster they are on one node. Windows that are spread over several are of
    :class:`stream.adapters.redis.spread_windows.SpreadWindowStore`.

    Args:
        client: of :func:`stream.adapters.redis.client.client_of`.
        name: tells deployments that share a server apart.
        keep_seconds: how long ids, stories and minutes are kept after they were last written, by the server's clock.
    """

    def __init__(self, client: Client, name: str = "bellwether", keep_seconds: int = KEEP_SECONDS) -> None:
        self._client = client
        self._prefix, self.at_once = f"{{{name}}}", AT_ONCE
        self._add = CountScript(client, self._prefix, keep_seconds)
        self._settle, self._complete = Script(client, script_text("settle")), Script(client, COMPLETE)
        self._progress = Script(client, PROGRESS)
        self._event_time = EventTimeReader(client, self._prefix)

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Count each document that was not counted before; see the port."""
        return await self._add(contributions, progress, "live", pace)

    async def add_rows(self, rows: ShardRows, progress: Mapping[str, Progress]) -> int:
        """Count documents whose rows :func:`stream.adapters.redis.count_script.rows_by_shard` made; as :meth:`add`."""
        return await self._add.of_shard(rows, progress, "live")

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of minutes in two round trips; see the port."""
        return await self._minutes(list(minutes), await self._days())

    async def counts(self, first: int, last: int, step: int) -> Counts:
        """Return the independent documents by ``step`` minutes, from the largest pieces that are kept; see the port."""
        days, begins = await self._days(), starts(first, last, step)
        wanted = [(column, piece) for column, at in enumerate(begins) for piece in pieces(at, at + step)]
        builder = CountsBuilder(begins.start, len(begins), step)
        for at in range(0, len(wanted), self.at_once):
            part = wanted[at : at + self.at_once]
            async with redis_errors("return the counts"):
                answers = await self._sums([piece for _, piece in part], days)
            for (column, (length, _)), answer in zip(part, answers, strict=True):
                # One after the other: each holds the interpreter for some milliseconds where there are many series.
                await asyncio.to_thread(builder.add, column, length, answer)
        return await asyncio.to_thread(builder.build)

    async def window(self, first: int, last: int) -> dict[str, Bucket]:
        """Return the rolling window of every series, from the largest pieces that are kept; see the port."""
        days = await self._days()
        wanted = list(pieces(first, last))
        async with redis_errors("return the window"):
            answers = await self._sums(wanted, days)
        return merged([(length, answer) for (length, _), answer in zip(wanted, answers, strict=True) if answer])

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come. Raises StoreError where the windows are spread, too."""
        async with redis_errors("return the progress"):
            stored = cast(list[bytes], await self._progress(keys=[self._prefix]))
        return {pair.decode(): progress_of(value) for pair, value in zip(stored[::2], stored[1::2], strict=True)}

    async def event_time(self) -> EventTime:
        """Return all that event time follows from, as of one moment; see the port."""
        return await self._event_time()

    async def complete(self) -> str | None:
        """Return the mark that a loss takes away; see the port."""
        async with redis_errors("say whether it is complete"):
            mark = cast(bytes | None, await self._complete(keys=[self._prefix]))
        return None if mark is None else mark.decode()

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of a span of minutes; see the port."""
        days = await self._days()
        async with redis_errors("return the evidence"):
            stored = await self._lists("evidence", series, range(first, last), days)
        evidence = [_evidence.decode(item) for item in stored]
        return await self._with_copies([(series, item) for item in evidence], days)

    async def pool(self, minutes: Iterable[int]) -> dict[int, dict[str, list[Evidence]]]:
        """Return the evidence of minutes; see the port."""
        days = await self._days()
        answers = await self._of_minutes("evidence", list(minutes), days)
        stored_evidence = [
            (minute, series, _evidence.decode(item))
            for minute, answer in answers.items()
            for series, stored in answer.items()
            for _, item, *_ in _entries.decode(stored)
        ]
        with_copies = await self._with_copies([(series, item) for _, series, item in stored_evidence], days)
        pool: dict[int, dict[str, list[Evidence]]] = {}
        for (minute, series, _), item in zip(stored_evidence, with_copies, strict=True):
            pool.setdefault(minute, {}).setdefault(series, []).append(item)
        return pool

    async def members(self, series: str, first: int, last: int) -> list[WindowMember]:
        """Return the documents of a span of minutes, each with its weight; see the port."""
        days = await self._days()
        async with redis_errors("return the members"):
            stored = await self._lists("members", series, range(first, last), days)
        members = sorted(map(decode_member, stored), key=lambda item: (item.millisecond, item.id))
        keys = [(days[item.millisecond // MINUTE_MS // DAY], item.story) for item in members]
        stories = dict(zip(keys, await self._stories((series, *key) for key in keys), strict=True))
        return [
            msgspec.structs.replace(item, weight=weight_of(item, stories[key]))
            for item, key in zip(members, keys, strict=True)
        ]

    async def late(self, minutes: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for each of ``minutes``; see the port."""
        return await self._late(list(minutes), await self._days())

    async def minutes_and_late(
        self, minutes: Iterable[int]
    ) -> tuple[dict[int, dict[str, Bucket]], dict[int, dict[str, int]]]:
        """Return the buckets and who came late of minutes, of one generation; see the port."""
        # The days once for both: a rebuild may move documents from the one to the other.
        wanted, days = list(minutes), await self._days()
        return await self._minutes(wanted, days), await self._late(wanted, days)

    async def changed(self, limit: int) -> dict[int, Change]:
        """Return minutes that changed since they were settled; see the port."""
        async with redis_errors("return the changed minutes"):
            stored = cast(
                list[tuple[bytes, float]],
                await self._client.zrange(f"{self._prefix}:changed", 0, limit - 1, withscores=True),
            )
        return {int(minute): (int(number),) for minute, number in stored}

    async def changes(self, minutes: Sequence[int]) -> list[int]:
        """Return the number of the last change of each minute; of one that is not listed that of the last of all."""
        async with redis_errors("return the changed minutes"), self._client.pipeline(transaction=False) as pipe:
            pipe.get(f"{self._prefix}:changes")
            for minute in minutes:
                pipe.zscore(f"{self._prefix}:changed", minute)
            last, *listed = await pipe.execute()
        return [int(last or 0) if number is None else int(number) for number in listed]

    async def changes_since(self, change: Change | None) -> tuple[Change, int | None]:
        """Return the last change, and the oldest minute that has changed since; see the port."""
        async with redis_errors("return the changed minutes"), self._client.pipeline(transaction=False) as pipe:
            # In this order: what changes between has a larger number, and what is settled between was read before.
            pipe.get(f"{self._prefix}:changes")
            if change is not None:
                for name in ("changed", "settled"):
                    pipe.zrangebyscore(f"{self._prefix}:{name}", f"({change[0]}", "+inf", start=0, num=SETTLED)
            last, *listed = await pipe.execute()
        now = (int(last or 0),)
        if change is None or now < change or max(map(len, listed)) == SETTLED:
            return now, 0
        return now, min((int(minute) for minutes in listed for minute in minutes), default=None)

    async def settle(self, changed: Mapping[int, Change]) -> None:
        """Take minutes off the list of the changed; see the port."""
        arguments = [SETTLED, *(number for minute, (change,) in changed.items() for number in (minute, change))]
        async with redis_errors("settle minutes"):
            await self._settle(keys=[self._prefix], args=arguments)

    async def _minutes(self, minutes: Sequence[int], days: Mapping[int, str]) -> dict[int, dict[str, Bucket]]:
        answers = await self._of_minutes("minute", minutes, days)
        return {minute: dict(buckets(answer)) for minute, answer in answers.items()}

    async def _late(self, minutes: Sequence[int], days: Mapping[int, str]) -> dict[int, dict[str, int]]:
        answers = await self._of_minutes("late", minutes, days)
        return {minute: {name: int(value) for name, value in answer.items()} for minute, answer in answers.items()}

    async def _sums(self, wanted: Sequence[tuple[int, int]], days: Mapping[int, str]) -> list[Mapping[bytes, bytes]]:
        """Return the hash of sums of each piece, given as (length, number)."""
        async with self._client.pipeline(transaction=False) as pipe:
            for length, number in wanted:
                pipe.hgetall(f"{days[number * length // DAY]}:{SUMS[length]}:{number}")
            return cast(list[Mapping[bytes, bytes]], await pipe.execute())

    async def _lists(self, kind: str, series: str, minutes: Iterable[int], days: Mapping[int, str]) -> list[str]:
        """Return the items of the lists that a series has in ``minutes``, one list after the other."""
        async with self._client.pipeline(transaction=False) as pipe:
            for minute in minutes:
                pipe.hget(f"{days[minute // DAY]}:{kind}:{minute}", series)
            answers = await pipe.execute()
        return [item for answer in answers if answer for _, item, *_ in _entries.decode(answer)]

    async def _of_minutes(
        self, kind: str, minutes: Sequence[int], days: Mapping[int, str]
    ) -> dict[int, dict[str, bytes]]:
        """Return the hashes of one kind that hold anything: minute -> series -> value."""
        async with redis_errors("return the windows"), self._client.pipeline(transaction=False) as pipe:
            for minute in minutes:
                pipe.hgetall(f"{days[minute // DAY]}:{kind}:{minute}")
            answers = await pipe.execute()
        return {
            minute: {series.decode(): value for series, value in answer.items()}
            for minute, answer in zip(minutes, answers, strict=True)
            if answer
        }

    async def _days(self) -> defaultdict[int, str]:
        """Return the prefix of each day's keys; see add.lua."""
        async with redis_errors("return the days"):
            stored = cast(dict[bytes, bytes], await self._client.hgetall(f"{self._prefix}:days"))
        generations = {int(day): generation.decode() for day, generation in stored.items()}
        return _DayPrefixes(self._prefix, generations)

    async def _with_copies(self, evidence: Sequence[tuple[str, Evidence]], days: Mapping[int, str]) -> list[Evidence]:
        """Return the evidence of (series, evidence) pairs, with how many copies the series had of each that day."""
        keys = [(series, days[minute_of(item.published_at) // DAY], item.story) for series, item in evidence]
        stories = await self._stories(keys)
        return [
            msgspec.structs.replace(item, copies=story[0]) if story else item
            for (_, item), story in zip(evidence, stories, strict=True)
        ]

    async def _stories(self, keys: Iterable[tuple[str, str, str]]) -> list[list[Any]]:
        """Return the array that add.lua keeps of each story, given by (series, prefix of a day, story); else []."""
        async with redis_errors("return the stories"), self._client.pipeline(transaction=False) as pipe:
            for series, day, story in keys:
                pipe.hget(f"{day}:story:{series}", story)
            answers = await pipe.execute()
        return [msgspec.msgpack.decode(value) if value else [] for value in answers]


class _DayPrefixes(defaultdict[int, str]):
    """The prefix of each day's keys; a day without documents has the first generation."""

    def __init__(self, prefix: str, generations: Mapping[int, str]) -> None:
        super().__init__()
        self._prefix, self._generations = prefix, generations

    def __missing__(self, day: int) -> str:
        self[day] = f"{self._prefix}:{day}.{self._generations.get(day, '0')}"
        return self[day]
