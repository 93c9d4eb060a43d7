"""Minute rows in Postgres, where Grafana reads them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.pipeline.aggregate import MEASURES, Bucket, minute_of
from stream.pipeline.notify import moment_of
from stream.postgres import arrays, bulk_insert, replaced, store_errors
from stream.tables import series_minutes

ROWS = 10_000  # rows per statement, so that a rebuild of days neither holds locks nor memory for long

_sums = attrgetter(*MEASURES)
_KEPT = series_minutes.c
_INSERT = bulk_insert(series_minutes)
_SENT = _INSERT.excluded
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[_KEPT.series, _KEPT.minute],
    set_=replaced(series_minutes, _INSERT),
    # A row that says the same is not written again: most minutes of a round did not change.
    where=(_SENT.documents >= _KEPT.documents)
    & tuple_(*(_SENT[name] for name in MEASURES)).is_distinct_from(tuple_(*(_KEPT[name] for name in MEASURES))),
)


def _rows(minutes: Mapping[int, Mapping[str, Bucket]]) -> list[tuple[Any, ...]]:
    # In one order everywhere: two writers that lock the same rows then wait for each other in no circle.
    return [
        (series, moment_of(minute), *_sums(bucket))
        for minute, buckets in sorted(minutes.items())
        for series, bucket in sorted(buckets.items())
    ]


class PostgresSeriesStore:
    """The port :class:`stream.pipeline.project.SeriesStore`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def upsert(self, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        """Write the buckets, unless their rows are newer; return how many were sent.

        Raises:
            StoreError: the store did not answer; write the same again.
        """
        rows = _rows(minutes)
        with store_errors("write the minutes"):
            for at in range(0, len(rows), ROWS):
                async with self._engine.begin() as connection:
                    await connection.execute(_UPSERT, arrays(series_minutes, rows[at : at + ROWS]))
        return len(rows)

    async def replace(self, first: int, last: int, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        """Make the rows of a span of minutes exactly ``minutes``; see the port.

        Raises:
            StoreError: the store did not answer; replace the same again.
        """
        rows = _rows(minutes)
        span = (_KEPT.minute >= moment_of(first), _KEPT.minute < moment_of(last))
        with store_errors("replace the minutes"):
            async with self._engine.begin() as connection:
                await connection.execute(delete(series_minutes).where(*span))
                for at in range(0, len(rows), ROWS):
                    await connection.execute(_UPSERT, arrays(series_minutes, rows[at : at + ROWS]))
        return len(rows)

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the rows of the minutes ``first <= m < last``.

        Raises:
            StoreError: the store did not answer.
        """
        query = (
            select(_KEPT.minute, _KEPT.series, *(_KEPT[name] for name in MEASURES))
            .where(_KEPT.minute >= moment_of(first), _KEPT.minute < moment_of(last))
            .order_by(_KEPT.minute, _KEPT.series)
        )
        with store_errors("return the minutes"):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).all()
        found: dict[int, dict[str, Bucket]] = {}
        for minute, series, *sums in rows:
            found.setdefault(minute_of(minute), {})[series] = Bucket(*sums)
        return found
