"""What readiness asks of the stores: not only whether they answer, but whether a worker can write there."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from redis import Redis
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.postgres.engine import engine_of, store_errors
from stream.adapters.postgres.readiness import check_postgres, newest_tables
from stream.adapters.redis.client import connected, redis_errors
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli.hints import hint
from stream.embedded import Postgres, Valkey
from stream.errors import StoreError
from tests.postgres import create_database


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


def _asked(url: str, work: Callable[[AsyncEngine], Awaitable[Any]] = check_postgres) -> None:
    async def ask() -> None:
        engine = engine_of(url)
        try:
            await work(engine)
        finally:
            await engine.dispose()

    asyncio.run(ask())


def test_tables_that_are_missing_old_or_read_only_are_told(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    _asked(url)
    assert newest_tables() >= "0017"
    with pytest.raises(StoreError, match="Postgres is read-only"):
        _asked(f"{url}?options=-cdefault_transaction_read_only%3Don")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '9999'")
        _asked(url)  # workers of this release go on while those of a newer one come
        owner.execute("UPDATE alembic_version SET version_num = '0003'")
    with pytest.raises(StoreError, match="older release, 0003; run `bellwether migrate`"):
        _asked(url)
    with pytest.raises(StoreError, match="no tables yet; run `bellwether migrate`"):
        _asked(create_database(postgres))


def test_postgres_that_is_away_is_told_in_one_line_of_ours() -> None:
    with pytest.raises(StoreError, match=r"^Postgres did not answer: ") as caught:
        _asked("postgresql+psycopg://127.0.0.1:1/x")
    assert "sqlalche" not in str(caught.value)
    assert "BELLWETHER_POSTGRES" in (hint(caught.value) or "")


def test_advice_fits_what_postgres_says(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)

    def advice(statement: str, at: str = url) -> str | None:
        async def run(engine: AsyncEngine) -> None:
            with store_errors("do it"):
                async with engine.connect() as connection:
                    await connection.exec_driver_sql(statement)

        with pytest.raises(StoreError) as caught:
            _asked(at, run)
        return hint(caught.value)

    assert "bellwether migrate" in (advice("SELECT 1 FROM nowhere") or "")
    assert advice("CREATE TABLE alerts ()") is None
    assert "has to name the server" in (advice("SET TRANSACTION READ ONLY; CREATE TABLE more ()") or "")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS few")
        owner.execute("CREATE ROLE few LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
    few = url.replace(url.partition("://")[2].partition("@")[0], "few:x")
    assert "raise max_connections there" in (advice("SELECT 1", few) or "")
    password = postgres.url.partition("://")[2].partition("@")[0].partition(":")[2]
    assert "the login is in the setting BELLWETHER_POSTGRES" in (advice("SELECT 1", url.replace(password, "no")) or "")


@pytest.mark.parametrize(
    ("said", "advised"),
    [
        ("failed: FATAL:  sorry, too many clients already", "max_connections"),
        ("failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "max_conn"),
        ("failed: FATAL:  could not write init file: No space left on device", "a disk of the server is full"),
        ("failed: could not create socket: Too many open files", "ulimit"),
        ("failed: FATAL:  the database system is starting up", None),
        ('failed: FATAL:  database "closed" is not currently accepting connections', None),
        ("failed: Connection refused", "its address is the setting BELLWETHER_POSTGRES"),
    ],
)
def test_a_postgres_that_answers_is_not_looked_for_at_another_address(said: str, advised: str | None) -> None:
    with pytest.raises(StoreError) as caught, store_errors("answer"):
        raise DBAPIError("SELECT 1", None, psycopg.OperationalError(f'connection to server at "h", port 5 {said}'))
    advice = hint(caught.value)
    assert advice is None if advised is None else advised in (advice or "")


@pytest.mark.parametrize(
    ("error", "advised"),
    [
        (redis.ConnectionError("max number of clients reached"), "raise maxclients there"),
        (redis.ConnectionError("Error 24 connecting to h:1. Too many open files."), "ulimit"),
        (redis.ReadOnlyError("You can't write against a read only replica."), "BELLWETHER_REDIS has to name"),
        (redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "a disk"),
    ],
)
def test_a_redis_that_answers_is_not_looked_for_at_another_address(error: Exception, advised: str) -> None:
    async def fail() -> None:
        async with redis_errors("answer"):
            raise error

    with pytest.raises(StoreError) as caught:
        asyncio.run(fail())
    assert advised in (hint(caught.value) or "")


def test_a_user_of_redis_who_may_not_write_is_told(valkey: Valkey) -> None:
    name = uuid4().hex
    with Redis.from_url(valkey.url) as owner:
        owner.acl_setuser("reader", enabled=True, passwords=["+x"], keys=["*"], commands=["+@all", "-@write"])
        secret = valkey.url.partition("://")[2].partition("@")[0]

        async def ask(login: str) -> None:
            async with connected(valkey.url.replace(secret, login)) as client:
                await RedisStores(client, Layout(name)).answer()

        asyncio.run(ask(secret))
        assert 0 < int(str(owner.ttl(f"{{{name}}}:answers"))) <= 60
        for login in ("reader:x", "reader:wrong"):
            with pytest.raises(StoreError, match="Redis did not answer") as caught:
                asyncio.run(ask(login))
            assert "the login is in the setting BELLWETHER_REDIS" in (hint(caught.value) or "")


def test_advice_fits_what_redis_says(valkey: Valkey) -> None:
    async def ask(url: str) -> None:
        async with connected(url) as client, redis_errors("answer"):
            await client.get("x")

    def advice(url: str) -> str | None:
        with pytest.raises(StoreError) as caught:
            asyncio.run(ask(url))
        return hint(caught.value)

    assert "its address is the setting BELLWETHER_REDIS" in (advice("redis://127.0.0.1:1/0") or "")
    assert advice(valkey.url.removesuffix("/0") + "/9999") is None, "no such database"
    assert advice(valkey.url.removesuffix("/0").replace("redis://", "redis+cluster://")) is None, "it is no cluster"
    assert hint(StoreError("Redis holds no windows yet")) is None


def test_a_redis_that_takes_connections_and_is_silent_is_asked_four_times() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def ask() -> None:
            url = f"redis://127.0.0.1:{server.getsockname()[1]}/0?socket_timeout=0.3"
            async with connected(url) as client, redis_errors("answer"):
                await client.get("x")

        began = time.monotonic()
        with pytest.raises(StoreError, match="Redis did not answer: Timeout") as caught:
            asyncio.run(ask())
        assert time.monotonic() - began < 10 * 0.3, "four times, and a little between them"
        assert "BELLWETHER_REDIS" in (hint(caught.value) or "")
