"""Stage 4: minute buckets to rows that Grafana reads. :mod:`stream.adapters.postgres.series_store` fills the port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.evidence import Evidence

Pool = Mapping[int, Mapping[str, Sequence[Evidence]]]
Buckets = Mapping[int, Mapping[str, Bucket]]  # by minute and series
Late = Mapping[int, Mapping[str, int]]  # documents that came too late to count, by minute and series


class SeriesStore(Protocol):
    """The port: one row per series and minute, of what counted there and of how many documents came too late for it."""

    async def upsert(self, minutes: Buckets, late: Late) -> int:
        """Write the buckets and late documents of the given minutes; return how many rows were sent.

        Writing the same twice changes nothing. Where counted and late documents together are fewer than its row has,
        what is sent is stale and dropped: documents only ever come, but a rebuild may move them from late to counted.

        Raises:
            StoreError: the store did not answer; write the same again.
        """

    async def replace(self, first: int, last: int, minutes: Buckets, late: Late) -> int:
        """Make the rows of ``first <= m < last`` exactly those, in one step; return how many they are."""

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of the minutes ``first <= m < last``; a row of late documents alone has none."""

    async def late(self, first: int, last: int) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for each of the minutes ``first <= m < last``."""


class Projection(SeriesStore, Protocol):
    """The port: minute rows and the pool of evidence beside them. Every method raises StoreError: do it again."""

    async def put_evidence(self, pool: Pool) -> int:
        """Make the evidence of each series and minute in ``pool`` what stands there; return how many rows were sent."""

    async def documents(self, first: int, last: int) -> dict[int, int]:
        """Return how many documents stand in the minutes ``first <= m < last``, late ones too: by UTC day since 1970.

        Each document that is read has one topic, so those of the topics are all there are of these.
        """

    async def retain(self, days: int, evidence_days: int, decision_days: int) -> bool:
        """Delete some of what is older than so many days before the newest minute; True when there is more.

        That is minutes, the pool of evidence, and the detector's decisions of the past.
        """
