"""The board of :mod:`stream.pipeline.notify.board` from Postgres, and its plan back, for the adapters that need it.

All of it in the caller's transaction, after :func:`lock_alerts`: a plan holds for what it was made from, and groups,
silences and acknowledgements concern many alerts at once. Changes are rare, so nobody waits long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, func, not_, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from stream.adapters.postgres.alert_rows import (
    alert_of,
    alert_row,
    delivery_row,
    silence_of,
    transition_of,
    transition_row,
)
from stream.adapters.postgres.document_rows import evidence_rows, with_documents
from stream.adapters.postgres.outbox_queries import is_held
from stream.adapters.postgres.tables import alert_evidence, alert_transitions, alerts, deliveries, silences
from stream.pipeline.notify import (
    Alert,
    AlertSnapshot,
    Board,
    Change,
    NotificationHistory,
    Plan,
    RoutingSource,
    Status,
    Transition,
    routing_of,
)
from stream.pipeline.notify.grouping import LONGEST_REACH
from stream.pipeline.notify.payload import decode

LOCK = 0x616C7274  # any number that is ours: advisory locks are told apart by number alone
CHANNEL = "bellwether_deliveries"
# What of a stored alert may change; the rest is as it was when the alert opened.
CHANGING_COLUMNS = (
    "status",
    "severity",
    "level",
    "resolved_at",
    "acknowledged_at",
    "acknowledged_by",
    "receivers",
    "silenced_by",
)

_INSERT_ALERT = insert(alerts)
# One statement opens and changes, so that a plan's alerts can be sent in order; what is resolved stays resolved.
_PUT_ALERT = _INSERT_ALERT.on_conflict_do_update(
    index_elements=[alerts.c.id],
    set_={name: _INSERT_ALERT.excluded[name] for name in CHANGING_COLUMNS},
    where=alerts.c.status != Status.RESOLVED.value,
)

# What is resolved may come to stand for its event, or not to.
_PUT_HEAD = update(alerts).where(alerts.c.id == bindparam("of")).values(head=bindparam("by"))


async def lock_alerts(connection: AsyncConnection) -> None:
    """Wait for whoever else changes alerts; held to the end of the transaction."""
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


async def load_board(
    connection: AsyncConnection, concerned: ColumnElement[bool], routing: RoutingSource, now: datetime
) -> Board:
    """Return the board: the alerts that the condition ``concerned`` holds for, and all members of their groups."""
    groups = select(alerts.c.group_id).where(concerned)
    alert_rows = await connection.execute(select(alerts).where(alerts.c.group_id.in_(groups)))
    stored_alerts = [alert_of(row) for row in alert_rows]
    query = select(silences).where(silences.c.ends_at > now).order_by(silences.c.created_at)
    active_silences = [silence_of(row) for row in await connection.execute(query)]
    histories = await _histories(connection, deliveries.c.group_id.in_(groups), now)
    snapshots = await _snapshots(connection, stored_alerts)
    return Board(snapshots, active_silences, routing_of(routing), now, histories)


def with_ids(ids: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an alert has one of these ids."""
    return alerts.c.id.in_(list(ids))


def unresolved() -> ColumnElement[bool]:
    """Return the condition that an alert is open."""
    return alerts.c.status != Status.RESOLVED.value


def concerned_by(changes: Sequence[Change], routing: RoutingSource) -> ColumnElement[bool]:
    """Return the condition that an alert is one of these changes', or open and may be of one event with one of them.

    Raises:
        ValueError: there is no change.
    """
    within, times = routing_of(routing).grouping.within, [change.fired_at for change in changes]
    reach = max(within, LONGEST_REACH)
    near = alerts.c.fired_at.between(min(times) - reach, max(times) + reach)
    return or_(with_ids(change.alert_id for change in changes), and_(unresolved(), near))


async def write_plan(connection: AsyncConnection, plan: Plan, now: datetime) -> None:
    """Store a plan, and wake the senders once the transaction is committed."""
    if plan.alerts:
        await connection.execute(_PUT_ALERT, [alert_row(alert) for alert in plan.alerts.values()])
    if plan.heads:
        heads = [{"of": alert_id, "by": head} for alert_id, head in plan.heads.items()]
        await connection.execute(_PUT_HEAD, heads)
    if plan.transitions:
        transitions = [transition_row(*transition) for transition in plan.transitions]
        await connection.execute(insert(alert_transitions).on_conflict_do_nothing(), transitions)
    if evidence := [row for change in plan.new_changes for row in evidence_rows(change)]:
        await connection.execute(insert(alert_evidence).on_conflict_do_nothing(), evidence)
    if plan.superseded:
        of = tuple_(deliveries.c.group_id, deliveries.c.receiver).in_(list(plan.superseded))
        await connection.execute(delete(deliveries).where(of, _is_collected(now)))
    if plan.hastened:
        held = tuple_(deliveries.c.group_id, deliveries.c.receiver).in_(list(plan.hastened))
        await connection.execute(update(deliveries).where(held, is_held(now)).values(next_at=now))
    if plan.notices:
        rows = [delivery_row(notice, now) for notice in plan.notices]
        await connection.execute(insert(deliveries).on_conflict_do_nothing(), rows)
        await wake_senders(connection)


async def wake_senders(connection: AsyncConnection) -> None:
    """Tell the senders, when the transaction is committed, that something is due."""
    await connection.execute(select(func.pg_notify(CHANNEL, "")))


def _is_collected(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a delivery is not due yet, since updates are collected: nobody can have claimed one."""
    free = and_(deliveries.c.next_at > now, deliveries.c.leased_until.is_(None), deliveries.c.delivered_at.is_(None))
    return and_(deliveries.c.type == "alert.updated", deliveries.c.attempts == 0, free)


async def _histories(
    connection: AsyncConnection, of: ColumnElement[bool], now: datetime
) -> dict[tuple[str, str], NotificationHistory]:
    """Return what receivers have been told, by group and receiver, from the deliveries that ``of`` holds for."""
    column, collected = deliveries.c, _is_collected(now)
    # Where a delivery failed, the next attempt is no measure of when it was meant to be sent.
    meant_for = func.coalesce(
        column.delivered_at, case((column.attempts == 0, column.next_at), else_=column.created_at)
    )
    key = column.group_id, column.receiver
    query = select(
        *key,
        func.max(column.created_at),
        func.count().filter(column.type == "alert.firing"),
        func.max(meant_for).filter(not_(collected)),
    )
    rows = await connection.execute(query.where(of).group_by(*key))
    histories = {(group_id, receiver): NotificationHistory(*rest) for group_id, receiver, *rest in rows}
    for group_id, receiver, content in await connection.execute(select(*key, column.payload).where(of, collected)):
        steps = decode(content).data.changes
        histories[group_id, receiver] = msgspec.structs.replace(histories[group_id, receiver], waiting_steps=steps)
    return histories


async def _snapshots(connection: AsyncConnection, stored_alerts: list[Alert]) -> list[AlertSnapshot]:
    ids = [alert.id for alert in stored_alerts]
    documents: dict[str, list[Row[Any]]] = defaultdict(list)
    query = select(alert_evidence).where(alert_evidence.c.alert_id.in_(ids)).order_by(alert_evidence.c.position)
    for row in await connection.execute(query):
        documents[row.alert_id].append(row)
    transitions: dict[str, list[Transition]] = defaultdict(list)
    order = alert_transitions.c.recorded_at, alert_transitions.c.at, alert_transitions.c.step
    query = select(alert_transitions).where(alert_transitions.c.alert_id.in_(ids)).order_by(*order)
    for row in await connection.execute(query):
        transitions[row.alert_id].append(transition_of(row))
    told = [with_documents(alert, documents[alert.id]) for alert in stored_alerts]
    return [AlertSnapshot.of(alert, transitions[alert.id], evidence) for alert, evidence in told]
