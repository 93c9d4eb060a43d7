"""The pool of evidence: the most negative documents of each series and minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "series_evidence",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("negative", sa.Double, nullable=False),
        sa.Column("entries", postgresql.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("series", "minute", "document", name="series_evidence_pkey"),
    )
    op.create_index("series_evidence_minute", "series_evidence", ["minute"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("series_evidence")
