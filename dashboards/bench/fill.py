"""A month of an invented stream, made inside PostgreSQL: as much as a large desk has, for the benchmark.

A tenth of the series are topics, as many documents as there are go through them; the others are entries of a watchlist.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from stream.pipeline.windows.bucket import MEASURES

SERIES, ALERT = "topic:0", "alert-1"
NAME = "CASE WHEN n % 10 = 0 THEN 'topic:' || n / 10 ELSE 'entry:' || n END"
# Who is looked at has as many documents kept as can be; a week of them, for the panel looks at one day.
EVIDENCE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Size:
    """How much: so many series, and a row for each of them and each minute of so many days."""

    series: int = 200
    days: int = 30


def fill(owner: psycopg.Connection[Any], size: Size, now: datetime, say: Callable[[str], None]) -> tuple[float, int]:
    """Fill the tables that dashboards read, and return the seconds it took and the rows of minutes."""
    began = time.monotonic()
    at = f"'{now.isoformat()}'::timestamptz"
    owner.execute("SET synchronous_commit = off")
    for table in ("series_minutes", "topic_hours"):
        owner.execute(f"ALTER TABLE {table} SET UNLOGGED".encode())
    # Day by day in the order of time, as a stream brings them: rows of one minute lie side by side.
    for day in range(size.days, 0, -1):
        owner.execute(_minutes(size.series, f"{at} - interval '{day} days'").encode())
    say(f"minutes after {time.monotonic() - began:.0f} s")
    start = f"{at} - interval '{size.days} days'"
    for statement in (
        _decisions(size.series, start, at),
        _states(size.series, at),
        _evidence(size, at),
        *_alerts(size, at),
        *_sources(at),
    ):
        owner.execute(statement.encode())
    owner.execute("VACUUM ANALYZE")
    say(f"all after {time.monotonic() - began:.0f} s")
    [(minutes,)] = owner.execute("SELECT count(*) FROM series_minutes").fetchall()
    return time.monotonic() - began, minutes


def _minutes(series: int, start: str) -> str:
    """Return the statement for one day: one to nine documents a minute, a quarter negative, a tenth copies.

    For one minute in a hundred another one came too late.
    """
    values = dict.fromkeys(MEASURES, "0")
    values |= {"documents": "d", "negative": "d / 4", "neutral": "d / 2", "positive": "d - d / 4 - d / 2"}
    values |= {"independent": "d * 900", "independent_negative": "d / 4 * 900", "independent_neutral": "d / 2 * 900"}
    values |= {"independent_positive": "(d - d / 4 - d / 2) * 900", "score": "(d - d / 2) * 100000"}
    values["late"] = "((extract(epoch FROM at)::bigint / 60 + n) % 100 = 0)::int"
    return f"""
        INSERT INTO series_minutes (series, minute, {", ".join(values)})
        SELECT {NAME}, at, {", ".join(values.values())}
        FROM generate_series({start}, {start} + interval '1 day' - interval '1 minute', '1 minute') AS at,
          generate_series(0, {series - 1}) AS n,
          LATERAL (SELECT 1 + (extract(epoch FROM at)::bigint / 60 + n * 7) % 9 AS d) AS many"""


def _decisions(series: int, start: str, at: str) -> str:
    """Return the statement: one in five minutes of every series, for not every minute is kept."""
    return f"""
        INSERT INTO series_decisions (rule, series, minute, "window", reason, documents, negatives, expected,
          expected_low, expected_high, score, threshold)
        SELECT 'negative-surge', {NAME}, minute, 15, 'expected', 75, 19, 19, 9, 30, random() * 3, 4
        FROM generate_series({start}, {at}, '5 minutes') AS minute, generate_series(0, {series - 1}) AS n"""


def _states(series: int, at: str) -> str:
    return f"""
        INSERT INTO series_state (rule, series, evaluated, updated_at, kind, reason, documents, negatives,
          expected_share, expected_low, expected_high, usual_negatives, score, threshold, decision)
        SELECT kind || '-surge', {NAME}, {at}, {at}, kind, 'expected', 75, 19, 0.25, 9, 30, 19, random() * 3, 4, '{{}}'
        FROM generate_series(0, {series - 1}) AS n, unnest(ARRAY['negative', 'volume', 'drift']) AS kind"""


def _evidence(size: Size, at: str) -> str:
    """Return the statement: five documents a minute of one series, the most that is kept, and a few of the others."""
    return f"""
        INSERT INTO series_evidence (series, minute, document, story, copies, source, url, published_at, text,
          truncated, negative, entries)
        SELECT {NAME}, minute, md5(n || '/' || minute || '/' || k), 'story ' || (number * 5 + k) / 3, 1,
          'source ' || k % 50, 'https://news.example/' || k, minute, repeat('Shares of a bank fall. ', 15), false,
          0.5 + random() / 2, '{{}}'
        FROM generate_series({at} - interval '{min(size.days, EVIDENCE_DAYS)} days', {at}, '1 minute') AS minute,
          generate_series(0, {size.series - 1}) AS n, generate_series(0, 4) AS k,
          LATERAL (SELECT extract(epoch FROM minute)::bigint / 60 AS number) AS numbers
        WHERE n = 0 OR (k = 0 AND (number + n) % 10 = 0)"""


def _alerts(size: Size, at: str) -> tuple[str, ...]:
    """Return the statements: three alerts a month on each series, the two newest open, with all that hangs on them."""
    decision = """jsonb_build_object('reason', step, 'detail', '', 'observation', jsonb_build_object('negatives', 35,
      'documents', 45, 'expected_share', 0.3, 'score', 6, 'threshold', 4, 'window', 15, 'expected_low', 8,
      'expected_high', 22, 'usual_negatives', 15))"""
    return (
        f"""INSERT INTO alerts (id, rule, series, status, fired_at, resolved_at, created_at, kind, severity, group_id,
          receivers, earlier)
        SELECT 'alert-' || i, 'negative-surge', {NAME}, CASE WHEN i < 2 THEN 'firing' ELSE 'resolved' END, fired,
          CASE WHEN i >= 2 THEN fired + interval '1 hour' END, fired, 'negative', 'warning', 'alert-' || i, '{{}}',
          jsonb_build_object('days', 30, 'documents', 2, 'negatives', 2, 'last', fired - interval '9 days')
        FROM generate_series(0, {3 * size.series - 1}) AS i,
          LATERAL (SELECT i % {size.series} AS n, {at} - i * interval '{size.days} days' / {3 * size.series} AS fired)
          AS chosen""",
        f"""INSERT INTO alert_transitions (alert_id, step, status, at, recorded_at, severity, actor, reason, decision)
        SELECT id, step, step, fired_at, fired_at, severity, 'bellwether', step, {decision}
        FROM alerts, unnest(ARRAY['firing', 'resolved']) AS step""",
        """INSERT INTO alert_evidence (alert_id, position, document, source, published_at, text, truncated, negative,
          story, entries, before)
        SELECT id, k, 'd' || k, 'source ' || k, fired_at, repeat('Shares fall. ', 30), false, 0.9, 's' || k, '{}', k > 9
        FROM alerts, generate_series(0, 11) AS k""",
        """INSERT INTO deliveries (alert_id, message_id, receiver, type, payload, attempts, created_at, delivered_at,
          group_id)
        SELECT id, id || '/' || k, 'webhook', 'alert.firing', '', 0, fired_at, fired_at, group_id
        FROM alerts, generate_series(0, 3) AS k""",
    )


def _sources(at: str) -> tuple[str, ...]:
    """Return the statements: a thousand sources, of which every tenth fails."""
    return (
        f"""INSERT INTO feed_sources (name, url, address, next_at, lease)
        SELECT 'source ' || n, 'https://news.example/' || n, 'https://news.example/' || n, {at}, 0
        FROM generate_series(0, 999) AS n""",
        f"""INSERT INTO feed_health (name, kind, tried_at, succeeded_at, new_at, failures, error, looks, unchanged,
          documents, arrivals, longest_gap)
        SELECT 'source ' || n, 'RSS 2.0', {at}, {at}, {at} - n * interval '1 minute', (n % 10 = 0)::int * 3,
          CASE WHEN n % 10 = 0 THEN 'HTTP status 503' END, 900, 800, 300, 100, 7200
        FROM generate_series(0, 999) AS n""",
    )
