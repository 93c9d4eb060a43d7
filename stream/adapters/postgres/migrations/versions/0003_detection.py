"""Decisions by rule, those of the past, and the records that alerts are replayed from.

What is derived is made anew: the detector learns again from the windows, alerts that fire go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.drop_table("series_state")
    op.execute("DELETE FROM detector_state")
    op.add_column("detector_state", sa.Column("evaluated", sa.BigInteger, nullable=False))
    _series_state()
    _series_decisions()
    _alert_records()


def downgrade() -> None:
    """Drop them; the state per series is made again by the detector."""
    for name in ("alert_records", "series_decisions", "series_state"):
        op.drop_table(name)
    op.execute("DELETE FROM detector_state")
    op.drop_column("detector_state", "evaluated")
    op.create_table(
        "series_state",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("evaluated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("documents", sa.BigInteger, nullable=False),
        sa.Column("negatives", sa.BigInteger, nullable=False),
        *_numbers("expected_share", "usual_negatives", "score"),
        sa.Column("decision", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("series", name="series_state_pkey"),
    )


def _numbers(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in names]


def _series_state() -> None:
    op.create_table(
        "series_state",
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("evaluated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_numbers("documents", "negatives", "expected_share", "expected_low", "expected_high", "usual_negatives"),
        *_numbers("score", "threshold"),
        sa.Column("decision", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("rule", "series", name="series_state_pkey"),
    )
    op.create_index("series_state_series", "series_state", ["series"])


def _series_decisions() -> None:
    op.create_table(
        "series_decisions",
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_numbers("documents", "negatives", "expected", "expected_low", "expected_high", "score", "threshold"),
        sa.PrimaryKeyConstraint("rule", "series", "minute", name="series_decisions_pkey"),
    )
    op.create_index("series_decisions_minute", "series_decisions", ["minute"])


def _alert_records() -> None:
    op.create_table(
        "alert_records",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("rule_hash", sa.Text, nullable=False),
        sa.Column("artifact_hash", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="alert_records_pkey"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="alert_records_alert_id_fkey", ondelete="CASCADE"),
    )
