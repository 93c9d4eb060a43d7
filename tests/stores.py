"""Runs a test's work on an alert store and its outbox: the fakes, or those on a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.pipeline.notify import AlertStore, Outbox
from tests.contracts.alerts import Opened
from tests.fakes.alerts import FakeAlertStore, FakeOutbox
from tests.postgres import opened_engine

Work = Callable[[AlertStore, Outbox], Awaitable[Any]]


def on_fakes() -> Opened:
    """Return a function that runs work on fresh fakes."""

    async def run(work: Work) -> None:
        store = FakeAlertStore()
        await work(store, FakeOutbox(store))

    return lambda work: asyncio.run(run(work))


def on_postgres(database: str) -> Opened:
    """Return a function that runs work on the database of this URL."""

    async def run(work: Work) -> None:
        async with opened_engine(database) as engine:
            await work(PostgresAlertStore(engine), PostgresOutbox(engine))

    return lambda work: asyncio.run(run(work))
