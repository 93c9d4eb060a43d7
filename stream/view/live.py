"""The live view on a terminal, or its lines where there is none."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.files.rules import read_rules
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import client_of, close
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.console import plain_console
from stream.errors import StoreError
from stream.settings import Settings, load_settings
from stream.view import BEHIND, Snapshot, Stores, Watcher, lines, render
from stream.view.hearing import HearingNotes
from stream.worker.classifier_facts import read_classifier_facts
from stream.worker.consumer_groups import all_offsets

LINES_EVERY = 5.0  # seconds between lines where nobody looks at a screen


class View:
    """Shows snapshots: a screen that refreshes, or lines every few seconds."""

    def __init__(self, title: str, console: Console, live: Live | None) -> None:
        self._title, self._console, self._live = title, console, live
        self._last: Snapshot | None = None
        self._shown_at = 0.0

    def show(self, snapshot: Snapshot, notes: Sequence[str] = ()) -> None:
        """Show a snapshot, with ``notes`` below it."""
        if self._live is not None:
            self._live.update(screen(snapshot, self._title, notes), refresh=True)
        elif time.monotonic() - self._shown_at >= LINES_EVERY:
            for line in lines(self._last, snapshot):
                self._console.print(line, highlight=False, soft_wrap=True)
            self._last, self._shown_at = snapshot, time.monotonic()


def screen(snapshot: Snapshot, title: str, notes: Sequence[str] = ()) -> RenderableType:
    """Return the screen of a snapshot, with ``notes`` below it, each in a line of its own."""
    below = [Text(note, no_wrap=True, overflow="ellipsis") for note in notes]
    # One line less than there are: the cursor needs one, and would push the heading out.
    return Group(render(snapshot, title, len(below) + 1), *below)


@contextmanager
def open_view(title: str, console: Console) -> Iterator[View]:
    """Take the terminal, if there is one."""
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield View(title, console, live)
    else:
        yield View(title, console, None)


@asynccontextmanager
async def open_watcher(
    settings: Settings, behind_after: float | None = BEHIND
) -> AsyncIterator[tuple[Watcher, AsyncEngine]]:
    """Connect a watcher to a deployment; see :class:`stream.view.Watcher`."""
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    reader, client = all_offsets(settings), client_of(settings.redis.get_secret_value())
    stores = RedisStores(client, Layout(settings.name, settings.shards))

    alerts = PostgresAlertStore(engine)
    hearing = HearingNotes(
        alerts, lambda: read_rules(settings.rules), lambda: read_classifier_facts(settings).errors, time.monotonic
    )

    async def warnings() -> list[str]:
        # What is fed from the past, as the demo is, has no past to hear by.
        deaf = hearing.notes() if behind_after is not None else []
        with suppress(StoreError):  # a user of Redis that may not ask for it
            return (await stores.memory()).warnings() + deaf
        return deaf

    watcher = Watcher(
        Stores(alerts, PostgresSeriesStore(engine), stores.windows(), warnings),
        reader,
        settings.name,
        behind_after=behind_after,
    )
    try:
        yield watcher, engine
    finally:
        await hearing.close()
        await watcher.close()
        reader.close()
        await close(client)
        await engine.dispose()


def stop_on_signals() -> asyncio.Event:
    """Return an event that Ctrl-C or SIGTERM sets."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until ``stop``."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def run_watch(every: float) -> None:
    """Show a running deployment until Ctrl-C."""
    asyncio.run(_watch(load_settings(), every))


async def _watch(settings: Settings, every: float) -> None:
    stop, console = stop_on_signals(), plain_console()
    async with open_watcher(settings) as (watcher, _):
        with open_view(f"Bellwether: {settings.name}", console) as view:
            while not stop.is_set():
                view.show(await watcher.snapshot())
                await pause(stop, every)
