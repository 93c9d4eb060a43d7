"""Stage 6: decisions to alerts, evidence and deliveries. Vocabulary and life cycle are Alertmanager's.

Ids are derived, not drawn: the same incident has the same id whoever writes it, however often, and so has each of its
messages. A receiver that sees an id twice has seen a delivery twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Protocol

import msgspec

from stream.pipeline.documents import EPOCH
from stream.pipeline.evidence import Evidence
from stream.pipeline.rules import Decision, Reason, RuleState

PAYLOAD_VERSION = 1
PAYLOAD_EVIDENCE, PAYLOAD_CHARACTERS, PAYLOAD_BYTES = 5, 500, 20_000
NAMESPACE = uuid.UUID("6b1f9f0e-7a54-5c3e-9a7e-2f1c8b7d4e60")
# Seconds from one attempt to the next, as the Standard Webhooks specification proposes; after the last, it is given up.
SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)


class Status(StrEnum):
    """Where an incident stands."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Record(msgspec.Struct, frozen=True):
    """What a replay of an alert needs; ``content`` is read by the detector alone."""

    rule_hash: str
    artifact_hash: str
    content: bytes


class Change(msgspec.Struct, frozen=True):
    """One alert fires or resolves: the decision, and the evidence when it fires."""

    rule: str
    decision: Decision
    evidence: tuple[Evidence, ...] = ()
    record: Record | None = None

    @property
    def alert_id(self) -> str:
        """The incident's id: of its rule, series and first minute."""
        return alert_id(self.rule, self.decision.observation.series, self.decision.fired or 0)

    @property
    def status(self) -> Status:
        """What the alert becomes."""
        return Status.FIRING if self.decision.reason in (Reason.FIRING, Reason.ESCALATED) else Status.RESOLVED

    @property
    def at(self) -> datetime:
        """The event time of the change."""
        return moment_of(self.decision.observation.minute)

    @property
    def fired_at(self) -> datetime:
        """The event time at which the incident began to fire."""
        return moment_of(self.decision.fired or 0)

    @property
    def message_id(self) -> str:
        """The notification's id, equal on every attempt and for every receiver."""
        return f"msg_{uuid.uuid5(NAMESPACE, f'{self.alert_id}/{self.status}').hex}"


class Delivery(msgspec.Struct, frozen=True):
    """One notification for one receiver; ``attempts`` counts those that failed. ``payload`` is JSON."""

    id: int
    alert_id: str
    message_id: str
    receiver: str
    type: str
    payload: bytes
    attempts: int = 0


class Transition(msgspec.Struct, frozen=True):
    """One step of an alert's life: event time, wall clock, and the decision that took it."""

    status: Status
    at: datetime
    recorded_at: datetime
    decision: Decision


class DeliveryState(msgspec.Struct, frozen=True):
    """How a delivery stands, for people: its last error, and when it was taken or will be tried again."""

    receiver: str
    type: str
    message_id: str
    attempts: int
    created_at: datetime
    delivered_at: datetime | None = None
    next_at: datetime | None = None
    error: str | None = None


class Alert(msgspec.Struct, frozen=True):
    """One incident as stored. ``fired_at`` and ``resolved_at`` are event times."""

    id: str
    rule: str
    series: str
    status: Status
    fired_at: datetime
    resolved_at: datetime | None = None


class AlertStory(msgspec.Struct, frozen=True):
    """All that is known of an alert."""

    alert: Alert
    transitions: tuple[Transition, ...]
    evidence: tuple[Evidence, ...]
    deliveries: tuple[DeliveryState, ...]


class AlertStore(Protocol):
    """The port: the detector's state and the alerts, changed together or not at all.

    Every method raises StoreError when the store does not answer; each may then be called again with the same.
    """

    async def load(self, rule: str) -> tuple[int, RuleState | None]:
        """Return the version of the state of ``rule`` and the state; version 0 and None where there is none."""

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        """Write a tick in one transaction: state, alerts, transitions, evidence, outbox, current state per series.

        Returns False, and writes nothing, when the state's version is not ``version`` any more: another worker was
        faster, and the tick has to be computed again from what it left.
        """

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        """Return the latest alerts, newest first."""

    async def story(self, alert_id: str) -> AlertStory | None:
        """Return all about one alert, or None when there is no such alert."""

    async def latest(self) -> dict[str, Decision]:
        """Return the latest decision on every series."""

    async def evaluated(self) -> int:
        """Return the furthest minute that any rule was decided on; 0 where there is none."""

    async def record(self, alert_id: str) -> Record | None:
        """Return what a replay of an alert needs, or None when nothing was recorded."""


class Tick(msgspec.Struct, frozen=True):
    """What one tick of the detector wants stored. ``now`` is the wall clock; deliveries are due at once.

    ``decisions`` are those of the past that dashboards show.
    """

    state: RuleState
    changes: Sequence[Change]
    latest: dict[str, Decision]
    receivers: Sequence[str]
    now: datetime
    decisions: Sequence[Decision] = ()


class Outbox(Protocol):
    """The port: notifications on their way. Every method raises StoreError when the store does not answer."""

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        """Return deliveries that are due, and keep others from claiming them until ``now + lease``.

        Of one alert and receiver only the earliest that is not done is ever returned, so that "resolved" never
        overtakes "firing".
        """

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Mark as done. Call it after the receiver has taken it, never before."""

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        """Count a failed attempt; due again at ``next_at``, or given up when that is None."""


class Receiver(Protocol):
    """The port: one place that notifications go to."""

    name: str

    async def send(self, delivery: Delivery) -> None:
        """Deliver, and return when the receiver has taken it.

        Raises:
            DeliveryError: it was not taken; ``permanent`` says whether trying again is useless.
        """

    async def aclose(self) -> None:
        """Give connections back."""


def alert_id(rule: str, series: str, fired: int) -> str:
    """Return the id of the incident that fired in ``series`` at minute ``fired``."""
    return str(uuid.uuid5(NAMESPACE, f"{rule}/{series}/{fired}"))


def moment_of(minute: int) -> datetime:
    """Return the beginning of a minute counted from 1970."""
    return EPOCH + timedelta(minutes=minute)


def next_attempt(attempts: int, now: datetime, random: Random) -> datetime | None:
    """Return when to try again after ``attempts`` failures (10 % jitter), or None to give up."""
    if attempts > len(SCHEDULE):
        return None
    return now + timedelta(seconds=SCHEDULE[attempts - 1] * random.uniform(0.9, 1.1))


def payload(change: Change) -> bytes:
    """Return the JSON that receivers get: type, times, numbers, and as much of the evidence as fits in 20 kB."""
    for kept in range(PAYLOAD_EVIDENCE, 0, -1):
        content = _payload(change, change.evidence[:kept])
        if len(content) <= PAYLOAD_BYTES:
            return content
    return _payload(change, ())


def _payload(change: Change, evidence: Sequence[Evidence]) -> bytes:
    seen = change.decision.observation
    data = {
        "alert_id": change.alert_id,
        "rule": change.rule,
        "series": seen.series,
        "status": change.status,
        "fired_at": change.fired_at,
        "resolved_at": change.at if change.status is Status.RESOLVED else None,
        "window_minutes": seen.window,
        "observed": {"documents": seen.documents, "negatives": seen.negatives},
        "expected": {"negatives": seen.expected_negatives, "share": seen.expected_share},
        "usual": {"negatives": seen.usual_negatives},
        "score": seen.score,
        "evidence": [_brief(item) for item in evidence],
    }
    return msgspec.json.encode(
        {"type": f"alert.{change.status}", "version": PAYLOAD_VERSION, "timestamp": change.at, "data": data}
    )


def _brief(item: Evidence) -> dict[str, Any]:
    return {
        "id": item.id,
        "source": item.source,
        "published_at": item.published_at,
        "text": item.text[:PAYLOAD_CHARACTERS],
        "truncated": item.truncated or len(item.text) > PAYLOAD_CHARACTERS,
        "url": item.url,
        "negative": item.negative,
    }
