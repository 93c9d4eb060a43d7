"""Texts that are to go, out of PostgreSQL: evidence of alerts, the pool of evidence, notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stream.adapters.postgres.engine import storable, store_errors
from stream.adapters.postgres.tables import alert_evidence, deliveries, erased_documents, series_evidence
from stream.pipeline.documents.erasure import BEGINNING, Erased, Erasure, mark_of
from stream.pipeline.notify.payload import Brief, Notification, decode
from stream.pipeline.windows.bucket import minute_of

# Which rows: those of the documents, and where a source is given, of that source or an account behind it. The hash is
# that of ``mark_of``.
_ERASE = """
UPDATE {table} AS kept
SET text = '[erased, sha256 ' || encode(sha256(convert_to(kept.text, 'UTF8')), 'hex') || ']',
  truncated = false, readable = NULL, title = NULL, author = NULL, url = NULL
FROM unnest(CAST(:ids AS text[]), CAST(:sources AS text[])) AS gone(document, source)
WHERE kept.document = gone.document
  AND (gone.source IN ('', kept.source) OR starts_with(kept.source, gone.source || '/'))
  AND NOT starts_with(kept.text, '[erased, sha256 ')
RETURNING kept.document
"""
_MINUTES = """
SELECT kept.document, kept.minute FROM series_evidence AS kept,
  unnest(CAST(:ids AS text[]), CAST(:sources AS text[])) AS gone(document, source)
WHERE kept.document = gone.document
  AND (gone.source IN ('', kept.source) OR starts_with(kept.source, gone.source || '/'))
"""
_NEW = insert(erased_documents)
# What is erased again came back from somewhere, so it is remembered from now on.
_KEEP_SO = _NEW.on_conflict_do_update(
    constraint=erased_documents.primary_key,
    set_={"erased_at": func.greatest(erased_documents.c.erased_at, _NEW.excluded.erased_at)},
)
replace = msgspec.structs.replace
# The notifications of a group quote the evidence of its alerts.
_QUOTING = """
SELECT sent.id, sent.payload FROM deliveries AS sent
WHERE length(sent.payload) > 0 AND sent.group_id IN (
  SELECT group_id FROM alerts WHERE id IN (
    SELECT kept.alert_id FROM alert_evidence AS kept,
      unnest(CAST(:ids AS text[]), CAST(:sources AS text[])) AS gone(document, source)
    WHERE kept.document = gone.document
  AND (gone.source IN ('', kept.source) OR starts_with(kept.source, gone.source || '/'))))
ORDER BY sent.id FOR UPDATE
"""


class PostgresErasures:
    """The port :class:`stream.pipeline.documents.erasure.ErasureStore`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def erase(self, erasures: Sequence[Erasure], reason: str, now: datetime) -> Erased:
        """Put marks in place of texts, all in one transaction; see the port.

        Raises:
            StoreError: the store did not answer; erase the same again.
        """
        wanted = sorted({(storable(item.id), storable(item.source)) for item in erasures})
        names = {"ids": [document for document, _ in wanted], "sources": [source for _, source in wanted]}
        rows = [
            {"document": document, "source": source, "reason": reason, "erased_at": now} for document, source in wanted
        ]
        with store_errors("erase texts"):
            async with self._engine.begin() as connection:
                await connection.execute(_KEEP_SO, rows)
                evidence, pool = [
                    len((await connection.execute(text(_ERASE.format(table=table)), names)).all())
                    for table in ("alert_evidence", "series_evidence")
                ]
                sent = await _erase_sent(connection, names)
                found = (await connection.execute(text(_MINUTES), names)).all()
        minutes: dict[str, set[int]] = {}
        for document, minute in found:
            minutes.setdefault(document, set()).add(minute_of(minute))
        return Erased(evidence, pool, sent, {document: frozenset(some) for document, some in minutes.items()})

    async def of_author(self, author: str) -> list[Erasure]:
        """Return the documents of an author that are evidence; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        return await self._kept("author", [author])

    async def of_ids(self, ids: Sequence[str]) -> list[Erasure]:
        """Return the documents of these ids that are evidence.

        Raises:
            StoreError: the store did not answer.
        """
        return await self._kept("document", ids)

    async def _kept(self, column: str, values: Sequence[str]) -> list[Erasure]:
        names = [storable(value) for value in values]
        queries = [
            select(table.c.document, table.c.source).where(table.c[column].in_(names))
            for table in (alert_evidence, series_evidence)
        ]
        with store_errors("return the documents to erase"):
            async with self._engine.connect() as connection:
                found = {tuple(row) for query in queries for row in await connection.execute(query)}
        return [Erasure(document, source) for document, source in sorted(found)]


async def _erase_sent(connection: AsyncConnection, names: dict[str, Any]) -> int:
    """Erase the texts that notifications quote; return how many of these changed."""
    changed, gone = 0, set(zip(names["ids"], names["sources"], strict=True))
    for row in (await connection.execute(text(_QUOTING), names)).all():
        payload = _without(row.payload, gone)
        if payload is not None:
            await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(payload=payload))
            changed += 1
    return changed


def _marked(item: Brief) -> Brief:
    return replace(item, text=mark_of(item.text), truncated=False, url=None, title=msgspec.UNSET)


def _without(content: bytes, gone: set[tuple[str, str]]) -> bytes | None:
    """Return a notification without the texts of these (document, source or ""); None: it has none of them."""
    note: Notification = decode(content)

    def is_gone(item: Brief) -> bool:
        names = "", item.source, item.source.partition("/")[0]
        return not item.text.startswith(BEGINNING) and any((item.id, source) in gone for source in names)

    def without(items: tuple[Brief, ...]) -> tuple[Brief, ...]:
        return tuple(_marked(item) if is_gone(item) else item for item in items)

    data, earlier = note.data, note.data.earlier
    if not isinstance(earlier, msgspec.UnsetType):
        earlier = replace(earlier, evidence=without(earlier.evidence))
    changed = replace(data, evidence=without(data.evidence), earlier=earlier)
    return None if changed == data else msgspec.json.encode(replace(note, data=changed))
