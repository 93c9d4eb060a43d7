"""In-memory ports for unit tests; each passes the same contract suite as the real adapter."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from stream.pipeline.aggregate import Bucket, Contribution
from stream.pipeline.evidence import PER_MINUTE, Evidence
from stream.pipeline.watermark import Progress


class FakeWindowStore:
    """Windows recounted from scratch at each read: slow, and plainly right."""

    def __init__(self) -> None:
        self._documents: dict[str, Contribution] = {}
        self._progress: dict[str, Progress] = {}
        self._settled: dict[int, dict[str, Bucket]] = {}
        self._writes = 0

    async def add(self, contributions: Sequence[Contribution], progress: Mapping[str, Progress]) -> int:
        before = sum(item.leading for item in self._documents.values())
        for item in contributions:
            self._documents.setdefault(item.document, item)
        for pair, new in progress.items():
            self._progress[pair] = self._progress[pair].merge(new) if pair in self._progress else new
        self._writes += 1
        return sum(item.leading for item in self._documents.values()) - before

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        wanted = set(minutes)
        return {m: buckets for m, buckets in self._recount().items() if m in wanted}

    async def progress(self) -> dict[str, Progress]:
        return dict(self._progress)

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        told: set[tuple[str, str]] = set()
        found: dict[int, list[tuple[int, bytes, Evidence]]] = {}
        for item in self._documents.values():
            key = (item.series, item.story)
            if item.series == series and first <= item.minute < last and item.evidence and key not in told:
                entry = (item.raw.p_negative, msgspec.json.encode(item.evidence), item.evidence)
                found.setdefault(item.minute, []).append(entry)
            told.add(key)
        ranked = [sorted(found[minute], key=lambda entry: entry[:2], reverse=True) for minute in sorted(found)]
        return [evidence for entries in ranked for _, _, evidence in entries[:PER_MINUTE]]

    async def changed(self, limit: int) -> dict[int, int]:
        changed = [m for m, buckets in self._recount().items() if self._settled.get(m) != buckets]
        return dict.fromkeys(sorted(changed)[:limit], self._writes)

    async def settle(self, changed: Mapping[int, int]) -> None:
        now = self._recount()
        self._settled |= {minute: now[minute] for minute, at in changed.items() if at == self._writes}

    def _recount(self) -> dict[int, dict[str, Bucket]]:
        return recount(list(self._documents.values()))


def recount(contributions: Sequence[Contribution]) -> dict[int, dict[str, Bucket]]:
    """Count plainly: each document once, each story once a day and series, in the bucket of its earliest copy."""
    result: dict[int, dict[str, Bucket]] = {}
    earliest: dict[tuple[str, str], Contribution] = {}
    for item in contributions:
        _put(result, item, item.raw)
        key = (item.series, item.story)
        if key not in earliest or _order(item) < _order(earliest[key]):
            earliest[key] = item
    for item in earliest.values():
        _put(result, item, item.independent)
    return result


def _order(item: Contribution) -> tuple[int, str]:
    return item.millisecond, item.document


def _put(result: dict[int, dict[str, Bucket]], item: Contribution, bucket: Bucket) -> None:
    series = result.setdefault(item.minute, {})
    series[item.series] = series.get(item.series, Bucket()).merge(bucket)
