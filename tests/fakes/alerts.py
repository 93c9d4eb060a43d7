"""In-memory ports of alerts, outbox and series rows; each passes the same contract suite as the real adapter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from stream.errors import StoreError
from stream.pipeline.aggregate import Bucket
from stream.pipeline.evidence import Evidence
from stream.pipeline.notify import (
    Alert,
    AlertStory,
    Change,
    Delivery,
    DeliveryState,
    Status,
    Tick,
    Transition,
    payload,
)
from stream.pipeline.project import Pool
from stream.pipeline.rules import Decision, RuleState

replace = msgspec.structs.replace


class Sent(msgspec.Struct):
    """A delivery and how it stands; it is done when ``next_at`` is None."""

    delivery: Delivery
    created_at: datetime
    next_at: datetime | None
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    error: str | None = None


class Incident(msgspec.Struct):
    """An alert and what belongs to it."""

    alert: Alert
    transitions: dict[Status, Transition] = {}
    evidence: tuple[Evidence, ...] = ()


class FakeAlertStore:
    """Alerts in dictionaries; a FakeOutbox on it sees the same deliveries."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[int, bytes]] = {}
        self.incidents: dict[str, Incident] = {}
        self.sent: list[Sent] = []
        self.decisions: dict[str, Decision] = {}

    async def load(self, rule: str) -> tuple[int, RuleState | None]:
        version, content = self.states.get(rule, (0, b""))
        return version, msgspec.json.decode(content, type=RuleState) if version else None

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        if self.states.get(rule, (0, b""))[0] != version:
            return False
        # Copies, which take the places of the originals together: an error in between leaves nothing half done.
        incidents = {key: replace(kept, transitions=dict(kept.transitions)) for key, kept in self.incidents.items()}
        sent = list(self.sent)
        for change in tick.changes:
            _record(incidents, sent, change, tick)
        self.incidents, self.sent = incidents, sent
        self.states[rule] = (version + 1, msgspec.json.encode(tick.state))
        self.decisions |= tick.latest
        return True

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        found = [kept.alert for kept in self.incidents.values() if status in (None, kept.alert.status)]
        found.sort(key=lambda alert: alert.id)
        return sorted(found, key=lambda alert: alert.fired_at, reverse=True)[:limit]

    async def story(self, alert_id: str) -> AlertStory | None:
        kept = self.incidents.get(alert_id)
        if kept is None:
            return None
        steps = sorted(kept.transitions.values(), key=lambda step: (step.at, step.recorded_at))
        sent = [_state(item) for item in self.sent if item.delivery.alert_id == alert_id]
        return AlertStory(kept.alert, tuple(steps), kept.evidence, tuple(sent))

    async def latest(self) -> dict[str, Decision]:
        return dict(self.decisions)


class FakeOutbox:
    """The deliveries of a FakeAlertStore."""

    def __init__(self, store: FakeAlertStore) -> None:
        self._store = store

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        first: dict[str, Sent] = {}
        for item in self._store.sent:
            if item.delivery.receiver == receiver and item.next_at is not None:
                first.setdefault(item.delivery.alert_id, item)
        due = [(item.next_at, item) for item in first.values() if item.next_at is not None and item.next_at <= now]
        free = [pair for pair in due if pair[1].leased_until is None or pair[1].leased_until <= now]
        free.sort(key=lambda pair: (pair[0], pair[1].delivery.id))
        for _, item in free[:limit]:
            item.leased_until = now + lease
        return sorted((item.delivery for _, item in free[:limit]), key=lambda delivery: delivery.id)

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        item = self._find(delivery)
        if item.delivered_at is None:
            item.delivered_at, item.next_at, item.leased_until = now, None, None

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        item = self._find(delivery)
        if item.delivered_at is None and item.delivery.attempts == delivery.attempts:
            item.delivery = replace(item.delivery, attempts=delivery.attempts + 1)
            item.error, item.next_at, item.leased_until = error, next_at, None

    def _find(self, delivery: Delivery) -> Sent:
        return next(item for item in self._store.sent if item.delivery.id == delivery.id)


class FakeSeriesStore:
    """Rows in a dictionary."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Bucket]] = {}
        self.evidence: dict[tuple[str, int], dict[str, Evidence]] = {}

    async def upsert(self, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        for minute, buckets in minutes.items():
            row = self._rows.setdefault(minute, {})
            row |= {name: new for name, new in buckets.items() if new.documents >= row.get(name, new).documents}
        return sum(map(len, minutes.values()))

    async def put_evidence(self, pool: Pool) -> int:
        for minute, row in pool.items():
            for name, items in row.items():
                self.evidence[name, minute] = {item.id: item for item in items}
        return sum(len(items) for row in pool.values() for items in row.values())

    async def retain(self, days: int, evidence_days: int) -> bool:
        newest = max(self._rows, default=0)
        self._rows = {minute: row for minute, row in self._rows.items() if minute >= newest - days * 1440}
        self.evidence = {key: row for key, row in self.evidence.items() if key[1] >= newest - evidence_days * 1440}
        return False

    async def replace(self, first: int, last: int, minutes: Mapping[int, Mapping[str, Bucket]]) -> int:
        self._rows = {minute: row for minute, row in self._rows.items() if not first <= minute < last}
        return await self.upsert(minutes)

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        return {minute: dict(row) for minute, row in sorted(self._rows.items()) if first <= minute < last and row}


def _record(incidents: dict[str, Incident], sent: list[Sent], change: Change, tick: Tick) -> None:
    resolved = change.at if change.status is Status.RESOLVED else None
    series = change.decision.observation.series
    alert = Alert(change.alert_id, change.rule, series, change.status, change.fired_at, resolved)
    others = [kept.alert for key, kept in incidents.items() if key != alert.id]
    kept = incidents.setdefault(alert.id, Incident(alert))
    if resolved and kept.alert.status is Status.FIRING:
        kept.alert = alert
    taken = {(other.rule, other.series) for other in others if other.status is Status.FIRING}
    if kept.alert.status is Status.FIRING and (alert.rule, series) in taken:
        raise StoreError("a second open alert of one rule and series")
    if change.status in kept.transitions:
        return
    kept.transitions[change.status] = Transition(change.status, change.at, tick.now, change.decision)
    kept.evidence += change.evidence
    for receiver in tick.receivers:
        kind = f"alert.{change.status}"
        delivery = Delivery(len(sent) + 1, alert.id, change.message_id, receiver, kind, payload(change))
        sent.append(Sent(delivery, tick.now, tick.now))


def _state(item: Sent) -> DeliveryState:
    return DeliveryState(
        item.delivery.receiver,
        item.delivery.type,
        item.delivery.message_id,
        item.delivery.attempts,
        item.created_at,
        item.delivered_at,
        item.next_at,
        item.error,
    )
