"""Notifications on their way, in the table that alerts are written to in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, Select, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import Update

from stream.adapters.postgres.alert_rows import delivery_state_of
from stream.adapters.postgres.board import wake_senders
from stream.adapters.postgres.engine import storable, store_errors
from stream.adapters.postgres.outbox_queries import claim_due, give_up_stale, hasten, is_overtaken, overtaking
from stream.adapters.postgres.tables import deliveries, receivers
from stream.pipeline.notify import Delivery, DeliveryState, Standing, Waiting
from stream.pipeline.notify.retries import NOT_SENT

MAX_ERROR = 1000  # characters of an error that are stored; a person reads them, and an answer may be long

_COLUMN = deliveries.c
# One delivery's payload may be 20 kB, and a list of them has no use for any.
_ALL_BUT_PAYLOAD = [column for column in deliveries.columns if column.name != "payload"]


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
                rows = (await connection.execute(claim_due(receiver, now, lease, limit))).all()
        return sorted(map(_delivery_of, rows), key=lambda delivery: delivery.id)

    async def settle(self, receiver: str, now: datetime) -> int:
        """Give up what is no news any more, and return how many; see the port.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("settle deliveries"):
            async with self._engine.begin() as connection:
                return (await connection.execute(give_up_stale(receiver, now))).rowcount

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Mark as done. Call it after the receiver has taken it, never before.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        query = update(deliveries).where(_COLUMN.id == delivery.id, _COLUMN.delivered_at.is_(None))
        await self._write(query.values(delivered_at=now, next_at=None, leased_until=None))

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        """Count a failed attempt; due again at ``next_at``, or given up when that is None.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        await self._write(_not_taken(delivery, error, next_at).values(attempts=delivery.attempts + 1))

    async def put_off(self, delivery: Delivery, why: str, next_at: datetime) -> None:
        """Make a delivery that was not tried due again at ``next_at``; see the port.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        await self._write(_not_taken(delivery, why, next_at))

    async def hasten(self, receiver: str, now: datetime, limit: int) -> int:
        """Make what failed and waits for its next attempt due now, and return how many; see the port.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("retry a delivery"):
            async with self._engine.begin() as connection:
                return (await connection.execute(hasten(receiver, now, limit))).rowcount

    async def deliveries(self, receiver: str | None, *, undelivered: bool, limit: int) -> list[DeliveryState]:
        """Return the latest deliveries, newest first.

        Raises:
            StoreError: the store did not answer.
        """
        query: Select[Any] = select(*_ALL_BUT_PAYLOAD).order_by(_COLUMN.id.desc()).limit(limit)
        if receiver is not None:
            query = query.where(_COLUMN.receiver == storable(receiver))
        if undelivered:
            query = query.where(_COLUMN.delivered_at.is_(None))
        with store_errors("return the deliveries"):
            async with self._engine.connect() as connection:
                return [delivery_state_of(row) for row in await connection.execute(query)]

    async def delivery(self, delivery_id: int) -> tuple[DeliveryState, bytes] | None:
        """Return a delivery and its payload, empty once that has been forgotten.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return a delivery"):
            async with self._engine.connect() as connection:
                rows = await connection.execute(select(deliveries).where(_COLUMN.id == delivery_id))
                row = rows.one_or_none()
        return None if row is None else (delivery_state_of(row), row.payload)

    async def retry(self, delivery_id: int, now: datetime) -> bool:
        """Make a delivery that has not been taken due at once, with a fresh schedule; see the port.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        query = (
            update(deliveries)
            .where(_COLUMN.id == delivery_id, _COLUMN.delivered_at.is_(None), func.length(_COLUMN.payload) > 0)
            .where(~is_overtaken(now))
            .values(next_at=now, attempts=0, leased_until=None)
        )
        with store_errors("retry a delivery"):
            async with self._engine.begin() as connection:
                is_due = (await connection.execute(query)).rowcount > 0
                await wake_senders(connection)
        return is_due

    async def overtaken_by(self, delivery_id: int, now: datetime) -> DeliveryState | None:
        """Return the later delivery of its incident that forbids to send one again; see the port.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return a delivery"):
            async with self._engine.connect() as connection:
                row = (await connection.execute(overtaking(delivery_id, now))).one_or_none()
        return None if row is None else delivery_state_of(row)

    async def disable(self, receiver: str, reason: str, actor: str, now: datetime) -> None:
        """Keep a receiver's deliveries back; one that is disabled already keeps its reason.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        values = {"disabled_at": now, "reason": storable(reason)[:MAX_ERROR], "actor": storable(actor)}
        query = insert(receivers).values(name=receiver, **values)
        with store_errors("disable a receiver"):
            async with self._engine.begin() as connection:
                await connection.execute(query.on_conflict_do_nothing())

    async def enable(self, receiver: str) -> bool:
        """Let them go again, at once; False when it was not disabled.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("enable a receiver"):
            async with self._engine.begin() as connection:
                query = delete(receivers).where(receivers.c.name == storable(receiver))
                was_disabled = (await connection.execute(query)).rowcount > 0
                await wake_senders(connection)
        return was_disabled

    async def disabled_receivers(self) -> list[Standing]:
        """Return the receivers that are disabled.

        Raises:
            StoreError: the store did not answer.
        """
        with store_errors("return the receivers"):
            async with self._engine.connect() as connection:
                rows = await connection.execute(select(receivers).order_by(receivers.c.name))
                return [Standing(row.name, row.disabled_at, row.reason, row.actor) for row in rows]

    async def queues(self) -> list[Waiting]:
        """Return the queue of every receiver that has one, or has given something up.

        Raises:
            StoreError: the store did not answer.
        """
        waits = _COLUMN.next_at.is_not(None)
        given_up = and_(_COLUMN.next_at.is_(None), ~_COLUMN.error.startswith(NOT_SENT))
        query = (
            select(
                _COLUMN.receiver,
                func.count().filter(waits).label("queued"),
                func.min(_COLUMN.created_at).filter(waits).label("oldest"),
                func.count().filter(given_up).label("given_up"),
                func.min(_COLUMN.created_at).filter(waits, _COLUMN.attempts > 0).label("failing"),
            )
            .where(_COLUMN.delivered_at.is_(None))
            .group_by(_COLUMN.receiver)
            .order_by(_COLUMN.receiver)
        )
        with store_errors("return the queues"):
            async with self._engine.connect() as connection:
                found = [Waiting(*row) for row in await connection.execute(query)]
                # Asked only then: it looks through all that was ever delivered.
                failing = [one.receiver for one in found if one.failing]
                taken = await _taken_at(connection, failing) if failing else {}
        return [msgspec.structs.replace(one, taken_at=taken.get(one.receiver)) for one in found]

    async def _write(self, query: Update) -> None:
        with store_errors("record a delivery"):
            async with self._engine.begin() as connection:
                await connection.execute(query)


def _not_taken(delivery: Delivery, why: str, next_at: datetime | None) -> Update:
    """Of a delivery that another has tried since, the other's word counts; so does one that was taken after all."""
    query = update(deliveries).where(
        _COLUMN.id == delivery.id, _COLUMN.attempts == delivery.attempts, _COLUMN.delivered_at.is_(None)
    )
    return query.values(error=storable(why)[:MAX_ERROR], next_at=next_at, leased_until=None)


async def _taken_at(connection: AsyncConnection, names: list[str]) -> dict[str, datetime]:
    """Return when each of these receivers last took anything; those that never did are not in it."""
    of = and_(_COLUMN.receiver.in_(names), _COLUMN.delivered_at.is_not(None))
    query = select(_COLUMN.receiver, func.max(_COLUMN.delivered_at)).where(of).group_by(_COLUMN.receiver)
    return {row[0]: row[1] for row in await connection.execute(query)}


def _delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id,
        row.alert_id,
        row.message_id,
        row.receiver,
        row.type,
        row.payload,
        row.attempts,
        row.group_id,
        row.unannounced,
    )
