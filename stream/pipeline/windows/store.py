"""The port of the windows: minute buckets, kept where all workers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.independence import WindowMember

# The number of a minute's last change in each part of the store; numbers grow from change to change, in all minutes.
Change = tuple[int, ...]


class WindowStore(Protocol):
    """The port: minute buckets, kept where all workers see them, and what is known of each partition's progress.

    Every method raises StoreError when the store does not answer; each may then be called again with the same.
    """

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Count what was not counted before, atomically with ``progress``; return how many documents were new.

        When a pair was ``seen`` says the store's own clock. ``pace``: see
        :class:`~stream.pipeline.progress.watermark.ProgressTracker`. Where the store did not answer, what was added is
        unknown: add the same again.
        """

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of those of ``minutes`` that hold anything: minute -> series -> bucket."""

    async def counts(self, first: int, last: int, step: int) -> Counts:
        """Return the independent documents of every series that holds anything, summed by ``step`` minutes.

        Of the columns that hold the minutes ``first <= m < last``, which begin at multiples of ``step``.
        """

    async def window(self, first: int, last: int) -> dict[str, Bucket]:
        """Return the rolling window of every series that holds anything: the sum of ``first <= m < last``."""

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come; see :mod:`stream.pipeline.progress.watermark`."""

    async def event_time(self) -> EventTime:
        """Return all that event time follows from, as of one moment by the store's clock."""

    async def complete(self) -> str | None:
        """Return a mark of all that was counted being here; None while it is not: lost and not rebuilt, or not known.

        What was read between two equal marks was complete, and of one store: a mark that was lost does not come back,
        and a store that came back older has another one when it is whole again.
        """

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of the minutes ``first <= m < last``, a few per minute, no copies."""

    async def pool(self, minutes: Iterable[int]) -> dict[int, dict[str, list[Evidence]]]:
        """Return the evidence of those of ``minutes`` that have any: minute -> series -> documents, worst first."""

    async def members(self, series: str, first: int, last: int) -> list[WindowMember]:
        """Return the documents of the minutes ``first <= m < last``, by (millisecond, id), each with its weight.

        At most 200 per minute, those with the smallest digests of their ids: a sample that neither order nor content
        decides. How many were left out is what the buckets' ``documents`` say beyond them. Kept for three hours after
        they were written.
        """

    async def late(self, minutes: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for each of ``minutes``: minute -> series -> documents."""

    async def minutes_and_late(
        self, minutes: Iterable[int]
    ) -> tuple[dict[int, dict[str, Bucket]], dict[int, dict[str, int]]]:
        """Return what :meth:`minutes` and :meth:`late` do, both from before or both from after a rebuild's switch."""

    async def changed(self, limit: int) -> dict[int, Change]:
        """Return up to ``limit`` minutes that changed since they were settled -> their last change."""

    async def changes_since(self, change: Change | None) -> tuple[Change, int | None]:
        """Return the last change, and the oldest minute that has changed after ``change``; None: none has.

        Minute 0 where that is not known: who asks for the first time, or after very many changes, is to read all anew.
        """

    async def settle(self, changed: Mapping[int, Change]) -> None:
        """Take minutes off the list of the changed, unless they have changed again since :meth:`changed` was asked.

        Where somebody else has settled a later change meanwhile, the minute is put on the list again: what was read
        before it may have been written last.
        """
