"""Servers that hang and connections that lead nowhere: nothing is waited for without end, and what hung is dropped."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres import wakeups
from stream.adapters.postgres.board import CHANNEL
from stream.adapters.postgres.engine import engine_of, store_errors
from stream.adapters.postgres.wakeups import PostgresWakeups
from stream.adapters.redis import client as redis_client
from stream.adapters.redis.client import client_of, close, redis_errors
from stream.embedded import Postgres, Valkey
from stream.errors import StoreError
from stream.worker.ticks import Ticks
from tests.proxy import Proxy
from tests.standstill import still

BOUND = 2.0
LEFT_TO_CANCEL = 9.5  # seconds: psycopg, left to itself, asks the server to cancel, and waits ten for its answer
AT_MOST = 240.0  # generous: the machine may be busy
Run = Callable[..., tuple[int, str, str]]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _through(proxy: Proxy, url: str) -> str:
    return url.replace(f":{_port(url)}/", f":{proxy.port}/")


@asynccontextmanager
async def opened(url: str, bound: float = BOUND) -> AsyncIterator[AsyncEngine]:
    """As a worker opens it, with a short time limit."""
    engine = engine_of(url, bound, pool_pre_ping=True)
    try:
        yield engine
    finally:
        async with asyncio.timeout(AT_MOST):  # closing waits for nobody
            await engine.dispose()


async def _ask(engine: AsyncEngine, statement: str = "SELECT 1") -> None:
    with store_errors("answer"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def _fails(engine: AsyncEngine, statement: str = "SELECT 1") -> str:
    began = time.monotonic()
    with pytest.raises(StoreError) as raised:
        await _ask(engine, statement)
    assert time.monotonic() - began < AT_MOST
    return str(raised.value)


def test_connections_to_postgres_that_lead_nowhere_are_given_up_and_new_ones_made(database: str) -> None:
    async def work(proxy: Proxy) -> None:
        async with opened(_through(proxy, database)) as engine:
            async with engine.connect() as one, engine.connect() as two:
                for connection in (one, two):
                    await connection.execute(text("SELECT 1"))
            assert proxy.swallow() == 2
            ticks = Ticks(retry_for=AT_MOST)
            await asyncio.gather(*(ticks.persistently("project", lambda: _ask(engine)) for _ in range(4)))

    with Proxy(_port(database)) as proxy:
        asyncio.run(work(proxy))


def test_a_statement_on_its_way_when_the_connection_dies_is_given_up(database: str) -> None:
    async def work(proxy: Proxy) -> None:
        async with opened(_through(proxy, database), 2 * BOUND) as engine:
            asked = asyncio.create_task(_fails(engine, "SELECT pg_sleep(3)"))
            await asyncio.to_thread(_wait_until_it_sleeps, database)
            assert proxy.swallow() == 1
            assert "no answer in" in await asked
            await _ask(engine)

    with Proxy(_port(database)) as proxy:
        asyncio.run(work(proxy))


def _wait_until_it_sleeps(database: str) -> None:
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        while connection.execute(asleep).fetchone() == (0,):
            time.sleep(0.02)


def test_a_lock_is_waited_for_as_long_as_stated_and_named(database: str) -> None:
    async def work() -> None:
        async with opened(database) as engine:
            with psycopg.connect(database.replace("+psycopg", "")) as other:
                other.execute("LOCK TABLE alerts")
                assert "lock timeout" in await _fails(engine, "SELECT count(*) FROM alerts")
            assert "statement timeout" in await _fails(engine, "SELECT pg_sleep(60)")
            await _ask(engine)

    asyncio.run(work())


def test_a_server_that_stands_still_is_not_waited_for_and_taken_again_when_it_goes_on(
    postgres: Postgres, database: str
) -> None:
    async def work() -> None:
        async with opened(f"{database}?connect_timeout=2") as engine, engine.connect() as open_:
            await open_.execute(text("SELECT 1"))
            with still(postgres):
                with pytest.raises(StoreError, match="no answer in 5 s"), store_errors("answer"):
                    await open_.execute(text("SELECT 1"))
                assert "timeout" in await _fails(engine)  # the port accepts, nobody answers
            await _ask(engine)

    asyncio.run(work())


def test_a_cancelled_statement_holds_nobody_up(postgres: Postgres, database: str) -> None:
    async def work() -> None:
        async with opened(database, 600) as engine:
            lasted: list[float] = []
            for _ in range(3):  # one of them is not held up by a busy machine
                await _ask(engine)
                with still(postgres):
                    began = time.monotonic()
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(1):
                            await _ask(engine)
                    lasted.append(time.monotonic() - began)
                if lasted[-1] < LEFT_TO_CANCEL:
                    break
            assert min(lasted) < LEFT_TO_CANCEL

    asyncio.run(work())


def test_a_worker_that_was_frozen_in_a_transaction_loses_its_locks(database: str) -> None:
    async def work() -> None:
        async with opened(database, 1.0) as engine, opened(database, 120.0) as other, engine.connect() as frozen:
            await frozen.execute(text("LOCK TABLE alerts"))
            await _ask(other, "SELECT count(*) FROM alerts")  # within 120 / 3 s, since the server ends the other
            await frozen.invalidate()

    asyncio.run(work())


def test_the_listener_notices_that_its_connection_leads_nowhere(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "MAX_SILENCE", 0.3)
    monkeypatch.setattr(wakeups, "ANSWER_WITHIN", 3 * BOUND)
    monkeypatch.setattr(wakeups, "RECONNECT_AFTER", 0.1)

    async def work(proxy: Proxy) -> None:
        woken = asyncio.Event()
        listening = asyncio.create_task(PostgresWakeups(_through(proxy, database)).listen(woken.set))

        async def wait() -> None:
            async with asyncio.timeout(AT_MOST):
                await woken.wait()
            woken.clear()

        await wait()  # connected
        await asyncio.sleep(1)  # asked, answered, and it goes on
        assert not woken.is_set()
        assert proxy.swallow() == 1
        await wait()  # connected anew
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"NOTIFY {CHANNEL}".encode())
        await wait()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening

    with Proxy(_port(database)) as proxy:
        asyncio.run(work(proxy))


@pytest.mark.parametrize("command", ["alerts list", "migrate", "receivers list"])
def test_a_command_does_not_wait_for_a_server_that_stands_still(
    postgres: Postgres, database: str, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("BELLWETHER_POSTGRES", f"{database}?connect_timeout=2")
    began = time.monotonic()
    with still(postgres):
        code, _, err = run(*command.split())
    assert (code, time.monotonic() - began < AT_MOST) == (2, True)
    assert "timeout" in err


@pytest.fixture
def valkey(open_folder: Path) -> Iterator[Valkey]:
    with Valkey(open_folder / "valkey") as server:
        yield server


def test_connections_to_redis_that_lead_nowhere_are_given_up_and_new_ones_made(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(redis_client._TIMES, "socket_timeout", 1.0)

    async def work(proxy: Proxy) -> None:
        client = client_of(_through(proxy, valkey.url))
        try:
            await client.set("a", "1")
            assert proxy.swallow() == 1
            async with asyncio.timeout(AT_MOST):
                assert await client.get("a") == b"1"
                proxy.swallow()
                proxy.swallow_new = True
                with pytest.raises(StoreError, match="Redis did not read"):
                    async with redis_errors("read"):
                        await client.get("a")
        finally:
            await close(client)

    with Proxy(_port(valkey.url)) as proxy:
        asyncio.run(work(proxy))


def test_a_client_over_a_socket_file_takes_the_same_time_limits(tmp_path: Path) -> None:
    async def work() -> None:
        client = client_of(f"unix://{tmp_path}/none.sock")
        try:
            with pytest.raises(StoreError):
                async with redis_errors("read"):
                    await client.get("a")
        finally:
            await close(client)

    asyncio.run(work())


def test_our_own_mistake_is_not_taken_for_a_lost_connection() -> None:
    async def ours() -> None:
        async with redis_errors("count"):
            nothing: dict[str, str] | None = None
            nothing.items()  # type: ignore[union-attr]

    with pytest.raises(AttributeError):
        asyncio.run(ours())

    async def theirs() -> None:
        client = client_of("redis://127.0.0.1:1")
        connection = client.connection_pool.make_connection()  # type: ignore[union-attr]
        async with redis_errors("count"):
            await connection._send_packed_command([b"PING"])  # its writer is gone, as after a lost connection

    with pytest.raises(StoreError, match="the connection was closed"):
        asyncio.run(theirs())
