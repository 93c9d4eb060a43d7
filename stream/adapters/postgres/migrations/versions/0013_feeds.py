"""Sources that are read: where each stands and who reads it, how it is, what was published of it, and the hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feed_sources",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("etag", "last_modified", "cursor")),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("lease", sa.BigInteger, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.PrimaryKeyConstraint("name", name="feed_sources_pkey"),
    )
    _feed_health()
    _feed_items()
    op.create_table(
        "feed_hosts",
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("free_at", MOMENT, nullable=False),
        sa.Column("barred_until", MOMENT),
        sa.PrimaryKeyConstraint("host", name="feed_hosts_pkey"),
    )


def _feed_health() -> None:
    op.create_table(
        "feed_health",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        *(sa.Column(name, MOMENT) for name in ("tried_at", "succeeded_at", "new_at")),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("disabled", sa.Text),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("looks", "unchanged", "documents", "arrivals")),
        sa.Column("longest_gap", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="feed_health_pkey"),
        sa.ForeignKeyConstraint(["name"], ["feed_sources.name"], name="feed_health_name_fkey", ondelete="CASCADE"),
    )


def _feed_items() -> None:
    op.create_table(
        "feed_items",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", "id", name="feed_items_pkey"),
        sa.ForeignKeyConstraint(["name"], ["feed_sources.name"], name="feed_items_name_fkey", ondelete="CASCADE"),
    )
    op.create_index("feed_items_seen_at", "feed_items", ["name", "seen_at"])


def downgrade() -> None:
    """Drop them; what was published is forgotten, and comes again under the same ids."""
    for table in ("feed_items", "feed_health", "feed_sources", "feed_hosts"):
        op.drop_table(table)
