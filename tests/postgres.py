"""A real Postgres for tests: one server for all of them, and for each a database of its own or an emptied one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stream.adapters.postgres.migrate import migrate
from stream.adapters.postgres.tables import metadata
from stream.embedded import Postgres
from stream.errors import EmbeddedError

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server."""
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)  # root runs Postgres as another user
        with Postgres(Path(name) / "postgres") as server:
            # Nothing here has to outlive the machine, and databases are made by the dozen.
            with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            yield server


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """The name of a migrated database to copy from."""
    migrate(create_database(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def shared_database(postgres: Postgres, template: str) -> str:
    """The URL of the database that :func:`database` empties."""
    return create_database(postgres, template=template)


@pytest.fixture
def empty_database(postgres: Postgres) -> str:
    """The URL of a fresh database without tables."""
    return create_database(postgres)


@pytest.fixture
def own_database(postgres: Postgres, template: str) -> str:
    """The URL of a fresh, migrated database, for a test that changes more than rows."""
    return create_database(postgres, template=template)


@pytest.fixture
def database(shared_database: str) -> str:
    """The URL of a migrated database without a row: in a few milliseconds what a fresh one takes a third second for."""
    try:
        _empty(shared_database)
    except psycopg.errors.LockNotAvailable:  # a test that failed has left a transaction open
        _end_others(shared_database)
        _empty(shared_database)
    return shared_database


def _empty(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET lock_timeout = '20s'")
        for table in reversed(metadata.sorted_tables):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))


def _end_others(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def create_database(server: Postgres, name: str | None = None, template: str = "template1") -> str:
    """Create a database and return its URL."""
    name = name or f"test_{uuid4().hex}"
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        names = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return f"{server.url.rpartition('/')[0]}/{name}"


@contextmanager
def killed(server: Postgres) -> Iterator[None]:
    """The server is dead meanwhile; whatever happens, it is there again at the end."""
    server.kill()
    try:
        yield
    finally:
        _restart(server)


def _restart(server: Postgres) -> None:
    """Start a server that was killed. Its children outlive it by a moment, and as long as they do it does not start."""
    deadline = time.monotonic() + 120
    while True:
        try:
            server.start()
            return
        except EmbeddedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@asynccontextmanager
async def opened_engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine as the application makes it, disposed of at the end."""
    engine = create_async_engine(url, pool_pre_ping=True)
    try:
        yield engine
    finally:
        await engine.dispose()
