"""How long every panel's query takes on a month of minutes, in the embedded PostgreSQL, by EXPLAIN ANALYZE."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

from dashboards.bench.fill import ALERT, SERIES, Size, fill
from dashboards.build import committed
from dashboards.expand import Period, expand
from stream.adapters.files.temporary import temporary_folder
from stream.adapters.postgres.migrate import migrate
from stream.embedded import Postgres

RUNS = 5  # of a query; the first reads pages that the others find in memory, the median leaves it out
UNITS = {"h": 1, "d": 24}


class Timing(msgspec.Struct, frozen=True):
    """One query over one time: milliseconds of planning and running, and rows that came back.

    ``ms`` is the median of five, ``best_ms`` the least: on a machine that others use, too, the one that tells of the
    query.
    """

    dashboard: str
    panel: str
    hours: float
    ms: float
    best_ms: float
    rows: int


class Table(msgspec.Struct, frozen=True):
    """What a table takes on the disk: rows, and bytes of the rows with their indexes."""

    name: str
    rows: int
    bytes: int


class DashboardsResult(msgspec.Struct, frozen=True):
    """All queries, slowest first, and the tables, largest first.

    ``minutes`` is how many rows series_minutes held, filled in ``fill_seconds``.
    """

    series: int
    days: int
    minutes: int
    fill_seconds: float
    slowest_ms: float
    timings: tuple[Timing, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class _Query:
    uid: str
    name: str
    panel: dict[str, Any]
    sql: str
    hours: float


def bench_dashboards(size: Size, hours: Sequence[float], say: Callable[[str], None]) -> DashboardsResult:
    """Fill a database and time every query over the time its dashboard opens with, and over each of ``hours``.

    Raises:
        EmbeddedError: the server did not start.
        SettingsError: no folder can be made for it.
    """
    with temporary_folder("bellwether-") as folder:
        folder.chmod(0o755)  # root runs Postgres as another user
        with Postgres(folder / "postgres") as server:
            migrate(server.url)
            url = server.url.replace("+psycopg", "")
            now = datetime.now(UTC).replace(second=0, microsecond=0)
            with psycopg.connect(url, autocommit=True) as owner:
                seconds, minutes = fill(owner, size, now, say)
                tables = _tables(owner)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SET ROLE grafana_reader")
                timings = [_timed(connection, query, now) for span in (None, *hours) for query in _queries(span)]
    ordered = tuple(sorted(timings, key=lambda timing: -timing.ms))
    return DashboardsResult(size.series, size.days, minutes, seconds, ordered[0].ms, ordered, tables)


def _tables(owner: psycopg.Connection[Any]) -> tuple[Table, ...]:
    """Return the tables that have rows; the counts are those of the VACUUM before."""
    rows = owner.execute("""SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0 ORDER BY 3 DESC, 1""")
    return tuple(Table(*row) for row in rows.fetchall())


def _queries(hours: float | None) -> Iterator[_Query]:
    for uid, dashboard in committed().items():
        match = re.fullmatch(r"now-(\d+)([hd])", dashboard["time"]["from"])
        span = hours or (int(match[1]) * UNITS[match[2]] if match else 24)
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                if "rawSql" in target:
                    yield _Query(uid, panel["title"], panel, target["rawSql"], span)
        for mark in dashboard.get("annotations", {}).get("list", []):
            yield _Query(uid, f"marks: {mark['name']}", {}, mark["target"]["rawSql"], span)
        for variable in dashboard.get("templating", {}).get("list", []):
            if variable["type"] == "query":
                yield _Query(uid, f"variable: {variable['name']}", {}, variable["query"], span)


def _timed(connection: psycopg.Connection[Any], query: _Query, now: datetime) -> Timing:
    points, least = query.panel.get("maxDataPoints") or 1000, query.panel.get("interval")
    period = Period.of(now - timedelta(hours=query.hours), now, points, least)
    sql = expand(query.sql, period, {"series": SERIES, "alert_id": ALERT})
    plans = [_explained(connection, sql) for _ in range(RUNS)]
    times = [plan["Planning Time"] + plan["Execution Time"] for plan in plans]
    return Timing(
        query.uid, query.name, query.hours, statistics.median(times), min(times), plans[0]["Plan"]["Actual Rows"]
    )


def _explained(connection: psycopg.Connection[Any], sql: str) -> dict[str, Any]:
    [([plan],)] = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}".encode()).fetchall()
    return dict(plan)
