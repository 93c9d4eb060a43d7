"""Where sources stand, who reads each of them, and what was published of it, in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Row, Text, and_, bindparam, case, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import Update

from stream.adapters.postgres.engine import arrays, bulk_insert, replaced, storable, store_errors
from stream.adapters.postgres.tables import feed_health, feed_hosts, feed_items, feed_sources
from stream.pipeline.feeds.ports import Claim, Health, Known, Position, Turn
from stream.pipeline.feeds.sources import POLLED, Source

# Of each source: what is older, or more, is forgotten, and would be published again if its feed still had it; but what
# a feed still has is marked as seen every day, and twice as much is kept as is read of a feed.
KEEP_FOR, KEEP_ITEMS, MARK_EVERY = timedelta(days=30), 10_000, timedelta(days=1)
ENTER_EVERY = 60  # claims

_SOURCE, _ITEM, _HOST = feed_sources.c, feed_items.c, feed_hosts.c
_POSITION, _HEALTH = Position.__struct_fields__, Health.__struct_fields__


class PostgresSourceStore:
    """The port :class:`stream.pipeline.feeds.ports.SourceStore`. The caller disposes of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._entered: dict[str, str] = {}
        self._claims = 0

    async def claim(self, sources: Sequence[Source], now: datetime, lease: timedelta, limit: int) -> list[Claim]:
        """Return sources that are due and nobody's; see the port."""
        with store_errors("return due sources"):
            async with self._engine.begin() as connection:
                self._claims += 1
                if self._claims % ENTER_EVERY == 0:  # somebody may have emptied the table
                    self._entered = {}
                await _enter(connection, [one for one in sources if self._entered.get(one.name) != one.url], now)
                rows = (await connection.execute(_claim([one.name for one in sources], now, lease, limit))).all()
                names = [row.name for row in rows]
                found = await connection.execute(select(feed_health).where(feed_health.c.name.in_(names)))
                health = {row.name: _health_of(row) for row in found}
            self._entered.update((one.name, one.url) for one in sources)
        rows = sorted(rows, key=lambda row: (row.next_at, row.name))
        return [_claim_of(row, health.get(row.name, Health())) for row in rows]

    async def renew(self, claim: Claim, until: datetime) -> Claim | None:
        """Return the claim with a later end; see the port."""
        query = update(feed_sources).where(*_held(claim)).values(leased_until=until)
        return msgspec.structs.replace(claim, until=until) if await self._write(query) else None

    async def save(self, claim: Claim, position: Position, health: Health, items: Mapping[str, Known]) -> bool:
        """Store where the source stands, and what was published; see the port."""
        with store_errors("store where a source stands"):
            async with self._engine.begin() as connection:
                values = _storable(msgspec.structs.asdict(position))
                done = await connection.execute(update(feed_sources).where(*_held(claim)).values(values))
                if not done.rowcount:
                    return False
                await _put_health(connection, claim.name, health)
                if items and health.tried_at:
                    await _put_items(connection, claim.name, items, health.tried_at)
        return True

    async def release(self, claim: Claim, next_at: datetime) -> bool:
        """Give the source back; see the port."""
        return await self._write(update(feed_sources).where(*_held(claim)).values(next_at=next_at, leased_until=None))

    async def known(self, name: str, ids: Sequence[str]) -> dict[str, Known]:
        """Return which of these ids were published; see the port."""
        wanted = bindparam("ids", list(ids), type_=ARRAY(Text()))
        query = select(_ITEM.id, _ITEM.digest, _ITEM.changes).where(_ITEM.name == name, _ITEM.id == func.any(wanted))
        with store_errors("return what was published"):
            async with self._engine.connect() as connection:
                return {row.id: Known(row.digest, row.changes) for row in await connection.execute(query)}

    async def health(self) -> dict[str, tuple[Health, datetime | None]]:
        """Return how each source is; see the port."""
        joined = feed_sources.outerjoin(feed_health)
        query = select(_SOURCE.name.label("source"), _SOURCE.next_at, feed_health).select_from(joined)
        with store_errors("return how sources are"):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).all()
        return {row.source: (Health() if row.name is None else _health_of(row), row.next_at) for row in rows}

    async def enable(self, name: str, now: datetime) -> bool:
        """Ask a source again at once; see the port."""
        with store_errors("enable a source"):
            async with self._engine.begin() as connection:
                done = await connection.execute(
                    update(feed_sources).where(_SOURCE.name == name).values(next_at=now, address=_SOURCE.url)
                )
                await connection.execute(
                    update(feed_health).where(feed_health.c.name == name).values(disabled=None, failures=0)
                )
        return bool(done.rowcount)

    async def turn(self, host: str, now: datetime, spacing: timedelta) -> Turn:
        """Take a turn at a host; see the port."""
        taken = insert(feed_hosts).values(host=host, free_at=now + spacing)
        free = func.greatest(_HOST.free_at, now)
        barred = func.coalesce(_HOST.barred_until > now, False)
        query = taken.on_conflict_do_update(
            index_elements=[_HOST.host], set_={"free_at": case((barred, _HOST.free_at), else_=free + spacing)}
        ).returning(_HOST.free_at, _HOST.barred_until)
        with store_errors("give a turn at a host"):
            async with self._engine.begin() as connection:
                row = (await connection.execute(query)).one()
        if row.barred_until is not None and row.barred_until > now:
            return Turn(row.barred_until, True)
        return Turn(row.free_at - spacing)

    async def bar(self, host: str, until: datetime) -> None:
        """Leave a host alone; see the port."""
        barred = insert(feed_hosts).values(host=host, free_at=until, barred_until=until)
        later = func.greatest(_HOST.barred_until, barred.excluded.barred_until)
        query = barred.on_conflict_do_update(index_elements=[_HOST.host], set_={"barred_until": later})
        with store_errors("bar a host"):
            async with self._engine.begin() as connection:
                await connection.execute(query)

    async def _write(self, query: Update) -> bool:
        with store_errors("store who reads a source"):
            async with self._engine.begin() as connection:
                return bool((await connection.execute(query)).rowcount)


async def _enter(connection: AsyncConnection, sources: Sequence[Source], now: datetime) -> None:
    """Make a row for each source that has none, and begin anew with those that have another address now."""
    if not sources:
        return
    # Sorted, so that two workers that start together never wait for each other's rows in a circle.
    ordered = sorted(sources, key=lambda one: one.name)
    rows = [(one.name, one.url, one.url, None, None, None, now, 0, None) for one in ordered]
    query = bulk_insert(feed_sources)
    # A stream's cursor holds at another host, too; its reader goes back a little there.
    streams = [one.name for one in ordered if one.type not in POLLED]
    kept = case((_SOURCE.name.in_(streams), _SOURCE.cursor), else_=None)
    anew = replaced(feed_sources, query) | {"lease": _SOURCE.lease + 1, "cursor": kept}
    query = query.on_conflict_do_update(
        index_elements=[_SOURCE.name], set_=anew, where=_SOURCE.url != query.excluded.url
    )
    changed = (await connection.execute(query.returning(_SOURCE.name), arrays(feed_sources, rows))).scalars().all()
    await connection.execute(delete(feed_health).where(feed_health.c.name.in_(changed)))


def _claim(names: Sequence[str], now: datetime, lease: timedelta, limit: int) -> Update:
    wanted = bindparam("names", list(names), type_=ARRAY(Text()))
    disabled = (
        select(feed_health.c.name)
        .where(feed_health.c.name == _SOURCE.name, feed_health.c.disabled.is_not(None))
        .exists()
    )
    unclaimed = or_(_SOURCE.leased_until.is_(None), _SOURCE.leased_until <= now)
    # A CTE, since a plain subquery may run more than once and then claims more than ``limit``.
    due = (
        select(_SOURCE.name, _SOURCE.next_at)
        .where(_SOURCE.name == func.any(wanted), _SOURCE.next_at <= now, unclaimed, ~disabled)
        .order_by(_SOURCE.next_at, _SOURCE.name)
        .limit(limit)
        .with_for_update(skip_locked=True, of=feed_sources)
        .cte("due")
    )
    return (
        update(feed_sources)
        .where(_SOURCE.name == due.c.name)
        .values(lease=_SOURCE.lease + 1, leased_until=now + lease)
        .returning(feed_sources)
    )


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return _SOURCE.name == claim.name, _SOURCE.lease == claim.lease, _SOURCE.leased_until.is_not(None)


async def _put_health(connection: AsyncConnection, name: str, health: Health) -> None:
    query = insert(feed_health).values(name=name, **_storable(msgspec.structs.asdict(health)))
    await connection.execute(
        query.on_conflict_do_update(index_elements=[feed_health.c.name], set_=replaced(feed_health, query))
    )


async def _put_items(connection: AsyncConnection, name: str, items: Mapping[str, Known], seen_at: datetime) -> None:
    rows = [(name, id_, one.digest, one.changes, seen_at) for id_, one in sorted(items.items())]
    query = bulk_insert(feed_items)
    new = query.excluded
    stale = or_(_ITEM.digest != new.digest, _ITEM.changes != new.changes, _ITEM.seen_at < new.seen_at - MARK_EVERY)
    query = query.on_conflict_do_update(
        index_elements=[_ITEM.name, _ITEM.id], set_=replaced(feed_items, query), where=stale
    )
    if (await connection.execute(query, arrays(feed_items, rows))).rowcount:
        await connection.execute(_forget(name, seen_at))


def _forget(name: str, now: datetime) -> Any:
    over = (
        select(_ITEM.id).where(_ITEM.name == name).order_by(_ITEM.seen_at.desc(), _ITEM.id).offset(KEEP_ITEMS)
    ).scalar_subquery()
    return delete(feed_items).where(
        and_(_ITEM.name == name, or_(_ITEM.seen_at < cast(now - KEEP_FOR, _ITEM.seen_at.type), _ITEM.id.in_(over)))
    )


def _claim_of(row: Row[Any], health: Health) -> Claim:
    position = Position(**{name: getattr(row, name) for name in _POSITION})
    return Claim(name=row.name, lease=row.lease, until=row.leased_until, position=position, health=health)


def _health_of(row: Row[Any]) -> Health:
    return Health(**{name: getattr(row, name) for name in _HEALTH})


def _storable(values: dict[str, Any]) -> dict[str, Any]:
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
