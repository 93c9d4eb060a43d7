"""Which alert stands for its event: the alerts of one event are its members, and one of them is the head.

Until now the most severe of a group that was open stood for it; alerts of before get that one. A worker of the release
before may go on writing rows without it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CHOOSE = """
    UPDATE alerts SET head = chosen.id FROM (
      SELECT DISTINCT ON (group_id) group_id, id FROM alerts
      ORDER BY group_id, status = 'resolved', level DESC, fired_at, id
    ) AS chosen WHERE chosen.group_id = alerts.group_id"""


def upgrade() -> None:
    """Make the column, and fill it."""
    op.add_column("alerts", sa.Column("head", sa.Text, nullable=False, server_default=""))
    op.execute(CHOOSE)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("alerts", "head")
