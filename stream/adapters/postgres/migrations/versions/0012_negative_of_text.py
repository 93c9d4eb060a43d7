"""How negative the whole text is, beside how negative it is of the entry whose series the evidence is for.

Only where the two differ. A worker of the release before may go on writing rows without it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("alert_evidence", "series_evidence")


def upgrade() -> None:
    """Make the columns."""
    for table in TABLES:
        op.add_column(table, sa.Column("negative_of_text", sa.Double))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_column(table, "negative_of_text")
