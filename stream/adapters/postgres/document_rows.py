"""Documents of alerts as rows of the tables, and back: their evidence, and what was written before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Row

from stream.adapters.postgres.engine import readable_column, storable
from stream.pipeline.documents.record import Origin
from stream.pipeline.notify import Alert, Change
from stream.pipeline.windows.evidence import OF_ALERT, Evidence

replace = msgspec.structs.replace


def storable_change(change: Change) -> Change:
    """Return ``change`` with at most ten documents, in text that Postgres and JSON can hold."""
    earlier, evidence = change.earlier, tuple(map(_storable_evidence, change.evidence[:OF_ALERT]))
    if earlier is not None:
        earlier = replace(earlier, evidence=tuple(map(_storable_evidence, earlier.evidence)))
    return replace(change, evidence=evidence, earlier=earlier)


def _storable_evidence(item: Evidence) -> Evidence:
    texts = {name: getattr(item, name) for name in ("id", "source", "author", "url", "text", "title")}
    return replace(item, **{name: storable(text) for name, text in texts.items() if text is not None})


def evidence_rows(change: Change) -> Iterator[dict[str, Any]]:
    """Yield a row for each document of ``change``, in their order, and of what was written before."""
    before = change.earlier.evidence if change.earlier else ()
    for position, item in enumerate((*change.evidence, *before)):
        yield {
            "alert_id": change.alert_id,
            "position": position,
            "document": item.id,
            "source": item.source,
            "author": item.author,
            "url": item.url,
            "published_at": item.published_at,
            "text": item.text,
            "truncated": item.truncated,
            "negative": item.negative,
            "origin": msgspec.to_builtins(item.origin),
            "story": item.story,
            "entries": list(item.entries),
            "scored_at": item.scored_at,
            "readable": readable_column(item.text),
            "negative_of_text": item.negative_of_text,
            "title": item.title,
            "before": position >= len(change.evidence),
        }


def with_documents(alert: Alert, rows: Iterable[Row[Any]]) -> tuple[Alert, tuple[Evidence, ...]]:
    """Return ``alert`` with what was written before it, and its evidence, from all its rows of documents."""
    kept = list(rows)
    evidence = tuple(evidence_of(row) for row in kept if not row.before)
    if alert.earlier is None:
        return alert, evidence
    before = tuple(evidence_of(row) for row in kept if row.before)
    return replace(alert, earlier=replace(alert.earlier, evidence=before)), evidence


def evidence_of(row: Row[Any]) -> Evidence:
    """Return the document of a row."""
    origin = None if row.origin is None else msgspec.convert(row.origin, Origin)
    return replace(of_pool(row), origin=origin, scored_at=row.scored_at)


def of_pool(row: Row[Any]) -> Evidence:
    """Return the document of a row of the pool of evidence."""
    return Evidence(
        id=row.document,
        source=row.source,
        published_at=row.published_at,
        text=row.text,
        negative=row.negative,
        author=row.author,
        url=row.url,
        truncated=row.truncated,
        entries=tuple(row.entries),
        story=row.story,
        negative_of_text=row.negative_of_text,
        title=row.title,
    )
