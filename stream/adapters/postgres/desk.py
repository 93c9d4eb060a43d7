"""What people do to alerts, and what time does, in Postgres."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Delete, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stream.adapters.postgres.alert_rows import alert_of, silence_of, silence_row
from stream.adapters.postgres.board import load_board, lock_alerts, unresolved, with_ids, write_plan
from stream.adapters.postgres.engine import storable, store_errors
from stream.adapters.postgres.outbox_queries import is_expired, is_unclaimed
from stream.adapters.postgres.tables import (
    alert_evidence,
    alerts,
    deliveries,
    erased_documents,
    series_evidence,
    silences,
)
from stream.pipeline.notify import Alert, Retention, RoutingSource, Silence
from stream.pipeline.notify.retries import EXPIRED


class PostgresDesk:
    """The port :class:`stream.pipeline.notify.Desk`; ``routing`` says where alerts go.

    The caller disposes of the engine.
    """

    def __init__(self, engine: AsyncEngine, routing: RoutingSource) -> None:
        self._engine, self._routing = engine, routing

    async def acknowledge(
        self, alert_id: str, author: str, comment: str, *, now: datetime, alone: bool = False
    ) -> list[Alert] | None:
        """Acknowledge the firing alerts of a group, or one ``alone``; see the port.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("acknowledge an alert"):
            async with self._engine.begin() as connection:
                await lock_alerts(connection)
                ids = await _ids_concerned(connection, storable(alert_id), alone)
                if not ids:
                    return None
                board = await load_board(connection, with_ids(ids), self._routing, now)
                await write_plan(connection, board.acknowledge(ids, storable(author), storable(comment)), now)
                rows = await connection.execute(select(alerts).where(with_ids(ids)).order_by(alerts.c.fired_at))
                return [alert_of(row) for row in rows]

    async def add_silence(self, silence: Silence) -> None:
        """Keep a silence; one of the same id is left as it is.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("keep a silence"):
            async with self._engine.begin() as connection:
                await lock_alerts(connection)  # so that a tick sees it wholly or not at all
                await connection.execute(insert(silences).values(**silence_row(silence)).on_conflict_do_nothing())

    async def end_silence(self, silence_id: str, author: str, now: datetime) -> Silence | None:
        """End a silence now, unless it is over; return it, or None when there is none.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        of = silences.c.id == storable(silence_id)
        # One that was to begin later never does.
        starts = func.least(silences.c.starts_at, now)
        query = update(silences).where(of, silences.c.ends_at > now)
        with store_errors("end a silence"):
            async with self._engine.begin() as connection:
                await lock_alerts(connection)
                await connection.execute(query.values(starts_at=starts, ends_at=now, ended_by=storable(author)))
                row = (await connection.execute(select(silences).where(of))).one_or_none()
        return None if row is None else silence_of(row)

    async def silences(self, *, since: datetime | None = None) -> list[Silence]:
        """Return the silences that end after ``since``, all of them where it is None; the last to begin first.

        Raises:
            StoreError: the store did not answer.
        """
        query = select(silences).order_by(silences.c.starts_at.desc(), silences.c.id)
        if since is not None:
            query = query.where(silences.c.ends_at > since)
        with store_errors("return the silences"):
            async with self._engine.connect() as connection:
                return [silence_of(row) for row in await connection.execute(query)]

    async def remind(self, now: datetime) -> int:
        """Send what silences kept back and do no more, and what is to be repeated; return how many notifications.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        with store_errors("look for reminders"):
            async with self._engine.begin() as connection:
                if await connection.scalar(select(~exists().where(unresolved()))):
                    return 0
                await lock_alerts(connection)
                board = await load_board(connection, unresolved(), self._routing, now)
                plan = board.remind()
                await write_plan(connection, plan, now)
                return len(plan.notices)

    async def forget(self, retention: Retention, now: datetime) -> int:
        """Delete what is older than ``retention`` says, of alerts that are over; return how many rows.

        Raises:
            StoreError: the store did not answer; call it again.
        """
        over = select(alerts.c.id).where(alerts.c.resolved_at < now - retention.evidence)
        with_payload = update(deliveries).where(deliveries.c.alert_id.in_(over), func.length(deliveries.c.payload) > 0)
        # Of receivers that are not configured any more, too: nobody else looks at their queues.
        expired = update(deliveries).where(is_expired(now))
        queries = (
            expired.where(is_unclaimed(now)).values(next_at=None, error=EXPIRED),
            delete(alert_evidence).where(alert_evidence.c.alert_id.in_(over)),
            with_payload.where(deliveries.c.next_at.is_(None)).values(payload=b""),
            delete(alerts).where(alerts.c.resolved_at < now - retention.alerts),
            delete(silences).where(silences.c.ends_at < now - retention.alerts),
            _forget_erased(now - retention.erased),
        )
        with store_errors("forget what is old"):
            async with self._engine.begin() as connection:
                return sum([(await connection.execute(query)).rowcount for query in queries])


def _forget_erased(before: datetime) -> Delete:
    """Return the query that deletes what was erased before a moment and stands nowhere any more."""
    of = erased_documents.c.document
    held = [exists().where(table.c.document == of) for table in (alert_evidence, series_evidence)]
    return delete(erased_documents).where(erased_documents.c.erased_at < before, ~or_(*held))


async def _ids_concerned(connection: AsyncConnection, alert_id: str, alone: bool) -> list[str]:
    group = select(alerts.c.group_id).where(alerts.c.id == alert_id)
    of = alerts.c.id == alert_id if alone else alerts.c.group_id.in_(group)
    return list(await connection.scalars(select(alerts.c.id).where(of)))
