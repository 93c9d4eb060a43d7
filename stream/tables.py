"""The tables in Postgres, as SQLAlchemy metadata. The migrations make them; a test holds the two together.

Times named ``minute``, ``evaluated``, ``at``, ``fired_at`` and ``resolved_at`` are event times, the others wall clock.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from stream.pipeline.aggregate import MEASURES

MOMENT = DateTime(timezone=True)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)


def _alert_id(*, key: bool) -> Column[str]:
    return Column("alert_id", Text, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=key, nullable=False)


series_minutes = Table(
    "series_minutes",
    metadata,
    Column("series", Text, primary_key=True),
    Column("minute", MOMENT, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
    Index("series_minutes_minute", "minute"),
)

series_state = Table(
    "series_state",
    metadata,
    Column("series", Text, primary_key=True),
    Column("evaluated", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("documents", BigInteger, nullable=False),
    Column("negatives", BigInteger, nullable=False),
    Column("expected_share", Double, nullable=False),
    Column("usual_negatives", Double, nullable=False),
    Column("score", Double, nullable=False),
    Column("decision", JSONB, nullable=False),
)

detector_state = Table(
    "detector_state",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    # JSON as bytes: it is read by the detector alone, and comes back digit for digit.
    Column("state", LargeBinary, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("fired_at", MOMENT, nullable=False),
    Column("resolved_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Index("alerts_open", "rule", "series", unique=True, postgresql_where=text("status <> 'resolved'")),
    Index("alerts_fired_at", text("fired_at DESC")),
)

alert_transitions = Table(
    "alert_transitions",
    metadata,
    _alert_id(key=True),
    Column("status", Text, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("decision", JSONB, nullable=False),
)

alert_evidence = Table(
    "alert_evidence",
    metadata,
    _alert_id(key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("author", Text),
    Column("url", Text),
    Column("published_at", MOMENT, nullable=False),
    Column("text", Text, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("negative", Double, nullable=False),
    # none_as_null: a document without an origin has SQL's NULL here, not JSON's.
    Column("origin", JSONB(none_as_null=True)),
)

# ``next_at`` is there as long as a delivery is not done: it is emptied when it was taken and when it is given up.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    _alert_id(key=False),
    Column("message_id", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("next_at", MOMENT),
    Column("leased_until", MOMENT),
    Column("delivered_at", MOMENT),
    Column("error", Text),
    UniqueConstraint("message_id", "receiver"),
    Index("deliveries_alert_id", "alert_id"),
    Index("deliveries_due", "receiver", "next_at", postgresql_where=text("next_at IS NOT NULL")),
)
