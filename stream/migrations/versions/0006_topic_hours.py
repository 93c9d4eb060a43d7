"""Topics by the hour, kept by triggers: the overview shows weeks of all topics, and would read a million minutes.

The triggers see what a statement changed, whoever wrote it, so the sums are those of the minutes at the end of every
transaction. A statement takes its minutes first and their hours then, in order: two writers wait in no circle.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SUMS = ("documents", "independent", "independent_negative")
# date_bin, for date_trunc depends on the session's time zone.
HOUR = "date_bin('1 hour', minute, 'epoch'::timestamptz)"
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def upgrade() -> None:
    """Make the table, fill it with what is there, and have it kept."""
    op.create_table(
        "topic_hours",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("series", "hour", name="topic_hours_pkey"),
    )
    op.create_index("topic_hours_hour", "topic_hours", ["hour"])
    # No minute may come in between the filling and the triggers.
    op.execute("LOCK TABLE series_minutes IN SHARE ROW EXCLUSIVE MODE")
    op.execute(_add("series_minutes"))
    both = f"({_signed('new_rows', '')} UNION ALL {_signed('old_rows', '-')}) AS changed"
    statements = {"insert": _add("new_rows"), "update": _add(both), "delete": _take()}
    for event, referencing in EVENTS.items():
        name = f"series_minutes_{event}_hours"
        body = f"BEGIN {statements[event]}; RETURN NULL; END"
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON series_minutes {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Drop it; the minutes are left alone."""
    for event in EVENTS:
        op.execute(f"DROP TRIGGER series_minutes_{event}_hours ON series_minutes")
        op.execute(f"DROP FUNCTION series_minutes_{event}_hours()")
    op.drop_table("topic_hours")


def _signed(table: str, sign: str) -> str:
    columns = ", ".join(f"{sign}{name} AS {name}" for name in SUMS)
    return f"SELECT series, minute, {columns} FROM {table}"  # noqa: S608 - our own words


def _add(source: str) -> str:
    """Return the statement that adds the minutes of topics in ``source`` to their hours."""
    totals = ", ".join(f"sum({name})" for name in SUMS)
    changed = " OR ".join(f"sum({name}) <> 0" for name in SUMS)
    added = ", ".join(f"{name} = topic_hours.{name} + excluded.{name}" for name in SUMS)
    return (
        f"INSERT INTO topic_hours (series, hour, {', '.join(SUMS)}) SELECT series, {HOUR}, {totals} FROM {source} "  # noqa: S608 - our own words
        f"WHERE series LIKE 'topic:%' GROUP BY 1, 2 HAVING {changed} ORDER BY 1, 2 "
        f"ON CONFLICT (series, hour) DO UPDATE SET {added}"
    )


def _take() -> str:
    """Return the statement that takes deleted minutes out of their hours, where there are such."""
    totals = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    taken = ", ".join(f"{name} = topic_hours.{name} - gone.{name}" for name in SUMS)
    return (
        f"UPDATE topic_hours SET {taken} FROM (SELECT series, {HOUR} AS hour, {totals} FROM old_rows "  # noqa: S608 - our own words
        "WHERE series LIKE 'topic:%' GROUP BY 1, 2) AS gone "
        "WHERE topic_hours.series = gone.series AND topic_hours.hour = gone.hour"
    )
