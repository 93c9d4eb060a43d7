"""Alerts, their steps, evidence, deliveries and silences as rows of the tables, and back.

Functions named ``..._row`` return what is inserted, by column; those named ``..._of`` read a row that was selected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from stream.adapters.postgres.engine import readable_column, storable
from stream.pipeline.documents.classify import Origin
from stream.pipeline.notify import (
    Alert,
    Change,
    DeliveryState,
    Matcher,
    Notice,
    Silence,
    Status,
    Transition,
)
from stream.pipeline.rules import Decision
from stream.pipeline.windows.evidence import Evidence

MAX_EVIDENCE = 10  # documents of an alert that are stored; a notification shows five of them


def storable_change(change: Change) -> Change:
    """Return ``change`` with at most ten documents, in text that Postgres and JSON can hold."""
    return msgspec.structs.replace(change, evidence=tuple(map(_storable_evidence, change.evidence[:MAX_EVIDENCE])))


def _storable_evidence(item: Evidence) -> Evidence:
    texts = {name: getattr(item, name) for name in ("id", "source", "author", "url", "text", "title")}
    return msgspec.structs.replace(item, **{name: storable(text) for name, text in texts.items() if text is not None})


def alert_row(alert: Alert) -> dict[str, Any]:
    """Return the row of an alert."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "series": alert.series,
        "kind": alert.kind,
        "severity": alert.severity,
        "level": alert.level,
        "status": alert.status.value,
        "group_id": alert.group_id,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "created_at": alert.created_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "published_at": alert.published_at,
        "ingested_at": alert.ingested_at,
        "scored_at": alert.scored_at,
        "receivers": list(alert.receivers),
        "silenced_by": alert.silenced_by,
        "head": alert.head,
    }


def transition_row(alert_id: str, step: Transition) -> dict[str, Any]:
    """Return the row of a step of an alert."""
    return {
        "alert_id": alert_id,
        "step": step.step,
        "status": step.status.value,
        "severity": step.severity,
        "at": step.at,
        "recorded_at": step.recorded_at,
        "actor": storable(step.actor),
        "reason": storable(step.reason),
        "decision": None if step.decision is None else msgspec.to_builtins(step.decision),
    }


def evidence_rows(change: Change) -> Iterator[dict[str, Any]]:
    """Yield a row for each document of ``change``, in their order."""
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
            "scored_at": item.scored_at,
            "readable": readable_column(item.text),
            "negative_of_text": item.negative_of_text,
            "title": item.title,
        }


def delivery_row(notice: Notice, now: datetime) -> dict[str, Any]:
    """Return the row of a delivery, which nobody has tried yet."""
    return {
        "alert_id": notice.alert_id,
        "group_id": notice.group_id,
        "message_id": notice.message_id,
        "receiver": notice.receiver,
        "type": notice.type,
        "payload": notice.payload,
        "attempts": 0,
        "created_at": now,
        "next_at": notice.due or now,
    }


def silence_row(silence: Silence) -> dict[str, Any]:
    """Return the row of a silence."""
    return {
        "id": silence.id,
        "matchers": msgspec.to_builtins(silence.matchers),
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "author": storable(silence.author),
        "comment": storable(silence.comment),
        "created_at": silence.created_at,
        "ended_by": silence.ended_by,
    }


def record_row(change: Change) -> dict[str, Any]:
    """Return the row of what a replay of the alert needs.

    The change must have a record.
    """
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
    return Alert(
        id=row.id,
        rule=row.rule,
        series=row.series,
        status=Status(row.status),
        fired_at=row.fired_at,
        resolved_at=row.resolved_at,
        kind=row.kind,
        severity=row.severity,
        level=row.level,
        group_id=row.group_id,
        created_at=row.created_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        published_at=row.published_at,
        ingested_at=row.ingested_at,
        scored_at=row.scored_at,
        receivers=tuple(row.receivers),
        silenced_by=row.silenced_by,
        head=row.head,
    )


def transition_of(row: Row[Any]) -> Transition:
    """Return the step of a row."""
    return Transition(
        status=Status(row.status),
        at=row.at,
        recorded_at=row.recorded_at,
        decision=None if row.decision is None else msgspec.convert(row.decision, Decision),
        step=row.step,
        severity=row.severity,
        actor=row.actor,
        reason=row.reason,
    )


def silence_of(row: Row[Any]) -> Silence:
    """Return the silence of a row."""
    return Silence(
        id=row.id,
        matchers=msgspec.convert(row.matchers, tuple[Matcher, ...]),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        author=row.author,
        comment=row.comment,
        created_at=row.created_at,
        ended_by=row.ended_by,
    )


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
        scored_at=row.scored_at,
        negative_of_text=row.negative_of_text,
        title=row.title,
    )


def delivery_state_of(row: Row[Any]) -> DeliveryState:
    """Return the state of the delivery of a row."""
    return DeliveryState(
        receiver=row.receiver,
        type=row.type,
        message_id=row.message_id,
        attempts=row.attempts,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        next_at=row.next_at,
        error=row.error,
        id=row.id,
        alert_id=row.alert_id,
        group_id=row.group_id,
    )
