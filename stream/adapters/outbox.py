"""Notifications on their way, in the table that alerts are written to in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.dml import Update

from stream.pipeline.notify import Delivery
from stream.postgres import storable, store_errors
from stream.tables import deliveries

MAX_ERROR = 1000

_earlier = deliveries.alias("earlier")
_OF = deliveries.c


class PostgresOutbox:
    """The port :class:`stream.pipeline.notify.Outbox`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        """Return deliveries that are due, and keep others from claiming them until ``now + lease``; see the port.

        Raises:
            StoreError: the store did not answer; what was claimed all the same comes back when its lease has ended.
        """
        with store_errors("return due deliveries"):
            async with self._engine.begin() as connection:
                rows = (await connection.execute(_claim(receiver, now, lease, limit))).all()
        return sorted(map(_delivery, rows), key=lambda delivery: delivery.id)

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Mark as done. Call it after the receiver has taken it, never before.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        query = update(deliveries).where(_OF.id == delivery.id, _OF.delivered_at.is_(None))
        await self._write(query.values(delivered_at=now, next_at=None, leased_until=None))

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        """Count a failed attempt; due again at ``next_at``, or given up when that is None.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        # Of a delivery that another has tried since, the other's word counts; so does one that was taken after all.
        query = update(deliveries).where(
            _OF.id == delivery.id, _OF.attempts == delivery.attempts, _OF.delivered_at.is_(None)
        )
        text = storable(error)[:MAX_ERROR]
        await self._write(query.values(attempts=delivery.attempts + 1, error=text, next_at=next_at, leased_until=None))

    async def _write(self, query: Update) -> None:
        with store_errors("record a delivery"):
            async with self._engine.begin() as connection:
                await connection.execute(query)


def _claim(receiver: str, now: datetime, lease: timedelta, limit: int) -> Update:
    waits_for_another = exists().where(
        _earlier.c.alert_id == _OF.alert_id,
        _earlier.c.receiver == _OF.receiver,
        _earlier.c.id < _OF.id,
        _earlier.c.next_at.is_not(None),
    )
    # A CTE, since a plain subquery may run more than once and then claims more than ``limit``.
    due = (
        select(_OF.id)
        .where(_OF.receiver == receiver, _OF.next_at <= now, or_(_OF.leased_until.is_(None), _OF.leased_until <= now))
        .where(~waits_for_another)
        .order_by(_OF.next_at, _OF.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
        .cte("due")
    )
    return update(deliveries).where(_OF.id == due.c.id).values(leased_until=now + lease).returning(deliveries)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(row.id, row.alert_id, row.message_id, row.receiver, row.type, row.payload, row.attempts)
