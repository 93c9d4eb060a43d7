"""A small but complete world for dashboards: topics, an entry with an apostrophe, decisions, alerts and what hangs on
them. Rows go straight into the tables; what a real run writes is looked at by ``test_demo_pictures``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sin
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Connection, Double, Integer, Table, create_engine
from sqlalchemy.dialects.postgresql import insert

from stream.adapters.postgres.tables import (
    alert_evidence,
    alert_transitions,
    alerts,
    deliveries,
    feed_health,
    feed_sources,
    series_decisions,
    series_evidence,
    series_minutes,
    series_state,
)

OBRIEN = "entry:O'Brien"
LOUD = "topic:Stock Movement"
QUIET = "topic:M&A | Investments"
SERIES = (LOUD, QUIET, "topic:Macro", OBRIEN)
OPEN_ALERT, OLD_ALERT = "6a1b-open", "O'Brien's alert"
MINUTES = 400


def fill(url: str, now: datetime) -> None:
    """Write the hours before ``now``: quiet, but for O'Brien long ago and Stock Movement in the last half hour."""
    end = now.astimezone(UTC).replace(second=0, microsecond=0)
    engine = create_engine(url)
    with engine.begin() as connection:
        _put(connection, series_minutes, [row for series in SERIES for row in _minutes(series, end)])
        _put(connection, series_decisions, [row for series in SERIES for row in _decisions(series, end)])
        _put(connection, series_state, [_state(series, end) for series in SERIES])
        _put(connection, series_evidence, [row for series in SERIES for row in _documents(series, end)])
        for number, error in enumerate((None, "a.example answered 403 (Forbidden)")):
            _put(connection, feed_sources, [{"name": f"feed {number}", "next_at": end}])
            health = {"name": f"feed {number}", "kind": "RSS 2.0", "failures": number, "error": error, "looks": 9}
            _put(connection, feed_health, [health | {"new_at": end, "succeeded_at": end, "unchanged": 6}])
        for alert_id, series, fired, resolved in (
            (OPEN_ALERT, LOUD, end - timedelta(minutes=20), None),
            (OLD_ALERT, OBRIEN, end - timedelta(hours=4), end - timedelta(hours=3)),
        ):
            _alert(connection, alert_id, series, fired, resolved)
    engine.dispose()


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), [_filled(table, row) for row in rows])


def _filled(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return ``row`` with a zero or an empty text for what it must have and nobody looks at."""
    zeros: dict[type[Any], Any] = {BigInteger: 0, Integer: 0, Double: 0.0, Boolean: False, ARRAY: []}
    needed = [item for item in table.columns if not item.nullable and item.name not in row and not item.identity]
    return {
        item.name: next((zero for kind, zero in zeros.items() if isinstance(item.type, kind)), "")
        for item in needed
        if item is not table.autoincrement_column
    } | row


def _minutes(series: str, end: datetime) -> Iterator[dict[str, Any]]:
    for ago in range(MINUTES, 0, -1):
        documents = 3 + round(2 * sin(ago / 40))
        negative = documents - 1 if series == LOUD and ago <= 30 else documents // 3
        yield {
            "series": series,
            "minute": end - timedelta(minutes=ago),
            "documents": documents + 1,
            "negative": negative,
            "neutral": documents - negative,
            "positive": 1,
            "independent": 1000 * documents,
            "independent_negative": 1000 * negative,
            "independent_neutral": 1000 * (documents - negative),
            "independent_positive": 0,
            "score": 1_000_000 - 1_000_000 * negative,
            "late": int(ago % 50 == 0),
        }


def _decisions(series: str, end: datetime) -> Iterator[dict[str, Any]]:
    for ago in range(MINUTES - 20, -1, -1):
        hot = series == LOUD and ago <= 20
        yield {
            "rule": "negative-surge",
            "series": series,
            "minute": end - timedelta(minutes=ago),
            "window": 15,
            "reason": "keep firing" if hot else "expected",
            "documents": 45.0,
            "negatives": 35.0 if hot else 15.0,
            "expected": 15.0,
            "expected_low": 8.0,
            "expected_high": 22.0,
            "score": 6.0 if hot else 0.4 + ago / 1000,
            "threshold": 4.0,
        }


def _state(series: str, end: datetime) -> dict[str, Any]:
    hot = series == LOUD
    return {
        "rule": "negative-surge",
        "series": series,
        "evaluated": end,
        "updated_at": end,
        "kind": "negative",
        "reason": "keep firing" if hot else "too few" if series == QUIET else "expected",
        "documents": 45.0,
        "negatives": 35.0 if hot else 15.0,
        "expected_share": 0.33,
        "score": 6.0 if hot else 0.4,
        "threshold": 4.0,
        "decision": {},
    }


def _documents(series: str, end: datetime) -> Iterator[dict[str, Any]]:
    for number in range(40):
        at = end - timedelta(minutes=3 * number + 1)
        yield {
            "series": series,
            "minute": at,
            "document": f"d{number}",
            "story": f"story {number % 15}",
            "copies": number % 4 + 1,
            "source": f"source {number % 7}",
            "url": f"https://news.example/{number}" if number % 3 else None,
            "published_at": at,
            "text": f"<p>Shares of O&#39;Brien fall {number} % https://news.example/{number}</p>\n<p>More below.</p>",
            "readable": f"Shares of O'Brien fall {number} % https://news.example/{number}\nMore below.",
            "title": f"<p>Shares of O&#39;Brien fall {number} %" if number % 2 else None,
            "negative": 0.99 - number / 100,
            "entries": ["O'Brien"],
        }


def _alert(connection: Connection, alert_id: str, series: str, fired: datetime, resolved: datetime | None) -> None:
    status, severity = ("resolved", "warning") if resolved else ("firing", "critical")
    row: dict[str, Any] = {
        "id": alert_id,
        "rule": "negative-surge",
        "series": series,
        "status": status,
        "severity": severity,
    }
    row |= {"fired_at": fired, "resolved_at": resolved, "created_at": fired + timedelta(seconds=4)}
    ledger = {"published_at": 3, "ingested_at": 2, "scored_at": 1}
    row |= {name: fired - timedelta(seconds=ago) for name, ago in ledger.items()}
    last = fired - timedelta(days=12)  # of a name that was silent
    row["earlier"] = {"days": 30, "documents": 2, "negatives": 1, "last": last.isoformat()}
    _put(connection, alerts, [row | {"kind": "negative", "group_id": alert_id}])
    steps = [("firing", fired)] + ([("resolved", resolved)] if resolved else [])
    _put(connection, alert_transitions, [_step(alert_id, name, at, severity) for name, at in steps])
    _put(connection, alert_evidence, [_proof(alert_id, number, fired) for number in range(10)])
    _put(connection, alert_evidence, [_proof(alert_id, 10, last) | {"before": True}])
    _put(connection, deliveries, [_delivery(alert_id, number, fired) for number in range(3)])


def _step(alert_id: str, name: str, at: datetime, severity: str) -> dict[str, Any]:
    without = {"documents": 30.0, "negatives": 20.0, "score": 3.1, "fires": False}
    observation = {
        "documents": 45.0,
        "negatives": 35.0,
        "expected_share": 0.33,
        "score": 6.0,
        "threshold": 4.0,
        "window": 15,
    }
    observation |= {"expected_low": 8.0, "expected_high": 22.0, "usual_negatives": 15.0}
    decision = {
        "reason": name,
        "detail": "",
        "observation": observation,
        "without_source": {"largest": "chirp/one", **without},
        "without_story": {"largest": "story 1", **without, "fires": True},
    }
    row = {"alert_id": alert_id, "step": name, "status": name, "severity": severity, "at": at}
    return row | {"recorded_at": at, "actor": "bellwether", "reason": name, "decision": decision}


def _proof(alert_id: str, number: int, fired: datetime) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "position": number,
        "document": f"d{number}",
        "source": f"source {number % 4}",
        "url": f"https://news.example/{number}" if number % 2 else "javascript:alert(1)",
        "published_at": fired - timedelta(minutes=number),
        "text": "Depositors queue at O&#39;Brien",
        "readable": "Depositors queue at O'Brien" if number else None,  # the first as a release before wrote it
        "negative": 0.9 - number / 100,
        "entries": [],
    }


def _delivery(alert_id: str, number: int, fired: datetime) -> dict[str, Any]:
    done = fired + timedelta(seconds=6) if number == 0 else None
    return {
        "alert_id": alert_id,
        "group_id": alert_id,
        "message_id": f"{alert_id}/{number}",
        "receiver": "webhook",
        "type": "alert.firing",
        "payload": b"{}",
        "attempts": number,
        "created_at": fired + timedelta(seconds=4),  # with its alert, as in the outbox
        "delivered_at": done,
        "next_at": fired + timedelta(minutes=5) if number == 1 else None,
        "error": "503" if number else None,
    }
