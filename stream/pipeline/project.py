"""Stage 4: minute buckets to rows that Grafana reads. The port is filled by :mod:`stream.adapters.series_store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from stream.pipeline.aggregate import Bucket
from stream.pipeline.evidence import Evidence

Pool = Mapping[int, Mapping[str, Sequence[Evidence]]]


class SeriesStore(Protocol):
    """The port: one row per series and minute."""

    async def upsert(self, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        """Write the buckets of the given minutes (minute -> series -> bucket); return how many rows were sent.

        Writing the same twice changes nothing; a bucket with fewer documents than its row has is stale and dropped.

        Raises:
            StoreError: the store did not answer; write the same again.
        """

    async def replace(self, first: int, last: int, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        """Make the rows of ``first <= m < last`` exactly ``minutes``, in one step; return how many those are."""

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the rows of the minutes ``first <= m < last``."""


class Projection(SeriesStore, Protocol):
    """The port: minute rows and the pool of evidence beside them. Every method raises StoreError: do it again."""

    async def put_evidence(self, pool: Pool) -> int:
        """Make the evidence of each series and minute in ``pool`` what stands there; return how many rows were sent."""

    async def retain(self, days: int, evidence_days: int) -> bool:
        """Delete some of what is older than so many days before the newest row; True when there is more."""
