"""In-memory ports for unit tests; each passes the same contract suite as the real adapter."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from stream.pipeline.detect import collect_counts
from stream.pipeline.progress.proofs import Baseline, event_time
from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.units import DAY_MS, HOUR_MS
from stream.pipeline.windows.bucket import Bucket, merge_minutes
from stream.pipeline.windows.columns import Counts, starts
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import Evidence, kept_by_minute
from stream.pipeline.windows.independence import BY_SOURCE, IN_FULL, MAX_STORIES, UNIT, WindowMember, digest
from stream.pipeline.windows.store import Change

MEMBERS = 200
Minutes = dict[int, dict[str, Bucket]]


class FakeWindowStore:
    """Windows recounted from scratch at each read: slow, and plainly right.

    Args:
        now: the store's clock, milliseconds since 1970; None: when a document was last seen, as the documents say.
    """

    def __init__(self, now: int | None = None) -> None:
        self.now, self.broker = now, 0
        self.pace: int | None = None
        self.proven: dict[int, Baseline] = {}
        self.partitions: dict[str, dict[str, int]] = {}
        self._documents: dict[str, Contribution] = {}
        self._progress: dict[str, Progress] = {}
        self._settled: dict[int, tuple[dict[str, Bucket], dict[str, int]]] = {}
        self._writes = 0
        self._touched: list[int | None] = []  # the oldest minute of each write
        self.mark: str | None = "complete"

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        added = 0
        for item in contributions:
            known = self._documents.get(item.member.id)
            if known is None or (known.late and not item.late):
                self._documents[item.member.id] = item
                added += 1
        for pair, new in progress.items():
            new = new if self.now is None else msgspec.structs.replace(new, seen=self.now)
            self._progress[pair] = self._progress[pair].merge(new) if pair in self._progress else new
        self.pace = max((each for each in (self.pace, pace) if each is not None), default=None)
        self._writes += 1
        self._touched.append(min((item.minute for item in contributions), default=None))
        return added

    async def minutes(self, minutes: Iterable[int]) -> Minutes:
        wanted = set(minutes)
        return {m: buckets for m, buckets in self._recount().items() if m in wanted}

    async def counts(self, first: int, last: int, step: int) -> Counts:
        begins = starts(first, last, step)
        span = range(begins.start, begins.start + len(begins) * step)
        minutes = {m: buckets for m, buckets in self._recount().items() if m in span}
        names = sorted({name for buckets in minutes.values() for name in buckets})
        return collect_counts(minutes, names, span.start, span.stop).resampled(step)

    async def window(self, first: int, last: int) -> dict[str, Bucket]:
        return merge_minutes(self._recount(), first, last)

    async def progress(self) -> dict[str, Progress]:
        return dict(self._progress)

    async def event_time(self) -> EventTime:
        seen = max((item.seen for item in self._progress.values()), default=0)
        now = seen if self.now is None else self.now
        return event_time((now, self.broker), dict(self._progress), self.proven, self.partitions)

    async def complete(self) -> str | None:
        return self.mark

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        counted = self._of(series)
        copies = Counter(map(_day_and_story, counted))
        of_document = {item.member.id: copies[_day_and_story(item)] for item in counted}
        kept = kept_by_minute(item.evidence for item in counted if item.evidence and first <= item.minute < last)
        return [msgspec.structs.replace(item, copies=of_document[item.id]) for item in kept]

    async def pool(self, minutes: Iterable[int]) -> dict[int, dict[str, list[Evidence]]]:
        found: dict[int, dict[str, list[Evidence]]] = {}
        for minute in minutes:
            for series in {name for item in self._documents.values() for name in item.series}:
                if told := await self.evidence(series, minute, minute + 1):
                    found.setdefault(minute, {})[series] = told
        return found

    async def members(self, series: str, first: int, last: int) -> list[WindowMember]:
        weights = {item.id: item for item in plainly_weighed(self._of(series))}
        found: list[WindowMember] = []
        for minute in range(first, last):
            kept = [item.member.id for item in self._of(series) if item.minute == minute]
            found += [weights[key] for key in sorted(kept, key=_sample)[:MEMBERS]]
        return sorted(found, key=lambda item: (item.millisecond, item.id))

    async def late(self, minutes: Iterable[int]) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for item in self._documents.values():
            for name in item.series if item.late and item.minute in set(minutes) else ():
                row = found.setdefault(item.minute, {})
                row[name] = row.get(name, 0) + 1
        return found

    async def minutes_and_late(self, minutes: Iterable[int]) -> tuple[Minutes, dict[int, dict[str, int]]]:
        wanted = list(minutes)
        return await self.minutes(wanted), await self.late(wanted)

    async def changed(self, limit: int) -> dict[int, Change]:
        now = await self._whole()
        changed = [minute for minute, found in now.items() if self._settled.get(minute) != found]
        return dict.fromkeys(sorted(changed)[:limit], (self._writes,))

    async def changes_since(self, change: Change | None) -> tuple[Change, int | None]:
        now = (self._writes,)
        if change is None:
            return now, 0
        return now, min((minute for minute in self._touched[change[0] :] if minute is not None), default=None)

    async def settle(self, changed: Mapping[int, Change]) -> None:
        now = await self._whole()
        self._settled |= {minute: now[minute] for minute, at in changed.items() if at == (self._writes,)}

    async def _whole(self) -> dict[int, tuple[dict[str, Bucket], dict[str, int]]]:
        """Return all that a minute's rows are made of."""
        counted, late = await self.minutes_and_late({item.minute for item in self._documents.values()})
        return {minute: (counted.get(minute, {}), late.get(minute, {})) for minute in counted.keys() | late.keys()}

    def _of(self, series: str) -> list[Contribution]:
        return [item.to(series) for item in self._documents.values() if series in item.series and not item.late]

    def _recount(self) -> Minutes:
        return recount(list(self._documents.values()))


def _day_and_story(item: Contribution) -> tuple[int, str]:
    return item.member.millisecond // DAY_MS, item.member.story


def recount(contributions: Sequence[Contribution]) -> Minutes:
    """Count plainly: each document once, and what each weighs beside all others of its series."""
    result: Minutes = {}
    items = {item.member.id: item for item in contributions if not item.late}
    for name in {name for item in items.values() for name in item.series}:
        own = [item.to(name) for item in items.values() if name in item.series]
        for item in own:
            _put(result, item.minute, name, item.raw)
        for minute, bucket in _weights(own):
            _put(result, minute, name, bucket)
    return result


def plainly_weighed(contributions: Iterable[Contribution]) -> list[WindowMember]:
    """Weigh by the words of the rule: for each document, count the sources and the stories of those before it."""
    told_by: dict[tuple[int, str], set[str]] = {}  # the sources of a story on a day
    tells: dict[tuple[int, str], set[str]] = {}  # the stories of a source in an hour
    found = []
    for item in sorted((item.member for item in contributions), key=lambda m: (m.millisecond, digest(m.id))):
        sources = told_by.setdefault((item.millisecond // DAY_MS, item.story), set())
        stories = tells.setdefault((item.millisecond // HOUR_MS, item.source), set())
        weight = 0
        if item.source not in sources and len(sources) < len(BY_SOURCE) and len(stories) < MAX_STORIES:
            weight = BY_SOURCE[len(sources)] * IN_FULL // max(IN_FULL, len(stories) + 1)
            weight = weight * item.relevance // UNIT
        sources.add(item.source)
        stories.add(item.story)
        found.append(msgspec.structs.replace(item, weight=weight))
    return found


def _weights(own: Sequence[Contribution]) -> Iterable[tuple[int, Bucket]]:
    stories, sources = set[tuple[int, str]](), set[tuple[int, str]]()
    for item in plainly_weighed(own):
        story, source = (item.millisecond // DAY_MS, item.story), (item.millisecond // HOUR_MS, item.source)
        names = {"independent": item.weight, f"independent_{item.sentiment}": item.weight}
        bucket = Bucket(**names, stories=story not in stories, sources=source not in sources)
        stories.add(story)
        sources.add(source)
        yield item.millisecond // 60_000, bucket


def _sample(document_id: str) -> int:
    return int.from_bytes(blake2b(document_id.encode(), digest_size=6, person=b"sample").digest(), "big")


def _put(result: Minutes, minute: int, name: str, bucket: Bucket) -> None:
    series = result.setdefault(minute, {})
    series[name] = series.get(name, Bucket()).merge(bucket)
