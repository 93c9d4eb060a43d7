"""Minute rows in Postgres, where Grafana reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres.engine import arrays, bulk_insert, readable_column, replaced, storable, store_errors
from stream.adapters.postgres.tables import series_evidence, series_minutes, topic_hours
from stream.pipeline.notify import moment_of
from stream.pipeline.units import HOUR
from stream.pipeline.windows.bucket import MEASURES, Bucket, minute_of
from stream.pipeline.windows.contribution import TOPIC
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.projection import Buckets, Late, Pool

# Rows per statement, so that a rebuild of days, or the deletion of old rows, holds neither locks nor memory for long.
MINUTE_ROWS, EVIDENCE_ROWS, DELETED_ROWS = 10_000, 2_000, 20_000

_measures_of = attrgetter(*MEASURES)
_COUNTED = (*MEASURES, "late")
_STORED = series_minutes.c
_INSERT = bulk_insert(series_minutes)
_NEW = _INSERT.excluded
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[_STORED.series, _STORED.minute],
    set_=replaced(series_minutes, _INSERT),
    # A row that says the same is not written again: most minutes of a round did not change.
    where=(_NEW.documents + _NEW.late >= _STORED.documents + _STORED.late)
    & tuple_(*(_NEW[name] for name in _COUNTED)).is_distinct_from(tuple_(*(_STORED[name] for name in _COUNTED))),
)


def _rows(minutes: Buckets, late: Late) -> list[tuple[Any, ...]]:
    # In one order everywhere: two writers that lock the same rows then wait for each other in no circle.
    rows, empty = [], Bucket()
    for minute in sorted(minutes.keys() | late.keys()):
        buckets, too_late, moment = minutes.get(minute, {}), late.get(minute, {}), moment_of(minute)
        rows += [
            (series, moment, *_measures_of(buckets.get(series, empty)), too_late.get(series, 0))
            for series in sorted(buckets.keys() | too_late.keys())
        ]
    return rows


_EVIDENCE = series_evidence.c
_CHANGING = "copies", "story", "readable"  # of a document that is there already
_INSERT_EVIDENCE = insert(series_evidence)
_PUT_EVIDENCE = _INSERT_EVIDENCE.on_conflict_do_update(
    index_elements=[_EVIDENCE.series, _EVIDENCE.minute, _EVIDENCE.document],
    set_=replaced(series_evidence, _INSERT_EVIDENCE),
    where=tuple_(*(_INSERT_EVIDENCE.excluded[name] for name in _CHANGING)).is_distinct_from(
        tuple_(*(_EVIDENCE[name] for name in _CHANGING))
    ),
)
# What is no longer among the most negative: rows of the series and minutes that are sent, but not sent themselves.
_DROP_EVIDENCE = text(
    "DELETE FROM series_evidence e USING (SELECT DISTINCT * FROM"
    " unnest(CAST(:series AS text[]), CAST(:minute AS timestamptz[])) AS s(series, minute)) sent"
    " WHERE e.series = sent.series AND e.minute = sent.minute AND NOT EXISTS (SELECT FROM"
    " unnest(CAST(:series AS text[]), CAST(:minute AS timestamptz[]), CAST(:document AS text[]))"
    " AS kept(series, minute, document)"
    " WHERE kept.series = e.series AND kept.minute = e.minute AND kept.document = e.document)"
)
_BY_DAY = text(
    "SELECT floor(extract(epoch FROM minute) / 86400), sum(documents + late) FROM series_minutes"
    " WHERE minute >= :first AND minute < :last AND series LIKE :topics GROUP BY 1"
)
# By event time, so that a replay of old documents is not deleted while it is looked at.
_DELETE_OLD = (
    "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE minute <"
    " (SELECT max(minute) FROM series_minutes) - make_interval(days => :days) ORDER BY minute LIMIT :most))"
)


def _evidence_batches(pool: Pool) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in batches of about EVIDENCE_ROWS; the documents of one series and minute are never parted."""
    batch: list[dict[str, Any]] = []
    for minute, evidence_by_series in sorted(pool.items()):
        for series, items in sorted(evidence_by_series.items()):
            batch += [_evidence_row(series, minute, item) for item in sorted(items, key=lambda item: item.id)]
            if len(batch) >= EVIDENCE_ROWS:
                yield batch
                batch = []
    if batch:
        yield batch


def _evidence_row(series: str, minute: int, item: Evidence) -> dict[str, Any]:
    text_ = storable(item.text)
    return {
        "series": series,
        "minute": moment_of(minute),
        "document": storable(item.id),
        "story": item.story,
        "copies": item.copies,
        "source": storable(item.source),
        "author": None if item.author is None else storable(item.author),
        "url": None if item.url is None else storable(item.url),
        "published_at": item.published_at,
        "text": text_,
        "truncated": item.truncated,
        "negative": item.negative,
        "entries": list(item.entries),
        "readable": readable_column(text_),
        "negative_of_text": item.negative_of_text,
        "title": None if item.title is None else storable(item.title),
    }


class PostgresSeriesStore:
    """The port :class:`stream.pipeline.windows.projection.Projection`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def upsert(self, minutes: Buckets, late: Late) -> int:
        """Write the rows, unless those that stand are newer; return how many were sent.

        Raises:
            StoreError: the store did not answer; write the same again.
        """
        rows = _rows(minutes, late)
        with store_errors("write the minutes"):
            for at in range(0, len(rows), MINUTE_ROWS):
                async with self._engine.begin() as connection:
                    await connection.execute(_UPSERT, arrays(series_minutes, rows[at : at + MINUTE_ROWS]))
        return len(rows)

    async def replace(self, first: int, last: int, minutes: Buckets, late: Late) -> int:
        """Make the rows of a span of minutes exactly those; see the port.

        Raises:
            StoreError: the store did not answer; replace the same again.
        """
        rows = _rows(minutes, late)
        span = (_STORED.minute >= moment_of(first), _STORED.minute < moment_of(last))
        with store_errors("replace the minutes"):
            async with self._engine.begin() as connection:
                await connection.execute(delete(series_minutes).where(*span))
                for at in range(0, len(rows), MINUTE_ROWS):
                    await connection.execute(_UPSERT, arrays(series_minutes, rows[at : at + MINUTE_ROWS]))
        return len(rows)

    async def put_evidence(self, pool: Pool) -> int:
        """Make the evidence of each series and minute what ``pool`` says; see the port.

        Raises:
            StoreError: the store did not answer; put the same again.
        """
        with store_errors("write the evidence"):
            for batch in _evidence_batches(pool):
                keys = {name: [row[name] for row in batch] for name in ("series", "minute", "document")}
                async with self._engine.begin() as connection:
                    await connection.execute(_DROP_EVIDENCE, keys)
                    await connection.execute(_PUT_EVIDENCE, batch)
        return sum(len(items) for row in pool.values() for items in row.values())

    async def retain(self, days: int, evidence_days: int, decision_days: int) -> bool:
        """Delete up to 20,000 old rows of each table; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        more = False
        tables = {"series_minutes": days, "series_evidence": evidence_days, "series_decisions": decision_days}
        with store_errors("delete old rows"):
            for table, kept_days in tables.items():
                async with self._engine.begin() as connection:
                    statement = text(_DELETE_OLD.format(table=table))
                    deleted = await connection.execute(statement, {"days": kept_days, "most": DELETED_ROWS})
                    more = more or deleted.rowcount == DELETED_ROWS
        return more

    async def documents(self, first: int, last: int) -> dict[int, int]:
        """Return how many documents stand there, by day; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        span = {"first": moment_of(first), "last": moment_of(last), "topics": f"{TOPIC}%"}
        with store_errors("count the documents"):
            async with self._engine.connect() as connection:
                return {int(day): int(count) for day, count in await connection.execute(_BY_DAY, span)}

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of the minutes ``first <= m < last``; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        # Not the rows that only count documents which came too late.
        has_bucket = (_STORED.documents > 0) | (_STORED.late == 0)
        buckets: dict[int, dict[str, Bucket]] = {}
        for minute, series, *measures in await self._select(MEASURES, first, last, has_bucket):
            buckets.setdefault(minute_of(minute), {})[series] = Bucket(*measures)
        return buckets

    async def late(self, first: int, last: int) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for the minutes ``first <= m < last``.

        Raises:
            StoreError: the store did not answer.
        """
        late_documents: dict[int, dict[str, int]] = {}
        for minute, series, count in await self._select(("late",), first, last, _STORED.late > 0):
            late_documents.setdefault(minute_of(minute), {})[series] = count
        return late_documents

    async def hours(self, first: int) -> list[int]:
        """Return the hours since 1970, from ``first`` on, of which documents stand in the minutes.

        Each document has a topic, so the hours of the topics are all there are.

        Raises:
            StoreError: the store did not answer.
        """
        of = topic_hours.c
        since = moment_of(first * HOUR)
        query = select(of.hour).where(of.hour >= since, of.documents > 0).distinct().order_by(of.hour)
        with store_errors("return the hours"):
            async with self._engine.connect() as connection:
                return [minute_of(hour) // HOUR for hour in await connection.scalars(query)]

    async def _select(
        self, names: Sequence[str], first: int, last: int, condition: ColumnElement[bool]
    ) -> Sequence[Any]:
        query = (
            select(_STORED.minute, _STORED.series, *(_STORED[name] for name in names))
            .where(_STORED.minute >= moment_of(first), _STORED.minute < moment_of(last), condition)
            .order_by(_STORED.minute, _STORED.series)
        )
        with store_errors("return the minutes"):
            async with self._engine.connect() as connection:
                return (await connection.execute(query)).all()
