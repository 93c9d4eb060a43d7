"""The life of an alert: severity, acknowledgement, groups, steps with actor and reason; silences and receivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend the tables; alerts of before keep what they had."""
    _alerts()
    _alert_transitions()
    _alert_evidence()
    _silences_and_receivers()
    _deliveries()


def downgrade() -> None:
    """Drop what was added; what people did to alerts is lost, an acknowledged one fires again."""
    op.drop_table("receivers")
    op.drop_table("silences")
    op.drop_index("deliveries_group_id", "deliveries")
    _deliveries_due("receiver", "next_at")
    op.drop_column("deliveries", "group_id")
    op.drop_index("alerts_group_id", "alerts")
    for name in ("story", "entries", "scored_at"):
        op.drop_column("alert_evidence", name)
    op.execute("DELETE FROM alert_transitions WHERE step NOT IN ('firing', 'resolved')")
    op.drop_constraint("alert_transitions_pkey", "alert_transitions")
    op.create_primary_key("alert_transitions_pkey", "alert_transitions", ["alert_id", "status"])
    op.alter_column("alert_transitions", "decision", nullable=False)
    for name in ("step", "severity", "actor", "reason"):
        op.drop_column("alert_transitions", name)
    op.execute("UPDATE alerts SET status = 'firing' WHERE status = 'acknowledged'")
    for name in ("kind", "severity", "group_id", "acknowledged_at", "acknowledged_by"):
        op.drop_column("alerts", name)
    for name in ("published_at", "ingested_at", "scored_at", "receivers", "silenced_by"):
        op.drop_column("alerts", name)


def _added(table: str, values: dict[str, str]) -> None:
    """Add columns that may not be empty; each row of before gets the value, an SQL expression."""
    for name, value in values.items():
        op.add_column(table, sa.Column(name, sa.Text))
        op.execute(f"UPDATE {table} SET {name} = {value}")  # noqa: S608 - our own words
        op.alter_column(table, name, nullable=False)


def _alerts() -> None:
    _added("alerts", {"kind": "'negative'", "severity": "'warning'", "group_id": "id"})
    for name in ("acknowledged_at", "published_at", "ingested_at", "scored_at"):
        op.add_column("alerts", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("alerts", sa.Column("acknowledged_by", sa.Text))
    op.add_column("alerts", sa.Column("receivers", postgresql.ARRAY(sa.Text)))
    told = "SELECT array_agg(DISTINCT receiver ORDER BY receiver) FROM deliveries WHERE alert_id = alerts.id"
    op.execute(f"UPDATE alerts SET receivers = coalesce(({told}), '{{}}')")  # noqa: S608 - our own words
    op.alter_column("alerts", "receivers", nullable=False)
    op.add_column("alerts", sa.Column("silenced_by", sa.Text))
    op.create_index("alerts_group_id", "alerts", ["group_id"])


def _alert_transitions() -> None:
    _added(
        "alert_transitions",
        {
            "step": "status",
            "severity": "'warning'",
            "actor": "'bellwether'",
            "reason": "coalesce(decision ->> 'reason', '')",
        },
    )
    op.drop_constraint("alert_transitions_pkey", "alert_transitions")
    op.create_primary_key("alert_transitions_pkey", "alert_transitions", ["alert_id", "step"])
    op.alter_column("alert_transitions", "decision", nullable=True)


def _alert_evidence() -> None:
    _added("alert_evidence", {"story": "document"})
    op.add_column("alert_evidence", sa.Column("entries", postgresql.ARRAY(sa.Text)))
    op.execute("UPDATE alert_evidence SET entries = '{}'")
    op.alter_column("alert_evidence", "entries", nullable=False)
    op.add_column("alert_evidence", sa.Column("scored_at", sa.DateTime(timezone=True)))


def _silences_and_receivers() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("matchers", postgresql.JSONB, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="silences_pkey"),
    )
    op.create_table(
        "receivers",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text),
        sa.Column("actor", sa.Text),
        sa.PrimaryKeyConstraint("name", name="receivers_pkey"),
    )


def _deliveries() -> None:
    _added("deliveries", {"group_id": "alert_id"})
    op.create_index("deliveries_group_id", "deliveries", ["group_id", "receiver"])
    _deliveries_due("receiver", "next_at", "id")


def _deliveries_due(*columns: str) -> None:
    """Make the queue's index again: with the id in it, the first that are due are found without sorting all."""
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", list(columns), postgresql_where=sa.text("next_at IS NOT NULL"))
