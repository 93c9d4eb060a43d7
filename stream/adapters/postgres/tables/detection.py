"""Detection: the detector's state, its latest decisions, those of the past, and what a replay of an alert needs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from stream.adapters.postgres.tables.base import MOMENT, metadata

detector_state = Table(
    "detector_state",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    # Bytes: the state is read by the detector alone, and comes back digit for digit. It is that of a version before
    # where there are changes of it.
    Column("state", LargeBinary, nullable=False),
    # The first minute, counted from 1970, that was not decided on yet.
    Column("evaluated", BigInteger, nullable=False),
)

# What made each version of a state of the one before, since the whole was written.
detector_changes = Table(
    "detector_changes",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("changes", LargeBinary, nullable=False),
)

# The latest decision on each series, by rule; ``decision`` holds all of it.
series_state = Table(
    "series_state",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("evaluated", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("documents", Double, nullable=False),
    Column("negatives", Double, nullable=False),
    Column("expected_share", Double, nullable=False),
    Column("expected_low", Double, nullable=False),
    Column("expected_high", Double, nullable=False),
    Column("usual_negatives", Double, nullable=False),
    Column("score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("decision", JSONB, nullable=False),
    Index("series_state_series", "series"),
)

# Decisions of the past, for the expected band: ``minute`` is the end of the window of ``window`` minutes.
series_decisions = Table(
    "series_decisions",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("minute", MOMENT, primary_key=True),
    Column("window", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("documents", Double, nullable=False),
    Column("negatives", Double, nullable=False),
    Column("expected", Double, nullable=False),
    Column("expected_low", Double, nullable=False),
    Column("expected_high", Double, nullable=False),
    Column("score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Index("series_decisions_minute", "minute"),
)

# What `alerts replay` computes the decision from again: rule, state before it, buckets, ids and positions of documents.
alert_records = Table(
    "alert_records",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("rule_hash", Text, nullable=False),
    Column("artifact_hash", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
