"""The board of :mod:`stream.pipeline.notify.board` from Postgres, and its plan back, for the adapters that need it.

All of it in the caller's transaction, after :func:`lock`: a plan holds for what it was made from, and groups, silences
and acknowledgements concern many alerts at once. Changes are rare, so nobody waits long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, delete, func, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.postgres.alert_rows import (
    alert_of,
    alert_row,
    delivery_row,
    evidence_of,
    evidence_rows,
    silence_of,
    transition_of,
    transition_row,
)
from stream.adapters.postgres.tables import alert_evidence, alert_transitions, alerts, deliveries, silences
from stream.pipeline.notify import (
    Alert,
    AlertSnapshot,
    Board,
    Change,
    NotificationHistory,
    Plan,
    RoutingSource,
    Silence,
    Status,
    Transition,
    routing_of,
)
from stream.pipeline.notify.payload import decode

LOCK = 0x616C7274  # any number that is ours
CHANNEL = "bellwether_deliveries"
CHANGES = (
    "status",
    "severity",
    "level",
    "resolved_at",
    "acknowledged_at",
    "acknowledged_by",
    "receivers",
    "silenced_by",
)

_ALERT = insert(alerts)
# One statement opens and changes, so that a plan's alerts can be sent in order; what is resolved stays resolved.
_PUT_ALERT = _ALERT.on_conflict_do_update(
    index_elements=[alerts.c.id],
    set_={name: _ALERT.excluded[name] for name in CHANGES},
    where=alerts.c.status != Status.RESOLVED.value,
)


async def lock(connection: AsyncConnection) -> None:
    """Wait for whoever else changes alerts; held to the end of the transaction."""
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


async def load_board(
    connection: AsyncConnection, concerned: ColumnElement[bool], receivers: RoutingSource, now: datetime
) -> Board:
    """Return the board: the alerts that ``concerned`` holds for, and all members of their groups."""
    groups = select(alerts.c.group_id).where(concerned)
    found = (await connection.execute(select(alerts).where(alerts.c.group_id.in_(groups)))).all()
    known = [alert_of(row) for row in found]
    quiet = await connection.execute(select(silences).where(silences.c.ends_at > now).order_by(silences.c.created_at))
    active: list[Silence] = [silence_of(row) for row in quiet]
    told = await _told(connection, deliveries.c.group_id.in_(groups), now)
    return Board(await _incidents(connection, known), active, routing_of(receivers), now, told)


def of_ids(ids: Iterable[str]) -> ColumnElement[bool]:
    """The alerts with these ids."""
    return alerts.c.id.in_(list(ids))


def not_resolved() -> ColumnElement[bool]:
    """The alerts that are open."""
    return alerts.c.status != Status.RESOLVED.value


def of_changes(changes: Sequence[Change], receivers: RoutingSource) -> ColumnElement[bool]:
    """The alerts of these changes, and those that fired about when they did: they may be one event."""
    within, times = routing_of(receivers).grouping.within, [change.fired_at for change in changes]
    near = alerts.c.fired_at.between(min(times) - within, max(times) + within)
    return or_(of_ids(change.alert_id for change in changes), near)


async def write(connection: AsyncConnection, plan: Plan, now: datetime) -> None:
    """Store a plan, and wake the senders once the transaction is committed."""
    if plan.alerts:
        await connection.execute(_PUT_ALERT, [alert_row(alert) for alert in plan.alerts.values()])
    if plan.steps:
        steps = [transition_row(*step) for step in plan.steps]
        await connection.execute(insert(alert_transitions).on_conflict_do_nothing(), steps)
    if evidence := [row for change in plan.fresh for row in evidence_rows(change)]:
        await connection.execute(insert(alert_evidence).on_conflict_do_nothing(), evidence)
    if plan.replaced:
        of = tuple_(deliveries.c.group_id, deliveries.c.receiver).in_(list(plan.replaced))
        await connection.execute(delete(deliveries).where(of, _waits(now)))
    if plan.notices:
        rows = [delivery_row(notice, now) for notice in plan.notices]
        await connection.execute(insert(deliveries).on_conflict_do_nothing(), rows)
        await wake(connection)


async def wake(connection: AsyncConnection) -> None:
    """Tell the senders, when the transaction is committed, that something is due."""
    await connection.execute(select(func.pg_notify(CHANNEL, "")))


def _waits(now: datetime) -> ColumnElement[bool]:
    """The deliveries that are not due yet, since updates are collected: nobody can have claimed one."""
    free = and_(deliveries.c.next_at > now, deliveries.c.leased_until.is_(None), deliveries.c.delivered_at.is_(None))
    return and_(deliveries.c.type == "alert.updated", deliveries.c.attempts == 0, free)


async def _told(
    connection: AsyncConnection, of: ColumnElement[bool], now: datetime
) -> dict[tuple[str, str], NotificationHistory]:
    """Return what each receiver has been told of these groups."""
    at, waits = deliveries.c, _waits(now)
    # Where a delivery failed, the next attempt is no measure of when it was meant to be sent.
    meant = func.coalesce(at.delivered_at, case((at.attempts == 0, at.next_at), else_=at.created_at))
    key, firing = (at.group_id, at.receiver), func.count().filter(at.type == "alert.firing")
    query = select(*key, func.max(at.created_at), firing, func.max(meant).filter(not_(waits))).where(of).group_by(*key)
    told = {(row[0], row[1]): NotificationHistory(*row[2:]) for row in await connection.execute(query)}
    for group_id, receiver, content in await connection.execute(select(*key, at.payload).where(of, waits)):
        waiting = decode(content).data.changes
        told[group_id, receiver] = msgspec.structs.replace(told[group_id, receiver], waiting=waiting)
    return told


async def _incidents(connection: AsyncConnection, known: list[Alert]) -> list[AlertSnapshot]:
    ids = [alert.id for alert in known]
    documents: dict[str, list[Any]] = {}
    query = select(alert_evidence).where(alert_evidence.c.alert_id.in_(ids)).order_by(alert_evidence.c.position)
    for row in await connection.execute(query):
        documents.setdefault(row.alert_id, []).append(evidence_of(row))
    steps: dict[str, list[Transition]] = {}
    order = alert_transitions.c.recorded_at, alert_transitions.c.at, alert_transitions.c.step
    query = select(alert_transitions).where(alert_transitions.c.alert_id.in_(ids)).order_by(*order)
    for row in await connection.execute(query):
        steps.setdefault(row.alert_id, []).append(transition_of(row))
    return [_incident(alert, steps.get(alert.id, []), tuple(documents.get(alert.id, ()))) for alert in known]


def _incident(alert: Alert, steps: list[Transition], evidence: tuple[Any, ...]) -> AlertSnapshot:
    decision = next((step.decision for step in reversed(steps) if step.decision is not None), None)
    seen, detail = (decision.observation, decision.detail) if decision else (None, "")
    return AlertSnapshot(alert, seen, evidence, frozenset(step.step for step in steps), detail)
