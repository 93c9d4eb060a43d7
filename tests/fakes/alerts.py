"""In-memory ports of alerts, desk, outbox and series rows; each passes the same contract suite as the real adapter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from stream.errors import StoreError
from stream.pipeline.notify import (
    EXPIRES,
    Alert,
    AlertSnapshot,
    AlertStory,
    Board,
    Delivery,
    DeliveryState,
    Notice,
    NotificationHistory,
    Plan,
    ReplayRecord,
    Retention,
    RoutingSource,
    RuleTick,
    Silence,
    Standing,
    Status,
    Tick,
    Transition,
    Waiting,
    routing_of,
)
from stream.pipeline.notify.payload import decode
from stream.pipeline.notify.ports import changes_together
from stream.pipeline.notify.retries import EXPIRED, NOT_SENT, OVER, OVERDUE, REPLACED
from stream.pipeline.rules import Decision, RuleState
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.earlier import Earlier
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.projection import Buckets, Late, Pool

replace = msgspec.structs.replace


class Sent(msgspec.Struct):
    """A delivery and how it stands; it is done when ``next_at`` is None."""

    delivery: Delivery
    created_at: datetime
    next_at: datetime | None
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    error: str | None = None


class FakeAlertStore:
    """Alerts in dictionaries; a FakeOutbox and a FakeDesk on it see the same."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[int, bytes]] = {}
        self.alerts_by_id: dict[str, Alert] = {}
        self.steps: dict[str, list[Transition]] = {}
        self.evidence: dict[str, tuple[Evidence, ...]] = {}
        self.sent: list[Sent] = []
        self._last_id = 0  # not itertools.count: tests copy the store, and Python 3.14 copies no such thing
        self.silences: dict[str, Silence] = {}
        self.disabled: dict[str, Standing] = {}
        self.decisions: dict[tuple[str, str], Decision] = {}
        self.past: list[Decision] = []
        self.records: dict[str, ReplayRecord] = {}
        self.written_before: Earlier | None = None

    async def load(self, rule: str, known: tuple[int, RuleState] | None = None) -> tuple[int, RuleState | None]:
        version, content = self.states.get(rule, (0, b""))
        return version, RuleState.decode(content) if version else None

    async def earlier(self, series: str, first: int) -> Earlier | None:
        return self.written_before

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        return await self.commit_together([RuleTick(rule, version, tick)])

    async def commit_together(self, ticks: Sequence[RuleTick]) -> bool:
        if any(self.states.get(one.rule, (0, b""))[0] != one.version for one in ticks):
            return False
        first = ticks[0].tick
        self.write(self.board(first.receivers, first.now).apply(changes_together(ticks)), first.now)
        for one in ticks:
            self._write_tick(*one)
        return True

    def _write_tick(self, rule: str, version: int, tick: Tick) -> None:
        self.states[rule] = (version + 1, tick.state.encode())
        self.decisions |= {(rule, name): decision for name, decision in tick.latest.items()}
        for name in tick.forgotten:
            self.decisions.pop((rule, name), None)
        self.past += tick.decisions
        for change in tick.changes:
            if change.record is not None and change.status is Status.FIRING:
                self.records.setdefault(change.alert_id, change.record)

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        found = [alert for alert in self.alerts_by_id.values() if status in (None, alert.status)]
        found.sort(key=lambda alert: alert.id)
        return sorted(found, key=lambda alert: alert.fired_at, reverse=True)[:limit]

    async def open_alerts(self) -> list[Alert]:
        return [alert for alert in await self.alerts(None, len(self.alerts_by_id)) if alert.open]

    async def ids_with_prefix(self, text: str, limit: int) -> list[str]:
        return [key for key in self.alerts_by_id if key.startswith(text)][:limit]

    async def story(self, alert_id: str) -> AlertStory | None:
        alert = self.alerts_by_id.get(alert_id)
        if alert is None:
            return None
        sent = [_state(item) for item in self.sent if item.delivery.group_id == alert.group_id]
        members = sorted(
            (one for one in self.alerts_by_id.values() if one.group_id == alert.group_id and one.id != alert_id),
            key=lambda one: one.id,
        )
        evidence = self.evidence.get(alert_id, ())
        return AlertStory(alert, tuple(self._steps(alert_id)), evidence, tuple(sent), tuple(members))

    async def latest_decisions(self) -> dict[tuple[str, str], Decision]:
        return dict(self.decisions)

    async def last_evaluated_minute(self) -> int:
        return max((RuleState.decode(content).evaluated for _, content in self.states.values()), default=0)

    async def replay_record(self, alert_id: str) -> ReplayRecord | None:
        return self.records.get(alert_id)

    def board(self, receivers: RoutingSource, now: datetime) -> Board:
        snapshots = [self._snapshot(alert) for alert in self.alerts_by_id.values()]
        return Board(snapshots, self.silences.values(), routing_of(receivers), now, self._histories(now))

    def _histories(self, now: datetime) -> dict[tuple[str, str], NotificationHistory]:
        histories: dict[tuple[str, str], NotificationHistory] = {}
        for item in self.sent:
            key, type_ = _key(item), item.delivery.type
            before = histories.get(key, NotificationHistory(item.created_at, 0))
            meant = item.delivered_at or (item.created_at if item.delivery.attempts else item.next_at)
            waits = _waits(item, now)
            histories[key] = NotificationHistory(
                max(before.last_made, item.created_at),
                before.firing_count + (type_ == "alert.firing"),
                before.last_sent if waits or meant is None else max(before.last_sent or meant, meant),
                decode(item.delivery.payload).data.changes if waits else before.waiting_steps,
            )
        return histories

    def write(self, plan: Plan, now: datetime) -> None:
        alerts_by_id = self.alerts_by_id | plan.alerts
        open_ = [(alert.rule, alert.series) for alert in alerts_by_id.values() if alert.open]
        if len(open_) != len(set(open_)):
            raise StoreError("a second open alert of one rule and series")
        self.alerts_by_id = alerts_by_id
        for alert_id, head in plan.heads.items():
            self.alerts_by_id[alert_id] = replace(self.alerts_by_id[alert_id], head=head)
        for alert_id, step in plan.transitions:
            self.steps.setdefault(alert_id, []).append(step)
        for change in plan.new_changes:
            self.evidence.setdefault(change.alert_id, change.evidence)
        gone = {id(item) for item in self.sent if _waits(item, now) and _key(item) in plan.superseded}
        self.sent = [item for item in self.sent if id(item) not in gone]
        for item in self.sent:
            if _key(item) in plan.hastened and _is_held(item, now):
                item.next_at = now
        known = {(item.delivery.message_id, item.delivery.receiver) for item in self.sent}
        for notice in plan.notices:
            if (notice.message_id, notice.receiver) not in known:
                self._last_id += 1
                self.sent.append(_sent(self._last_id, notice, now))

    def _steps(self, alert_id: str) -> list[Transition]:
        return sorted(self.steps.get(alert_id, []), key=lambda step: (step.recorded_at, step.at, step.step))

    def _snapshot(self, alert: Alert) -> AlertSnapshot:
        return AlertSnapshot.of(alert, self._steps(alert.id), self.evidence.get(alert.id, ()))


class FakeOutbox:
    """The deliveries of a FakeAlertStore."""

    def __init__(self, store: FakeAlertStore) -> None:
        self._store = store

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        if receiver in self._store.disabled:
            return []
        first: dict[str, Sent] = {}
        for item in self._queue(receiver):
            first.setdefault(item.delivery.group_id, item)
        due = [(item.next_at, item) for item in first.values() if item.next_at is not None and item.next_at <= now]
        free = [pair for pair in due if _free(pair[1], now)]
        free.sort(key=lambda pair: (pair[0], pair[1].delivery.id))
        for _, item in free[:limit]:
            item.leased_until = now + lease
        return sorted((self._told(item) for _, item in free[:limit]), key=lambda delivery: delivery.id)

    def _told(self, item: Sent) -> Delivery:
        taken = any(_key(other) == _key(item) and other.delivered_at for other in self._store.sent)
        return replace(item.delivery, unannounced=item.delivery.type == "alert.resolved" and not taken)

    async def settle(self, receiver: str, now: datetime) -> int:
        before = len(self._queue(receiver))
        for item in self._queue(receiver):
            if not _free(item, now):
                continue
            queue = self._queue(receiver)
            group = [other.delivery for other in queue if other.delivery.group_id == item.delivery.group_id]
            behind = {other.type for other in group if other.id > item.delivery.id}
            sooner = max(now, item.next_at or now)
            due = {
                other.delivery.type
                for other in queue
                if other.delivery in group and other.delivery.id > item.delivery.id and (other.next_at or now) <= sooner
            }
            news = item.delivery.type in ("alert.firing", "alert.updated")
            if _is_expired(item, now):
                item.next_at, item.error = None, EXPIRED
            elif news and "alert.resolved" in behind:
                item.next_at, item.error = None, OVER
            elif item.delivery.type == "alert.updated" and "alert.updated" in due:
                item.next_at, item.error = None, REPLACED
        return before - len(self._queue(receiver))

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        item = self._find(delivery.id)
        if item.delivered_at is None:
            item.delivered_at, item.next_at, item.leased_until = now, None, None

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        item = self._find(delivery.id)
        if item.delivered_at is None and item.delivery.attempts == delivery.attempts:
            item.delivery = replace(item.delivery, attempts=delivery.attempts + 1)
            item.error, item.next_at, item.leased_until = error, next_at, None

    async def put_off(self, delivery: Delivery, why: str, next_at: datetime) -> None:
        item = self._find(delivery.id)
        if item.delivered_at is None and item.delivery.attempts == delivery.attempts:
            item.error, item.next_at, item.leased_until = why, next_at, None

    async def hasten(self, receiver: str, now: datetime, limit: int) -> int:
        held = [item for item in self._queue(receiver) if _is_held(item, now)][:limit]
        for item in held:
            item.next_at = now
        return len(held)

    async def deliveries(self, receiver: str | None, *, undelivered: bool, limit: int) -> list[DeliveryState]:
        found = [item for item in self._store.sent if receiver in (None, item.delivery.receiver)]
        return [_state(item) for item in reversed(found) if not (undelivered and item.delivered_at)][:limit]

    async def delivery(self, delivery_id: int) -> tuple[DeliveryState, bytes] | None:
        found = [item for item in self._store.sent if item.delivery.id == delivery_id]
        return (_state(found[0]), found[0].delivery.payload) if found else None

    async def retry(self, delivery_id: int, now: datetime) -> bool:
        found = [item for item in self._store.sent if item.delivery.id == delivery_id]
        if not found or found[0].delivered_at is not None or not found[0].delivery.payload:
            return False
        (item,) = found
        if await self.overtaken_by(delivery_id, now) is not None:
            return False
        item.delivery = replace(item.delivery, attempts=0)
        item.next_at, item.leased_until = now, None
        return True

    async def overtaken_by(self, delivery_id: int, now: datetime) -> DeliveryState | None:
        of = _key(self._find(delivery_id))
        found = [one for one in self._store.sent if _key(one) == of and _has_passed(one, delivery_id, now)]
        found.sort(key=lambda one: (one.delivered_at is None, one.next_at is None, -one.delivery.id))
        return _state(found[0]) if found else None

    async def disable(self, receiver: str, reason: str, actor: str, now: datetime) -> None:
        self._store.disabled.setdefault(receiver, Standing(receiver, now, reason, actor))

    async def enable(self, receiver: str) -> bool:
        return self._store.disabled.pop(receiver, None) is not None

    async def disabled_receivers(self) -> list[Standing]:
        return sorted(self._store.disabled.values(), key=lambda standing: standing.name)

    async def queues(self) -> list[Waiting]:
        names = sorted({item.delivery.receiver for item in self._store.sent if item.delivered_at is None})
        return [_waiting(name, [item for item in self._store.sent if item.delivery.receiver == name]) for name in names]

    def _queue(self, receiver: str) -> list[Sent]:
        return [item for item in self._store.sent if item.delivery.receiver == receiver and item.next_at is not None]

    def _find(self, delivery_id: int) -> Sent:
        return next(item for item in self._store.sent if item.delivery.id == delivery_id)


class FakeDesk:
    """What people do to the alerts of a FakeAlertStore."""

    def __init__(self, store: FakeAlertStore, receivers: RoutingSource) -> None:
        self._store, self._receivers = store, receivers

    async def acknowledge(
        self, alert_id: str, author: str, comment: str, *, now: datetime, alone: bool = False
    ) -> list[Alert] | None:
        alert = self._store.alerts_by_id.get(alert_id)
        if alert is None:
            return None
        group = [one.id for one in self._store.alerts_by_id.values() if one.group_id == alert.group_id]
        ids = [alert_id] if alone else group
        board = self._store.board(self._receivers, now)
        self._store.write(board.acknowledge(ids, author, comment), now)
        return sorted((self._store.alerts_by_id[key] for key in ids), key=lambda one: one.fired_at)

    async def add_silence(self, silence: Silence) -> None:
        self._store.silences.setdefault(silence.id, silence)

    async def end_silence(self, silence_id: str, author: str, now: datetime) -> Silence | None:
        silence = self._store.silences.get(silence_id)
        if silence is not None and silence.ends_at > now:
            silence = replace(silence, ends_at=now, starts_at=min(silence.starts_at, now), ended_by=author)
            self._store.silences[silence_id] = silence
        return silence

    async def silences(self, *, since: datetime | None = None) -> list[Silence]:
        found = [one for one in self._store.silences.values() if since is None or one.ends_at > since]
        found.sort(key=lambda one: one.id)
        return sorted(found, key=lambda one: one.starts_at, reverse=True)

    async def remind(self, now: datetime) -> int:
        plan = self._store.board(self._receivers, now).remind()
        self._store.write(plan, now)
        return len(plan.notices)

    async def forget(self, retention: Retention, now: datetime) -> int:
        store, count = self._store, 0
        for item in store.sent:
            if _is_expired(item, now) and _free(item, now):
                item.next_at, item.error, count = None, EXPIRED, count + 1
        ended = {key: alert.resolved_at for key, alert in store.alerts_by_id.items() if alert.resolved_at}
        for key in [key for key, at in ended.items() if at < now - retention.evidence]:
            count += len(store.evidence.pop(key, ()))
            for item in store.sent:
                if item.delivery.alert_id == key and item.next_at is None and item.delivery.payload:
                    item.delivery, count = replace(item.delivery, payload=b""), count + 1
        for key in [key for key, at in ended.items() if at < now - retention.alerts]:
            del store.alerts_by_id[key]
            store.sent = [item for item in store.sent if item.delivery.alert_id != key]
            count += 1
        old = [key for key, silence in store.silences.items() if silence.ends_at < now - retention.alerts]
        for key in old:
            del store.silences[key]
        return count + len(old)


class FakeSeriesStore:
    """Rows in a dictionary."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, tuple[Bucket, int]]] = {}
        self.evidence: dict[tuple[str, int], dict[str, Evidence]] = {}

    async def upsert(self, minutes: Buckets, late: Late) -> int:
        sent = 0
        for minute in {*minutes, *late}:
            buckets, too_late = minutes.get(minute, {}), late.get(minute, {})
            row = self._rows.setdefault(minute, {})
            for name in {*buckets, *too_late}:
                new = buckets.get(name, Bucket()), too_late.get(name, 0)
                kept, kept_late = row.get(name, (Bucket(), 0))
                if new[0].documents + new[1] >= kept.documents + kept_late:
                    row[name] = new
                sent += 1
        return sent

    async def put_evidence(self, pool: Pool) -> int:
        for minute, row in pool.items():
            for name, items in row.items():
                self.evidence[name, minute] = {item.id: item for item in items}
        return sum(len(items) for row in pool.values() for items in row.values())

    async def retain(self, days: int, evidence_days: int, decision_days: int) -> bool:
        newest = max(self._rows, default=0)
        self._rows = {minute: row for minute, row in self._rows.items() if minute >= newest - days * 1440}
        self.evidence = {key: row for key, row in self.evidence.items() if key[1] >= newest - evidence_days * 1440}
        return False

    async def replace(self, first: int, last: int, minutes: Buckets, late: Late) -> int:
        self._rows = {minute: row for minute, row in self._rows.items() if not first <= minute < last}
        return await self.upsert(minutes, late)

    async def documents(self, first: int, last: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for minute, row in self._rows.items():
            count = sum(bucket.documents + late for name, (bucket, late) in row.items() if name.startswith("topic:"))
            if first <= minute < last and count:
                found[minute // 1440] = found.get(minute // 1440, 0) + count
        return found

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        found = {
            minute: {name: bucket for name, (bucket, late) in row.items() if bucket.documents or not late}
            for minute, row in sorted(self._rows.items())
            if first <= minute < last
        }
        return {minute: row for minute, row in found.items() if row}

    async def late(self, first: int, last: int) -> dict[int, dict[str, int]]:
        found = {
            minute: {name: late for name, (_, late) in row.items() if late}
            for minute, row in sorted(self._rows.items())
            if first <= minute < last
        }
        return {minute: row for minute, row in found.items() if row}


def _sent(number: int, notice: Notice, now: datetime) -> Sent:
    return Sent(
        Delivery(
            number,
            notice.alert_id,
            notice.message_id,
            notice.receiver,
            notice.type,
            notice.payload,
            group_id=notice.group_id,
        ),
        now,
        notice.due or now,
    )


def _key(item: Sent) -> tuple[str, str]:
    return item.delivery.group_id, item.delivery.receiver


def _waits(item: Sent, now: datetime) -> bool:
    fresh = item.delivery.attempts == 0 and item.delivered_at is None and item.leased_until is None
    return item.delivery.type == "alert.updated" and fresh and item.next_at is not None and item.next_at > now


def _has_passed(other: Sent, delivery_id: int, now: datetime) -> bool:
    if other.delivery.id <= delivery_id:
        return False
    given_up = other.delivery.type == "alert.resolved" and other.next_at is None
    return other.delivered_at is not None or given_up or not _free(other, now)


def _is_held(item: Sent, now: datetime) -> bool:
    return item.delivery.attempts > 0 and item.next_at is not None and item.next_at > now and _free(item, now)


def _is_expired(item: Sent, now: datetime) -> bool:
    return item.next_at is not None and item.created_at <= now - EXPIRES and item.next_at <= now - OVERDUE


def _free(item: Sent, now: datetime) -> bool:
    return item.leased_until is None or item.leased_until <= now


def _waiting(receiver: str, sent: list[Sent]) -> Waiting:
    left = [item for item in sent if item.delivered_at is None]
    taken = max((item.delivered_at for item in sent if item.delivered_at), default=None)
    queued = [item.created_at for item in left if item.next_at is not None]
    given_up = [item for item in left if item.next_at is None and not (item.error or "").startswith(NOT_SENT)]
    failed = [item.created_at for item in left if item.next_at is not None and item.delivery.attempts]
    first, oldest = min(failed, default=None), min(queued, default=None)
    return Waiting(receiver, len(queued), oldest, len(given_up), first, taken if first else None)


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
        item.delivery.id,
        item.delivery.alert_id,
        item.delivery.group_id,
    )
