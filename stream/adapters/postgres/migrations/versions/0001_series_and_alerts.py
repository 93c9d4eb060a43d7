"""Series, detector state, alerts and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out: what was released stays as it is, whatever the code calls its measures later.
MEASURES = (
    "documents",
    "negative",
    "neutral",
    "positive",
    "independent",
    "independent_negative",
    "independent_neutral",
    "independent_positive",
    "p_negative",
    "p_neutral",
    "p_positive",
    "score",
    "score_squared",
)


def upgrade() -> None:
    """Make all tables."""
    _series_minutes()
    _series_state()
    _detector_state()
    _alerts()
    _alert_transitions()
    _alert_evidence()
    _deliveries()


def downgrade() -> None:
    """Drop all tables."""
    for name in ("deliveries", "alert_evidence", "alert_transitions", "alerts"):
        op.drop_table(name)
    for name in ("detector_state", "series_state", "series_minutes"):
        op.drop_table(name)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_alert(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    constraint = sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=f"{table}_alert_id_fkey", ondelete="CASCADE")
    return sa.Column("alert_id", sa.Text, nullable=False), constraint


def _series_minutes() -> None:
    op.create_table(
        "series_minutes",
        sa.Column("series", sa.Text, nullable=False),
        _moment("minute"),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in MEASURES),
        sa.PrimaryKeyConstraint("series", "minute", name="series_minutes_pkey"),
    )
    op.create_index("series_minutes_minute", "series_minutes", ["minute"])


def _series_state() -> None:
    op.create_table(
        "series_state",
        sa.Column("series", sa.Text, nullable=False),
        _moment("evaluated"),
        _moment("updated_at"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("documents", sa.BigInteger, nullable=False),
        sa.Column("negatives", sa.BigInteger, nullable=False),
        sa.Column("expected_share", sa.Double, nullable=False),
        sa.Column("usual_negatives", sa.Double, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("decision", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("series", name="series_state_pkey"),
    )


def _detector_state() -> None:
    op.create_table(
        "detector_state",
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("rule", name="detector_state_pkey"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        _moment("fired_at"),
        _moment("resolved_at", nullable=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="alerts_pkey"),
    )
    open_only = sa.text("status <> 'resolved'")
    op.create_index("alerts_open", "alerts", ["rule", "series"], unique=True, postgresql_where=open_only)
    op.create_index("alerts_fired_at", "alerts", [sa.text("fired_at DESC")])


def _alert_transitions() -> None:
    op.create_table(
        "alert_transitions",
        *_of_alert("alert_transitions"),
        sa.Column("status", sa.Text, nullable=False),
        _moment("at"),
        _moment("recorded_at"),
        sa.Column("decision", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "status", name="alert_transitions_pkey"),
    )


def _alert_evidence() -> None:
    op.create_table(
        "alert_evidence",
        *_of_alert("alert_evidence"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("url", sa.Text),
        _moment("published_at"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("negative", sa.Double, nullable=False),
        sa.Column("origin", postgresql.JSONB),
        sa.PrimaryKeyConstraint("alert_id", "position", name="alert_evidence_pkey"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        *_of_alert("deliveries"),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("created_at"),
        _moment("next_at", nullable=True),
        _moment("leased_until", nullable=True),
        _moment("delivered_at", nullable=True),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="deliveries_pkey"),
        sa.UniqueConstraint("message_id", "receiver", name="deliveries_message_id_receiver_key"),
    )
    op.create_index("deliveries_alert_id", "deliveries", ["alert_id"])
    not_done = sa.text("next_at IS NOT NULL")
    op.create_index("deliveries_due", "deliveries", ["receiver", "next_at"], postgresql_where=not_done)
