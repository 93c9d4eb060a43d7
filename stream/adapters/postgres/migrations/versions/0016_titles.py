"""The title of a document, beside its text: what stands for it in a list. It goes with the text when that is erased.

A worker of the release before may go on writing rows without it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAME, TABLES = "erase_again", ("alert_evidence", "series_evidence")
MARK = "'[erased, sha256 ' || encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') || ']'"
# As revision 0015 has it, and what else is emptied.
BODY = """
BEGIN
  IF NOT starts_with(NEW.text, '[erased, sha256 ') AND EXISTS (
    SELECT FROM erased_documents AS gone WHERE gone.document = NEW.document
      AND (gone.source IN ('', NEW.source) OR starts_with(NEW.source, gone.source || '/'))
  ) THEN
    NEW.text := {mark};
    NEW.truncated := false; NEW.readable := NULL; NEW.author := NULL; NEW.url := NULL;{more}
  END IF;
  RETURN NEW;
END
"""


def upgrade() -> None:
    """Make the columns, and have the triggers empty them, too."""
    for table in TABLES:
        op.add_column(table, sa.Column("title", sa.Text))
    _replace_function(" NEW.title := NULL;")


def downgrade() -> None:
    """Drop them."""
    _replace_function("")
    for table in TABLES:
        op.drop_column(table, "title")


def _replace_function(more: str) -> None:
    body = BODY.format(mark=MARK, more=more)
    op.execute(f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
