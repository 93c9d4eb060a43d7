"""In-memory ports for unit tests; each passes the same contract suite as the real adapter."""

from collections.abc import Sequence

from stream.pipeline.aggregate import Bucket, Contribution


class FakeWindowStore:
    """Windows recounted from scratch at each read: slow, and plainly right."""

    def __init__(self) -> None:
        self._documents: dict[str, Contribution] = {}

    async def add(self, contributions: Sequence[Contribution]) -> int:
        before = len(self._documents)
        for item in contributions:
            self._documents.setdefault(item.document, item)
        return len(self._documents) - before

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        return {m: buckets for m, buckets in recount(list(self._documents.values())).items() if first <= m < last}


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
