"""What changes in the detector's state from tick to tick, beside the whole, which is then written now and then alone.

Both are squeezed already: Postgres need not try it again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "detector_changes",
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("rule", "version", name="detector_changes_pkey"),
    )
    op.execute("ALTER TABLE detector_changes ALTER COLUMN changes SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE detector_state ALTER COLUMN state SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Drop it; the release before cannot read the states, and learns anew from the windows."""
    op.execute("DELETE FROM detector_state")
    op.execute("ALTER TABLE detector_state ALTER COLUMN state SET STORAGE EXTENDED")
    op.drop_table("detector_changes")
