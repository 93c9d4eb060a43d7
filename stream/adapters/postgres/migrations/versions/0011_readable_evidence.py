"""Evidence as people read it, beside its own words: without the tags and entities of the page that it came from.

Only where that is another text. A worker of the release before may go on writing rows without it: dashboards then show
the document's own words.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stream.adapters.postgres.engine import readable_column

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS = {"alert_evidence": ("alert_id", "position"), "series_evidence": ("series", "minute", "document")}
# Plain ASCII without these is read as it stands: most texts need not be looked at.
MAY_DIFFER = r"text ~ '[<&]' OR text ~ '[^\x01-\x7f]'"
ROWS = 1000  # at a time


def upgrade() -> None:
    """Make the columns, and fill them for what is there."""
    for table, keys in KEYS.items():
        op.add_column(table, sa.Column("readable", sa.Text))
        _fill(table, keys)


def downgrade() -> None:
    """Drop them."""
    for table in KEYS:
        op.drop_column(table, "readable")


def _fill(table: str, keys: tuple[str, ...]) -> None:
    connection, names = op.get_bind(), ", ".join(keys)
    update = sa.text(f"UPDATE {table} SET readable = :readable WHERE " + " AND ".join(f"{k} = :{k}" for k in keys))  # noqa: S608 - our own words
    query = sa.text(f"SELECT {names}, text FROM {table} WHERE {MAY_DIFFER}")  # noqa: S608 - our own words
    # A cursor on the server: a fortnight of documents need not fit into memory.
    query = query.execution_options(stream_results=True, max_row_buffer=ROWS)
    for rows in connection.execute(query).mappings().partitions(ROWS):
        shown = [{**{key: row[key] for key in keys}, "readable": readable_column(row["text"])} for row in rows]
        if changed := [row for row in shown if row["readable"] is not None]:
            connection.execute(update, changed)
