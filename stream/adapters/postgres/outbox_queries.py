"""The statements of the outbox: which deliveries are claimed, and which are given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.sql.dml import Update

from stream.adapters.postgres.tables import deliveries, receivers
from stream.pipeline.notify import EXPIRES
from stream.pipeline.notify.payload import RESOLVED
from stream.pipeline.notify.retries import EXPIRED, OVER, OVERDUE, REPLACED

_COLUMN = deliveries.c
_other = deliveries.alias("other")


def claim_due(receiver: str, now: datetime, lease: timedelta, limit: int) -> Update:
    """Return the statement that leases up to ``limit`` due deliveries of a receiver until ``now + lease``.

    Of each group only the earliest that is not done is taken. The rows have a column ``unannounced``, too.
    """
    waits_for_another = exists().where(
        _other.c.group_id == _COLUMN.group_id,
        _other.c.receiver == _COLUMN.receiver,
        _other.c.id < _COLUMN.id,
        _other.c.next_at.is_not(None),
    )
    disabled = exists().where(receivers.c.name == _COLUMN.receiver)
    # A CTE, since a plain subquery may run more than once and then claims more than ``limit``.
    due = (
        select(_COLUMN.id)
        .where(_COLUMN.receiver == receiver, _COLUMN.next_at <= now, is_unclaimed(now))
        .where(~waits_for_another, ~disabled)
        .order_by(_COLUMN.next_at, _COLUMN.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
        .cte("due")
    )
    return (
        update(deliveries)
        .where(_COLUMN.id == due.c.id)
        .values(leased_until=now + lease)
        .returning(deliveries, _UNANNOUNCED)
    )


def _is_unannounced() -> ColumnElement[bool]:
    """Return the condition that a delivery tells of an end whose beginning its receiver has not taken."""
    taken = exists().where(
        _other.c.group_id == _COLUMN.group_id, _other.c.receiver == _COLUMN.receiver, _other.c.delivered_at.is_not(None)
    )
    return and_(_COLUMN.type == RESOLVED, ~taken)


_UNANNOUNCED = _is_unannounced().label("unannounced")


def give_up_stale(receiver: str, now: datetime) -> Update:
    """Return the statement that gives up what is no news any more, unless somebody has claimed it, and says why."""
    behind = exists().where(
        _other.c.group_id == _COLUMN.group_id,
        _other.c.receiver == _COLUMN.receiver,
        _other.c.id > _COLUMN.id,
        _other.c.next_at.is_not(None),
    )
    updated = "alert.updated"
    # One that waits for more to come does not hold back what is due, such as a severity that rose.
    sooner = _other.c.next_at <= func.greatest(_COLUMN.next_at, now)
    over = and_(_COLUMN.type.in_(["alert.firing", updated]), behind.where(_other.c.type == RESOLVED))
    replaced = and_(_COLUMN.type == updated, behind.where(_other.c.type == updated, sooner))
    expired = is_expired(now)
    reason = case((expired, EXPIRED), (over, OVER), else_=REPLACED)
    waiting = update(deliveries).where(_COLUMN.receiver == receiver, _COLUMN.next_at.is_not(None), is_unclaimed(now))
    return waiting.where(or_(expired, over, replaced)).values(next_at=None, error=reason)


def hasten(receiver: str, now: datetime, limit: int) -> Update:
    """Return the statement that makes those due that failed and wait for a receiver, up to ``limit``, oldest first."""
    waiting = select(_COLUMN.id).where(_COLUMN.receiver == receiver, is_held(now)).order_by(_COLUMN.id).limit(limit)
    held = waiting.with_for_update(skip_locked=True, of=deliveries).cte("held")
    return update(deliveries).where(_COLUMN.id == held.c.id).values(next_at=now)


def is_held(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a delivery failed and waits for its next attempt, and that nobody has claimed it."""
    return and_(_COLUMN.attempts > 0, _COLUMN.next_at > now, is_unclaimed(now))


def is_overtaken(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a later one of its incident was delivered or is being sent, or told the end in vain.

    Sent after that, it would be news that nothing ever takes back.
    """
    return exists().where(_overtakes(now))


def overtaking(delivery_id: int, now: datetime) -> Select[Any]:
    """Return the query for what :func:`is_overtaken` speaks of: what was delivered, what is being sent, an end."""
    order = _other.c.delivered_at.is_(None), _other.c.next_at.is_(None), _other.c.id.desc()
    return select(_other).where(_COLUMN.id == delivery_id, _overtakes(now)).order_by(*order).limit(1)


def _overtakes(now: datetime) -> ColumnElement[bool]:
    told_in_vain = and_(_other.c.type == RESOLVED, _other.c.next_at.is_(None))
    return and_(
        _other.c.group_id == _COLUMN.group_id,
        _other.c.receiver == _COLUMN.receiver,
        _other.c.id > _COLUMN.id,
        or_(_other.c.delivered_at.is_not(None), _other.c.leased_until > now, told_in_vain),
    )


def is_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a delivery waits, is a day old, and has been due in vain for a while."""
    return and_(_COLUMN.created_at <= now - EXPIRES, _COLUMN.next_at <= now - OVERDUE)


def is_unclaimed(now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody has a lease on a delivery."""
    return or_(_COLUMN.leased_until.is_(None), _COLUMN.leased_until <= now)
