"""The product on one's own sources: servers, worker and view on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.files.sources import read_sources
from stream.adapters.files.temporary import temporary_folder
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.console import plain_console
from stream.embedded import Servers
from stream.embedded.environment import write_exports
from stream.embedded.worker import WorkerProcess
from stream.errors import SettingsError
from stream.pipeline.feeds.health import state_of
from stream.pipeline.feeds.ports import Health
from stream.settings import load_settings
from stream.translation import _, chosen_language
from stream.view.live import open_view, open_watcher, pause, stop_on_signals
from stream.worker.preparation import prepare

REFRESH = 1.0  # seconds
TROUBLES = 3  # sources whose trouble is told


def run_own_feeds(given: str) -> None:
    """Read sources and show what becomes of their documents, until Ctrl-C; nothing is left behind.

    Args:
        given: a file of sources, or the address of one feed.

    Raises:
        EmbeddedError: a server or the worker did not start, or ended.
        SettingsError: the file is wrong, or no source in it is on.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    load_settings()  # what is wrong with them is said before anything starts, in the language that they name
    with temporary_folder("bellwether-demo-", ignore_cleanup_errors=True) as folder:
        console = plain_console()
        path = _file_of(given, folder)
        names = list(read_sources(path).sources)
        if not names:
            raise SettingsError(f"{path}: no source is on; take `enabled: false` out of those that you want")
        console.print(_("sources: {count}; a broker, Valkey and PostgreSQL start ...").format(count=len(names)))
        with Servers(folder) as servers:
            prepare(load_settings(**servers.settings, name="bellwether", partitions=4, replication=1))
            write_exports(folder / "env", {**servers.settings, "language": chosen_language()})
            elsewhere = _("from another shell: . {file}").format(file=folder / "env")
            console.print(elsewhere, soft_wrap=True)
            asyncio.run(_watch(servers, path, names, console))


async def _watch(servers: Servers, path: Path, names: Sequence[str], console: Console) -> None:
    settings = load_settings(**servers.settings, name="bellwether", partitions=4, replication=1)
    contact = {"feeds_contact": settings.feeds_contact} if settings.feeds_contact else {}
    passed = {**servers.settings, "feeds": str(path), **contact}
    stop = stop_on_signals()
    async with open_watcher(settings, behind_after=None) as (watcher, engine):
        with WorkerProcess(passed, servers.folder / "worker.log") as worker:
            title = _("Bellwether on {count} sources of yours; Ctrl-C ends it").format(count=len(names))
            with open_view(title, console) as view:
                told: list[str] = []
                while not stop.is_set():
                    worker.check()
                    before, told = told, await _notes(engine, names)
                    view.show(await watcher.snapshot(), told)
                    if told != before and not console.is_terminal:
                        _say(console, told)
                    await pause(stop, REFRESH)
            _say(console, await _notes(engine, names))
            worker.kill()  # whoever presses Ctrl-C does not wait for an orderly end of what is thrown away


def _say(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


async def _notes(engine: AsyncEngine, names: Sequence[str]) -> list[str]:
    health, now = await PostgresSourceStore(engine).health(), datetime.now(UTC)
    found = {name: health.get(name, (Health(), None))[0] for name in names}
    states = [state_of(one, now) for one in found.values()]
    counts = _(", ").join(f"{states.count(state)} {_(state)}" for state in dict.fromkeys(states))
    documents = sum(one.documents for one in found.values())
    troubles = [f"{name}: {one.error}" for name, one in found.items() if one.error]
    words = _("sources: {counts}; documents published: {documents}")
    return [words.format(counts=counts, documents=documents), *troubles[:TROUBLES]]


def _file_of(given: str, folder: Path) -> Path:
    if "://" not in given:
        return Path(given).resolve()
    path = folder / "sources.yaml"
    plain = ", allow_http: true" if given.lower().startswith("http:") else ""
    path.write_text(f"sources:\n  - {{name: feed, url: {json.dumps(given)}{plain}}}\n")
    return path
