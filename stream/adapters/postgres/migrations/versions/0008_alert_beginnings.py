"""Alerts by the beginning of their id, as people type it."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("alerts_id_beginning", "alerts", ["id"], postgresql_ops={"id": "text_pattern_ops"})


def downgrade() -> None:
    """Drop it."""
    op.drop_index("alerts_id_beginning", "alerts")
