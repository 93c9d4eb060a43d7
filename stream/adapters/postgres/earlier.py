"""What was written of a series before an event, from the minute rows and the pool of evidence."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.postgres.document_rows import of_pool
from stream.adapters.postgres.tables import series_evidence, series_minutes
from stream.pipeline.notify import moment_of
from stream.pipeline.windows.earlier import LOOK_BACK, SHOWN, SILENT_DAYS, SILENT_DOCUMENTS, Earlier
from stream.pipeline.windows.evidence import one_each

DAY = timedelta(days=1)
_MANY = 50  # documents that are read: many may be of one story, one a minute


async def earlier(connection: AsyncConnection, series: str, first: int) -> Earlier | None:
    """Return what was written before the minute ``first``; see the port."""
    end, column = moment_of(first), series_minutes.c
    oldest = await connection.scalar(select(func.min(column.minute)))
    days = 0 if oldest is None else min((end - oldest) // DAY, LOOK_BACK)
    if days < SILENT_DAYS:
        return None
    own = column.series == series
    lately = select(func.coalesce(func.sum(column.documents), 0)).where(
        own, column.minute >= end - SILENT_DAYS * DAY, column.minute < end
    )
    if (await connection.scalar(lately) or 0) > SILENT_DOCUMENTS:
        return None
    counted = select(func.sum(column.documents), func.sum(column.negative), func.max(column.minute)).where(
        own, column.minute >= end - days * DAY, column.minute < end, column.documents > 0
    )
    documents, negatives, last = (await connection.execute(counted)).one()
    if not documents:
        return Earlier(days)
    pool = series_evidence.c
    texts = (
        select(series_evidence)
        .where(pool.series == series, pool.minute >= end - days * DAY, pool.minute < end)
        .order_by(pool.published_at.desc(), pool.document)
        .limit(_MANY)
    )
    found = one_each([of_pool(row) for row in await connection.execute(texts)])[:SHOWN]
    return Earlier(days, int(documents), int(negatives), last, tuple(found))
