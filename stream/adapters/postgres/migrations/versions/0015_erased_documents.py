"""Documents whose texts are gone, and that they stay so: whatever is written of one later loses its text on the way.

As triggers, since texts come from several places: the windows, a rebuild of them, an alert that is being decided on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME, TABLES = "erase_again", ("alert_evidence", "series_evidence")
MARK = "'[erased, sha256 ' || encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') || ']'"
BODY = f"""
BEGIN
  IF NOT starts_with(NEW.text, '[erased, sha256 ') AND EXISTS (
    SELECT FROM erased_documents AS gone WHERE gone.document = NEW.document
      AND (gone.source IN ('', NEW.source) OR starts_with(NEW.source, gone.source || '/'))
  ) THEN
    NEW.text := {MARK};
    NEW.truncated := false; NEW.readable := NULL; NEW.author := NULL; NEW.url := NULL;
  END IF;
  RETURN NEW;
END
"""


def upgrade() -> None:
    """Make the table, the triggers, and what finds a document among the evidence."""
    op.create_table(
        "erased_documents",
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document", "source", name="erased_documents_pkey"),
    )
    op.execute(f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ {BODY} $$")
    for table in TABLES:
        op.create_index(f"{table}_document", table, ["document"])
        op.execute(
            f"CREATE TRIGGER {table}_{NAME} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {NAME}()"
        )


def downgrade() -> None:
    """Drop them; the texts stay gone."""
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_{NAME} ON {table}")
        op.drop_index(f"{table}_document", table)
    op.execute(f"DROP FUNCTION {NAME}()")
    op.drop_table("erased_documents")
