"""What the adapters on Postgres share: its errors as ours, text that it can store, many rows in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Table, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from stream.errors import StoreError


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
        raise StoreError(f"Postgres did not {what}: {reason}") from error


def storable(text: str) -> str:
    """Return ``text`` without what Postgres cannot store: a lone surrogate becomes "?", a null byte U+FFFD."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def bulk_insert(table: Table) -> Insert:
    """Return an INSERT of any number of rows in one round trip; it takes the parameters that :func:`arrays` makes."""
    parameters = [bindparam(item.name, type_=ARRAY(item.type)) for item in table.columns]
    columns = [column(item.name, item.type) for item in table.columns]
    sent = func.unnest(*parameters).table_valued(*columns, name="sent").render_derived()
    return insert(table).from_select([item.name for item in table.columns], select(*sent.c))


def arrays(table: Table, rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return the rows, each in the order of the table's columns, as one array per column."""
    names = [item.name for item in table.columns]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def replaced(table: Table, statement: Insert) -> dict[str, ColumnElement[Any]]:
    """Return what ON CONFLICT DO UPDATE sets so that the new row replaces the old one."""
    return {item.name: statement.excluded[item.name] for item in table.columns if not item.primary_key}
