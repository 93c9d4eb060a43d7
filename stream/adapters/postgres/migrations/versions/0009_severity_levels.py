"""How bad a severity is, beside its name: rules may call theirs as they like.

The default stays: a worker of the release before may go on writing alerts while the others are brought up to date.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; of alerts of before, the names that are known tell, and any other counts as a warning."""
    op.add_column("alerts", sa.Column("level", sa.Integer, nullable=False, server_default="20"))
    op.execute("UPDATE alerts SET level = 30 WHERE severity = 'critical'")
    op.execute("UPDATE alerts SET level = 10 WHERE severity = 'info'")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("alerts", "level")
