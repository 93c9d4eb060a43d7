"""An index for the overview: the minutes of topics by time, without those of the watchlist's entries beside them.

Only the time is in it, so that writing a minute again, as happens every few seconds, leaves the index alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TOPICS = sa.text("series LIKE 'topic:%'")


def upgrade() -> None:
    """Make it; on a month of minutes that takes some seconds, in which nobody writes them."""
    op.create_index("series_minutes_topics", "series_minutes", ["minute"], postgresql_where=TOPICS)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("series_minutes_topics", "series_minutes")
