"""Series: minute rows and the pool of evidence. Written by stage ``project``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from stream.adapters.postgres.tables.base import MOMENT, metadata
from stream.pipeline.windows.bucket import MEASURES

series_minutes = Table(
    "series_minutes",
    metadata,
    Column("series", Text, primary_key=True),
    Column("minute", MOMENT, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
    # Documents that came too late to be in any of the others; where only such came, the others are 0.
    Column("late", BigInteger, nullable=False, server_default="0"),
    Index("series_minutes_minute", "minute"),
    Index("series_minutes_late", "minute", postgresql_where=text("late > 0")),
    # For Grafana's overview; the condition is written as its queries have it.
    Index("series_minutes_topics", "minute", postgresql_where=text("series LIKE 'topic:%'")),
)

# Topics by the hour, for weeks on one page. Nobody writes it: triggers on series_minutes do, see migration 0006.
topic_hours = Table(
    "topic_hours",
    metadata,
    Column("series", Text, primary_key=True),
    Column("hour", MOMENT, primary_key=True),
    Column("documents", BigInteger, nullable=False),
    Column("independent", BigInteger, nullable=False),
    Column("independent_negative", BigInteger, nullable=False),
    Index("topic_hours_hour", "hour"),
)

# The most negative documents of a series and minute, bounded, verbatim: what dashboards show beside the numbers.
series_evidence = Table(
    "series_evidence",
    metadata,
    Column("series", Text, primary_key=True),
    Column("minute", MOMENT, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("story", Text, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("author", Text),
    Column("url", Text),
    Column("published_at", MOMENT, nullable=False),
    Column("text", Text, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("negative", Double, nullable=False),
    Column("entries", ARRAY(Text), nullable=False),
    # The text as people read it, where that is another one: without tags and entities. Dashboards show it.
    Column("readable", Text),
    # p(negative) of the whole text, where ``negative`` is that of the series' entry.
    Column("negative_of_text", Double),
    Column("title", Text),
    Index("series_evidence_minute", "minute"),
    Index("series_evidence_document", "document"),
)
