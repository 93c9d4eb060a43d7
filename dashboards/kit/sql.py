"""Queries to PostgreSQL: the target that the SDK has no type for, and the pieces of SQL that panels share.

Grafana replaces ``$__...`` before it sends a query. The arguments of its macros may hold neither a comma nor a closing
bracket, a time column is called ``time`` and comes ascending, and every variable is quoted by ``:sqlstring``.
"""

from __future__ import annotations

from textwrap import dedent

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

from dashboards.names import POSTGRES_UID, SOURCES
from stream.pipeline.rules.ladder import LEVELS
from stream.pipeline.windows.contribution import ALL, GROUP
from stream.pipeline.windows.independence import UNIT

POSTGRES = DataSourceRef(type_val=SOURCES[POSTGRES_UID], uid=POSTGRES_UID)

# Independent documents under which a share says too little: as the ``support`` of a rule where nothing else is said.
MIN_DOCUMENTS = 8
SERIES, ALERT = "${series:sqlstring}", "${alert_id:sqlstring}"
OF_SERIES = f"series = {SERIES}"
CHOSEN = "${series:text}"  # the name of the series, in titles
# NULL where there is no row: greatest() alone would make 0 of it, and nothing would look like fresh. A document may be
# ahead of the clock (BELLWETHER_AHEAD_FOR): a minute to come says nothing of how old the data is. As a WHERE and not a
# FILTER, so that one step into the index finds it.
AGE = (
    "SELECT CASE WHEN max(minute) IS NOT NULL "
    "THEN greatest(0, extract(epoch FROM now() - (max(minute) + interval '1 minute'))) END AS \"data age\" "
    "FROM series_minutes WHERE minute <= now()"
)
# An interval that is not over yet would look like a fall.
COMPLETE = "minute < to_timestamp(floor(extract(epoch FROM now()) * 1000 / $__interval_ms) * $__interval_ms / 1000)"
# Addresses come from whoever published the document: only those of the web become links.
WEB = "CASE WHEN url ~* '^https?://' THEN url END"
# What the detector says where it does not judge: no alarm, and no all-clear either.
CANNOT_TELL = "('too few', 'warming up', 'cannot tell')"
OPEN = "status <> 'resolved'"
# The alert that stands for its event; those of an old release stand for themselves.
HEAD = "head IN ('', id)"
# A document as people read it: stored beside its own words where it has tags or entities. And its first line, without
# addresses, as stream.view.wording.headline has it.
READABLE = "coalesce(readable, text)"
HEADLINE = rf"split_part(ltrim(regexp_replace({READABLE}, '\s*https?://\S+', '', 'g'), E' \n'), E'\n', 1)"
# What stands for it in a table: its title, or all of its text where it came without one.
TITLED = f"CASE WHEN title IS NULL THEN {READABLE} ELSE {HEADLINE} END"
# What the score is a part of, behind the figure: "1.1 x the threshold".
OF_THRESHOLD = "suffix:x the threshold"
# Half an hour on either side of an alert, as the address of a dashboard wants it: text, for numbers would be rounded.
FROM_MS = "(extract(epoch FROM fired_at)::bigint * 1000 - 1800000)::text"
TO_MS = "(extract(epoch FROM coalesce(resolved_at, fired_at))::bigint * 1000 + 1800000)::text"


def name_of(series: str = "series") -> str:
    """Return what a series is called, an SQL expression, as :func:`stream.view.wording.series_name` has it."""
    named = f"regexp_replace(regexp_replace({series}, '^(entry|topic):', ''), '/topic:', ' / ')"
    return (
        f"CASE WHEN {series} = '{ALL}' THEN 'all names'"
        f" WHEN {series} LIKE '{GROUP}%' THEN 'group ' || substr({series}, {len(GROUP) + 1}) ELSE {named} END"
    )


def figure(number: str) -> str:
    """Return an SQL expression of ``number`` as text: whole, or with one decimal where it is not."""
    return f"trim_scale(round(({number})::numeric, 1))::text"


def severity_column(level: str = "level") -> str:
    """Return the column of severities; of a name that nobody knows, it says how bad that is: "page (critical)"."""
    return f"""CASE WHEN severity IN ('info', 'warning', 'critical') THEN severity
            WHEN {level} >= {LEVELS["critical"]} THEN severity || ' (critical)'
            WHEN {level} < {LEVELS["warning"]} THEN severity || ' (info)' ELSE severity || ' (warning)'
          END AS "severity\""""


class SqlQuery(Dataquery):
    """One query as Grafana's PostgreSQL data source reads it."""

    def __init__(self, sql: str, layout: str, ref_id: str = "A") -> None:
        self.sql, self.layout, self.ref_id = sql, layout, ref_id

    def to_json(self) -> dict[str, object]:
        """Return what the JSON of a dashboard holds."""
        return {
            "datasource": POSTGRES,
            "editorMode": "code",
            "format": self.layout,
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": self.ref_id,
        }


class Sql(Builder[Dataquery]):
    """Builds one: ``layout`` is "table" or "time_series", where a column of text names what a number belongs to."""

    def __init__(self, sql: str, layout: str = "table", ref_id: str = "A") -> None:
        self._query = SqlQuery(dedent(sql).strip(), layout, ref_id)

    def build(self) -> Dataquery:
        """Return the query."""
        return self._query


def over_time(sql: str, ref_id: str = "A") -> Sql:
    """Return a query whose rows are points in time."""
    return Sql(sql, "time_series", ref_id)


# What is known of topics over the chosen time: minute, series, documents, independent and negative ones of these.
# Where a point stands for an hour or more, hours are read: of the two halves PostgreSQL runs one.
TOPICS = """
        SELECT minute, series, documents, independent, independent_negative FROM series_minutes
        WHERE $__interval_ms < 3600000 AND series LIKE 'topic:%' AND $__timeFilter(minute)
        UNION ALL
        SELECT hour, series, documents, independent, independent_negative FROM topic_hours
        WHERE $__interval_ms >= 3600000 AND $__timeFilter(hour)"""
BUCKETS = f"""
        SELECT ($__timeGroup(minute,$__interval))::float8 AS bucket, series,
          sum(independent)::float8 / {UNIT} AS documents, sum(independent_negative)::float8 / {UNIT} AS negatives
        FROM ({TOPICS}) AS topics GROUP BY 1, 2"""


def decided(series: str, columns: str) -> str:
    """Return a query of past decisions on negative text: of each interval the one with the highest score.

    One where there was too little to decide counts only where there is no other.

    Args:
        series: an SQL expression, one series.
        columns: what to select of ``series_decisions AS d``.
    """
    return f"""
        SELECT DISTINCT ON (1) ($__timeGroup(d.minute,$__interval))::float8 AS "time", {columns}
        FROM series_decisions AS d
        WHERE d.series = {series} AND $__timeFilter(d.minute)
          AND d.rule IN (SELECT rule FROM series_state WHERE series = {series} AND kind = 'negative')
        ORDER BY 1, d.reason IN {CANNOT_TELL}, d.score DESC"""


# The band stands only where there was a decision: where there was none, nothing was held against it.
_JUDGED = f"CASE WHEN d.reason NOT IN {CANNOT_TELL} THEN least(1, d.expected_%s / nullif(d.documents, 0)) END"
BAND = f"""d.negatives / nullif(d.documents, 0) AS "observed",
          {_JUDGED % "high"} AS "expected, at most",
          {_JUDGED % "low"} AS "expected, at least\""""
