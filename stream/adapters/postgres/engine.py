"""What the adapters on Postgres share: its client, its errors as ours, text that it can store, many rows at once.

A server that hangs, or a connection that leads nowhere, is not waited for without end: connecting, a lock, a statement
and the answer to it each have a time, and a connection that did not answer is thrown away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import waiting
from psycopg.errors import DiskFull, ReadOnlySqlTransaction, TooManyConnections, UndefinedColumn, UndefinedTable
from psycopg.pq import TransactionStatus
from sqlalchemy import ARRAY, ColumnElement, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stream.errors import SettingsError, StoreError, Trouble, trouble_of_system
from stream.pipeline.documents.readable import readable

SETTING = "setting 'postgres' (BELLWETHER_POSTGRES)"
DRIVER = "postgresql+psycopg"
STATEMENT_TIMEOUT = 30.0  # seconds; what a worker asks takes well under one
# Seconds that we wait longer than the server: its own time limit comes first, where it still answers, since it says
# more and frees what is locked.
GRACE = 3.0
# A network that is gone is noticed within half a minute. What the URL says beats these.
CONNECT_OPTIONS: dict[str, int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_STATES: dict[str | None, Trouble] = {
    UndefinedTable.sqlstate: "tables",
    UndefinedColumn.sqlstate: "tables",
    TooManyConnections.sqlstate: "connections",
    DiskFull.sqlstate: "disk",
    ReadOnlySqlTransaction.sqlstate: "read-only",
}
# A connection that does not come about has no state, but the server's words.
_WORDS: dict[str, Trouble] = {
    "authentication failed": "login",
    "no password supplied": "login",
    "pg_hba.conf": "login",
    "too many clients": "connections",
    "too many connections": "connections",
    "connection slots are reserved": "connections",
}
_ANSWERED = ":  "  # behind how grave it is, in whatever language: the server's own words; a client's have one space
_LOST = "08", "57P"  # the beginnings of its states: connections, and a server that is shut down or starts
# Idle in a transaction: a worker that was frozen in one must not hold its locks against the others. The time zone: that
# of a server, a database, a role or PGTZ would turn each stored time that is shown, sent or part of an id.
_SESSION = """
SELECT set_config('statement_timeout', %(statement)s, false), set_config('lock_timeout', %(lock)s, false),
  set_config('idle_in_transaction_session_timeout', %(idle)s, false), set_config('TimeZone', 'UTC', false)
"""


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that waits ``answer_within`` seconds for an answer, and is closed when none comes."""

    answer_within: float | None = None

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server; psycopg itself would wait, and wait once more when cancelled, without end."""
        try:
            async with asyncio.timeout(self.answer_within if timeout is None else None) as limit:
                return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except BaseException as error:
            interrupted = isinstance(error, (TimeoutError, asyncio.CancelledError))
            if interrupted and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # Its answer may still come, and would be taken for that of the next statement.
                self.pgconn.finish()
            if isinstance(error, TimeoutError) and limit.expired():
                raise psycopg.OperationalError(f"no answer in {self.answer_within:.0f} s") from error
            raise


def engine_of(url: str, statement: float = STATEMENT_TIMEOUT, **pool: Any) -> AsyncEngine:
    """Return a client that connects when it is first asked.

    Args:
        url: SQLAlchemy's, with the driver psycopg.
        statement: seconds that a statement may take; a third of it to get a lock.
        pool: SQLAlchemy's arguments of the pool.
    """
    arguments = {**connect_arguments(url), "async_creator_fn": connector(statement)}
    return create_async_engine(url, connect_args=arguments, **pool)


def read_url(url: str) -> URL:
    """Return a Postgres URL in its parts.

    Raises:
        SettingsError: it is not one of Postgres.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        parts = None
    if parts is None or parts.drivername != DRIVER:
        # Without the URL and without the cause: a password in it may be what made it unreadable.
        raise SettingsError(f"{SETTING}: postgresql://user:password@host:port/database is expected")
    # SQLAlchemy ends the password at the first @: the rest of it would be taken for a host, asked for and printed.
    if any("@" in (part or "") for part in (parts.host, parts.database)):
        raise SettingsError(f"{SETTING}: '@' stands twice; write signs such as @ or / in a password as %40 or %2F")
    return parts


def connect_arguments(url: str) -> dict[str, int]:
    """Return the options of CONNECT_OPTIONS that the URL does not set itself.

    Raises:
        SettingsError: it is not one of Postgres.
    """
    given = read_url(url).query
    return {name: value for name, value in CONNECT_OPTIONS.items() if name not in given}


def connector(statement: float) -> Callable[..., Awaitable[Connection]]:
    """Return a function that connects as psycopg does, to a connection with limits and in UTC; see :func:`engine_of`.

    Args:
        statement: seconds that a statement may take.
    """
    limits = {"statement": statement, "lock": statement / 3, "idle": 2 * statement}
    milliseconds = {name: str(int(seconds * 1000)) for name, seconds in limits.items()}

    async def connect(*args: Any, **options: Any) -> Connection:
        connection = await Connection.connect(*args, **options)
        connection.answer_within = statement + GRACE
        try:
            await connection.execute(_SESSION, milliseconds)
            await connection.commit()
        except BaseException:
            await connection.close()
            raise
        return connection

    return connect


@contextmanager
def store_errors(what: str) -> Iterator[None]:
    """Turn what goes wrong inside into a StoreError: "Postgres did not <what>: <reason>".

    Raises:
        StoreError: the server did not answer, or refused; the message holds neither a password nor parameters.
    """
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        # SQLAlchemy's own text goes on with the statement and its parameters; the driver's first line is the reason.
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        reason = next(iter(str(cause).strip().splitlines()), type(cause).__name__)
        raise StoreError(f"Postgres did not {what}: {reason}", _trouble(cause)) from error


def _trouble(cause: BaseException) -> Trouble | None:
    state: str = getattr(cause, "sqlstate", None) or ""
    said = str(cause)
    if state in _STATES:
        return _STATES[state]
    if state.startswith("28"):
        return "login"
    if found := next((trouble for words, trouble in _WORDS.items() if words in said), trouble_of_system(said)):
        return found
    lost = isinstance(cause, (OSError, psycopg.OperationalError, psycopg.InterfaceError))
    # Who refuses a connection is there, so its address is right.
    return "away" if lost and (state.startswith(_LOST) if state else _ANSWERED not in said) else None


def storable(text: str) -> str:
    """Return ``text`` without what Postgres cannot store: a lone surrogate becomes "?", a null byte U+FFFD."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def readable_column(text: str) -> str | None:
    """Return ``text`` as people read it, for the column beside it; None where that is the text itself.

    >>> readable_column("Traders can&#39;t sell"), readable_column("Traders sell")
    ("Traders can't sell", None)
    """
    shown = storable(readable(text))
    return None if shown == text else shown


def bulk_insert(table: Table) -> Insert:
    """Return an INSERT of any number of rows in one round trip; it takes the parameters that :func:`arrays` makes."""
    sent_as = {item.name: Text() if isinstance(item.type, JSONB) else item.type for item in table.columns}
    parameters = [bindparam(name, type_=ARRAY(kind)) for name, kind in sent_as.items()]
    columns = [column(name, kind) for name, kind in sent_as.items()]
    sent = func.unnest(*parameters).table_valued(*columns, name="sent").render_derived()
    values = [
        cast(sent.c[item.name], item.type) if isinstance(item.type, JSONB) else sent.c[item.name]
        for item in table.columns
    ]
    return insert(table).from_select([item.name for item in table.columns], select(*values))


def arrays(table: Table, rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return the rows, each in the order of the table's columns, as one array per column; JSON as text."""
    names = [item.name for item in table.columns]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def replaced(table: Table, statement: Insert) -> dict[str, ColumnElement[Any]]:
    """Return what ON CONFLICT DO UPDATE sets so that the new row replaces the old one."""
    return {item.name: statement.excluded[item.name] for item in table.columns if not item.primary_key}
