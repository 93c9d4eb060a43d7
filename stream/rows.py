"""Alerts and what belongs to them as rows of :mod:`stream.tables`, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from stream.pipeline.classify import Origin
from stream.pipeline.detect import Kind
from stream.pipeline.evidence import Evidence
from stream.pipeline.notify import Alert, Change, DeliveryState, Status, Tick, Transition, moment_of, payload
from stream.pipeline.rules import Decision
from stream.postgres import storable

MAX_EVIDENCE = 10
KEEP_DECISIONS = timedelta(days=90)


def cleaned(change: Change) -> Change:
    """Return ``change`` with at most ten documents, in text that Postgres and JSON can hold."""
    return msgspec.structs.replace(change, evidence=tuple(map(_cleaned, change.evidence[:MAX_EVIDENCE])))


def _cleaned(item: Evidence) -> Evidence:
    texts = {name: getattr(item, name) for name in ("id", "source", "author", "url", "text")}
    return msgspec.structs.replace(item, **{name: storable(text) for name, text in texts.items() if text is not None})


def alert_row(change: Change, tick: Tick) -> dict[str, Any]:
    """Return the alert as it is after ``change``."""
    return {
        "id": change.alert_id,
        "rule": change.rule,
        "series": change.decision.observation.series,
        "kind": change.decision.observation.kind,
        "severity": change.decision.severity,
        "status": change.status.value,
        "group_id": change.alert_id,
        "fired_at": change.fired_at,
        "resolved_at": change.at if change.status is Status.RESOLVED else None,
        "created_at": tick.now,
    }


def transition_row(change: Change, tick: Tick) -> dict[str, Any]:
    """Return the step that ``change`` is."""
    return {
        "alert_id": change.alert_id,
        "step": change.status.value,
        "status": change.status.value,
        "severity": change.decision.severity,
        "at": change.at,
        "recorded_at": tick.now,
        "actor": "bellwether",
        "reason": change.decision.reason.value,
        "decision": msgspec.to_builtins(change.decision),
    }


def evidence_rows(change: Change) -> Iterator[dict[str, Any]]:
    """Return the documents of ``change``, in their order."""
    for position, item in enumerate(change.evidence):
        yield {
            "alert_id": change.alert_id,
            "position": position,
            "document": item.id,
            "source": item.source,
            "author": item.author,
            "url": item.url,
            "published_at": item.published_at,
            "text": item.text,
            "truncated": item.truncated,
            "negative": item.negative,
            "origin": msgspec.to_builtins(item.origin),
            "story": item.story,
            "entries": list(item.entries),
        }


def delivery_rows(change: Change, tick: Tick) -> Iterator[dict[str, Any]]:
    """Return one delivery per receiver, due at once."""
    content = payload(change)
    for receiver in tick.receivers:
        yield {
            "alert_id": change.alert_id,
            "message_id": change.message_id,
            "receiver": receiver,
            "type": f"alert.{change.status}",
            "payload": content,
            "attempts": 0,
            "created_at": tick.now,
            "next_at": tick.now,
        }


def state_rows(rule: str, tick: Tick) -> Iterator[tuple[Any, ...]]:
    """Return the current state of every series, by name, in the order of the table's columns."""
    # Everyone writes in this one order, so that two writers never wait for each other in a circle.
    for series, decision in sorted(tick.latest.items()):
        seen = decision.observation
        head = (rule, series, moment_of(seen.minute), tick.now, seen.kind, decision.reason.value)
        counts = (seen.documents, seen.negatives, seen.expected_share, seen.expected_low, seen.expected_high)
        yield (*head, *counts, seen.usual_negatives, seen.score, seen.threshold, msgspec.to_builtins(decision))


def decision_rows(rule: str, tick: Tick) -> Iterator[tuple[Any, ...]]:
    """Return the decisions of the past, in the order of the table's columns."""
    for decision in sorted(tick.decisions, key=lambda item: (item.observation.series, item.observation.minute)):
        seen = decision.observation
        head = (rule, seen.series, moment_of(seen.minute), seen.window, decision.reason.value)
        expected = seen.usual_documents if seen.kind == Kind.VOLUME else seen.expected_negatives
        band = (expected, seen.expected_low, seen.expected_high)
        yield (*head, seen.documents, seen.negatives, *band, seen.score, seen.threshold)


def oldest_decision(tick: Tick) -> datetime:
    """Return the time before which decisions of the past are not kept."""
    return moment_of(tick.state.evaluated) - KEEP_DECISIONS


def record_row(change: Change) -> dict[str, Any]:
    """Return what a replay of the alert needs."""
    assert change.record is not None  # noqa: S101 - the caller has looked
    record = change.record
    return {
        "alert_id": change.alert_id,
        "rule_hash": record.rule_hash,
        "artifact_hash": record.artifact_hash,
        "record": record.content,
    }


def alert_of(row: Row[Any]) -> Alert:
    """Return the alert of a row."""
    return Alert(row.id, row.rule, row.series, Status(row.status), row.fired_at, row.resolved_at)


def transition_of(row: Row[Any]) -> Transition:
    """Return the step of a row."""
    return Transition(Status(row.status), row.at, row.recorded_at, msgspec.convert(row.decision, Decision))


def evidence_of(row: Row[Any]) -> Evidence:
    """Return the document of a row."""
    return Evidence(
        id=row.document,
        source=row.source,
        published_at=row.published_at,
        text=row.text,
        negative=row.negative,
        author=row.author,
        url=row.url,
        truncated=row.truncated,
        origin=None if row.origin is None else msgspec.convert(row.origin, Origin),
        entries=tuple(row.entries),
        story=row.story,
    )


def delivery_state_of(row: Row[Any]) -> DeliveryState:
    """Return how the delivery of a row stands."""
    return DeliveryState(
        receiver=row.receiver,
        type=row.type,
        message_id=row.message_id,
        attempts=row.attempts,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        next_at=row.next_at,
        error=row.error,
    )
