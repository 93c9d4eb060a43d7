"""What was written before an event of a name that is new or was silent: how much, and the last documents.

A worker of the release before may go on writing alerts without it, and shows the documents among the evidence.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns."""
    op.add_column("alerts", sa.Column("earlier", JSONB))
    op.add_column("alert_evidence", sa.Column("before", sa.Boolean))


def downgrade() -> None:
    """Drop them, and the documents that prove nothing."""
    op.execute("DELETE FROM alert_evidence WHERE before")
    op.drop_column("alert_evidence", "before")
    op.drop_column("alerts", "earlier")
