"""Alerts, their steps, deliveries and silences as rows of the tables, and back.

Functions named ``..._row`` return what is inserted, by column; those named ``..._of`` read a row that was selected.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from stream.adapters.postgres.engine import storable
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
from stream.pipeline.windows.earlier import Earlier

replace = msgspec.structs.replace


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
        "earlier": None if alert.earlier is None else msgspec.to_builtins(replace(alert.earlier, evidence=())),
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
        earlier=None if row.earlier is None else msgspec.convert(row.earlier, Earlier),
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
