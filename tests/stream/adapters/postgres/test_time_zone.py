"""A database whose sessions are not in UTC: what is stored is read, sent and known by in UTC all the same."""

from __future__ import annotations

import asyncio
from datetime import UTC

import psycopg
import pytest
from sqlalchemy import func, select, text

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.engine import connector, engine_of
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.pipeline.notify import Routing
from tests.contracts.alerts import NOW, document, firing
from tests.contracts.desk import HOUR, Ports, silence

ROUTING = Routing(("pager",))


@pytest.fixture
def in_tokyo(own_database: str) -> str:
    """The URL of a database with the clocks of Tokyo."""
    with psycopg.connect(own_database.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {own_database.rpartition('/')[2]} SET timezone = 'Asia/Tokyo'".encode())
    with psycopg.connect(own_database.replace("+psycopg", "")) as other:
        assert other.execute("SHOW timezone").fetchone() == ("Asia/Tokyo",)
    return own_database


def test_stored_times_are_read_and_sent_in_utc(in_tokyo: str) -> None:
    async def work() -> None:
        engine = engine_of(in_tokyo)
        try:
            desk = PostgresDesk(engine, lambda: ROUTING)
            ports = Ports(PostgresAlertStore(engine), PostgresOutbox(engine), desk, ROUTING)
            await ports.commit(firing(evidence=[document(1)]))
            await ports.desk.add_silence(silence("severity=info"))
            await ports.desk.acknowledge(firing().alert_id, "Ann", "on it", now=NOW + HOUR)
            (alert,) = await ports.store.alerts(None, 9)
            (known,) = await ports.desk.silences()
            found = await ports.deliver(now=NOW + HOUR)
            times = [alert.fired_at, alert.acknowledged_at, known.starts_at, known.ends_at]
            assert {one.tzinfo for one in times if one is not None} == {UTC}
            assert [item.type for item in found] == ["alert.firing", "alert.updated"]
            assert not [item for item in found if b"+09:00" in item.payload]
        finally:
            await engine.dispose()

    asyncio.run(work())


@pytest.mark.parametrize("given", ["?options=-c%20timezone%3DAmerica/New_York", ""])
def test_neither_the_address_nor_the_environment_changes_that(
    in_tokyo: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "America/New_York")

    async def work() -> None:
        engine = engine_of(in_tokyo + given)
        try:
            async with engine.connect() as connection:
                assert await connection.scalar(text("SHOW timezone")) == "UTC"
                now = await connection.scalar(select(func.now()))
                assert now is not None
                assert now.tzinfo == UTC
        finally:
            await engine.dispose()
        own = await connector(5.0)(in_tokyo.replace("+psycopg", ""), autocommit=True)
        async with own:
            assert own.info.timezone == UTC

    asyncio.run(work())
