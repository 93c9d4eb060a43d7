"""Documents whose texts are gone; triggers keep it so, see migration 0015."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from stream.adapters.postgres.tables.base import MOMENT, metadata

# ``source`` is empty where the document of this id was meant, whatever its source.
erased_documents = Table(
    "erased_documents",
    metadata,
    Column("document", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("erased_at", MOMENT, nullable=False),
)
