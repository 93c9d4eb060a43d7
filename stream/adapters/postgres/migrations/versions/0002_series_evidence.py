"""Stories and sources of each minute; the pool of evidence: the most negative documents of each series and minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table."""
    for name in ("stories", "sources"):
        # Rows that stand have a count of neither; the default makes them 0, and none stays behind.
        op.add_column("series_minutes", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
        op.alter_column("series_minutes", name, server_default=None)
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
    """Drop them."""
    op.drop_table("series_evidence")
    for name in ("sources", "stories"):
        op.drop_column("series_minutes", name)
