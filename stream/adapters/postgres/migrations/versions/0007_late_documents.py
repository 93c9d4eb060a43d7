"""Late documents beside the minutes that they came too late for.

The default stays: a worker of the release before may go on writing minutes while the others are brought up to date.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, and an index of the few rows that have any."""
    op.add_column("series_minutes", sa.Column("late", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("series_minutes_late", "series_minutes", ["minute"], postgresql_where=sa.text("late > 0"))


def downgrade() -> None:
    """Drop both, and the rows that hold nothing else."""
    op.execute("DELETE FROM series_minutes WHERE documents = 0 AND late > 0")
    op.drop_index("series_minutes_late", "series_minutes")
    op.drop_column("series_minutes", "late")
