"""Alerts, their life and evidence, silences, receivers and deliveries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from stream.adapters.postgres.tables.base import MOMENT, metadata


def _alert_id(*, key: bool) -> Column[str]:
    return Column("alert_id", Text, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=key, nullable=False)


alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("status", Text, nullable=False),  # firing, acknowledged, resolved
    Column("fired_at", MOMENT, nullable=False),
    Column("resolved_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    # The incident group whose members are notified of together.
    Column("group_id", Text, nullable=False),
    Column("acknowledged_at", MOMENT),
    # The latency ledger: of the newest document in the window on which the alert fired.
    Column("published_at", MOMENT),
    Column("ingested_at", MOMENT),
    Column("scored_at", MOMENT),
    Column("acknowledged_by", Text),
    # Who was told of it; and the silence that keeps it from them.
    Column("receivers", ARRAY(Text), nullable=False),
    Column("silenced_by", Text),
    # How bad the severity is, on the scale of all rules: stream.pipeline.rules.ladder.
    Column("level", Integer, nullable=False, server_default="20"),
    # The alert that stands for the event: stream.pipeline.notify.grouping.head_of.
    Column("head", Text, nullable=False, server_default=""),
    # How much was written before, where the series was new or silent: stream.pipeline.windows.earlier.
    Column("earlier", JSONB(none_as_null=True)),
    Index("alerts_group_id", "group_id"),
    Index("alerts_open", "rule", "series", unique=True, postgresql_where=text("status <> 'resolved'")),
    Index("alerts_fired_at", text("fired_at DESC")),
    # For ids by their beginning: the primary key's own order is that of the database's language.
    Index("alerts_id_beginning", "id", postgresql_ops={"id": "text_pattern_ops"}),
)

alert_transitions = Table(
    "alert_transitions",
    metadata,
    _alert_id(key=True),
    Column("status", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    # none_as_null: a step that a person took has no decision.
    Column("decision", JSONB(none_as_null=True)),
    # What makes a step one of a kind, so that it is recorded once: firing, severity:critical, acknowledged, resolved.
    Column("step", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
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
    Column("story", Text, nullable=False),
    Column("entries", ARRAY(Text), nullable=False),
    Column("scored_at", MOMENT),
    # The text as people read it, where that is another one: without tags and entities. Dashboards show it.
    Column("readable", Text),
    # p(negative) of the whole text, where ``negative`` is that of the series' entry.
    Column("negative_of_text", Double),
    Column("title", Text),
    # Written before the event: it proves nothing.
    Column("before", Boolean),
    Index("alert_evidence_document", "document"),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("matchers", JSONB, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("ended_by", Text),
)

# Receivers that were disabled, by a person or because they answered 410 Gone.
receivers = Table(
    "receivers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("disabled_at", MOMENT),
    Column("reason", Text),
    Column("actor", Text),
)

# ``next_at`` is there as long as a delivery is not done: it is emptied when it was taken and when it is given up.
# ``payload`` is emptied when the evidence that it quotes is forgotten.
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
    # The incident's messages keep their order; ``alert_id`` is the alert that stands for the group.
    Column("group_id", Text, nullable=False),
    UniqueConstraint("message_id", "receiver"),
    Index("deliveries_alert_id", "alert_id"),
    Index("deliveries_group_id", "group_id", "receiver"),
    Index("deliveries_due", "receiver", "next_at", "id", postgresql_where=text("next_at IS NOT NULL")),
)
