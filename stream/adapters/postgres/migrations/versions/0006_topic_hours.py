"""Topics by the hour, kept by triggers: the overview shows weeks of all topics, and would read a million minutes.

The triggers see what a statement changed, whoever wrote it, so the sums are those of the minutes at the end of every
transaction. Who writes minutes waits for his turn before he touches any: a statement that both inserts and updates goes
over the hours twice, and two such would wait for each other in a circle.
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
TURN = "series_minutes_turn"
# An advisory lock of this number, which is ours, until the end of the transaction; any number of times in one.
WAIT = "BEGIN PERFORM pg_advisory_xact_lock(1651993714); RETURN NULL; END"
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
    op.execute(f"CREATE FUNCTION {TURN}() RETURNS trigger LANGUAGE plpgsql AS $$ {WAIT} $$")
    op.execute(
        f"CREATE TRIGGER {TURN} BEFORE INSERT OR UPDATE OR DELETE ON series_minutes "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TURN}()"
    )
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
    op.execute(f"DROP TRIGGER {TURN} ON series_minutes")
    op.execute(f"DROP FUNCTION {TURN}()")
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
    """Return the statements that take deleted minutes out of their hours, and delete hours that are empty then."""
    totals = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    taken = ", ".join(f"{name} = topic_hours.{name} - gone.{name}" for name in SUMS)
    return (
        f"UPDATE topic_hours SET {taken} FROM (SELECT series, {HOUR} AS hour, {totals} FROM old_rows "  # noqa: S608 - our own words
        "WHERE series LIKE 'topic:%' GROUP BY 1, 2) AS gone "
        "WHERE topic_hours.series = gone.series AND topic_hours.hour = gone.hour; "
        f"DELETE FROM topic_hours USING (SELECT DISTINCT series, {HOUR} AS hour FROM old_rows) AS gone "
        "WHERE topic_hours.series = gone.series AND topic_hours.hour = gone.hour AND topic_hours.documents = 0"
    )
