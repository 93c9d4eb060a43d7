"""Runs the demo: embedded servers, a worker as a child process, a player, a webhook receiver and the live view."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.files.lines import read_lines
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.engine import store_errors
from stream.adapters.postgres.tables import series_minutes
from stream.demo.player import Item, Player, read_item
from stream.demo.receiver import Received, WebhookListener
from stream.demo.scenario import generate
from stream.demo.watched import demo_watchlist
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import TOPIC
from stream.settings import Settings, load_settings
from stream.view import AlertRow, Snapshot, Watcher
from stream.view.live import View, open_view, open_watcher, pause, stop_on_signals
from stream.view.log import when
from stream.worker.preparation import prepare

REFRESH = 1.0
# Documents that were refused are never counted, so the end is also when nothing has changed for this long.
QUIET = 20.0
NOTES = 4
# The receiver listens on this machine, in clear.
LOOPBACK = {"webhook_allow_http": "true", "webhook_allow_private": "true"}


@dataclass(frozen=True, slots=True)
class Options:
    """What to play: a feed or, if None, the scenario of ``seed``; ``speed`` None is as fast as it goes."""

    feed: str | None
    speed: float | None
    seed: int
    hold: bool


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that runs while the demo plays."""

    worker: WorkerProcess
    player: Player
    listener: WebhookListener
    watcher: Watcher
    engine: AsyncEngine
    stop: asyncio.Event


def run_demo(options: Options) -> None:
    """Play the demo to its end, or until Ctrl-C; nothing is left behind.

    Raises:
        EmbeddedError: a server or the worker did not start, or ended.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bellwether-demo-", ignore_cleanup_errors=True) as folder:
        console.print("starting a broker, Valkey and PostgreSQL on this machine ...")
        with Servers(Path(folder)) as servers:
            settings = load_settings(**servers.settings, name="bellwether", partitions=4, replication=1)
            prepare(settings)
            asyncio.run(_Demo(options, settings, servers, console).run())


class _Demo:
    def __init__(self, options: Options, settings: Settings, servers: Servers, console: Console) -> None:
        self._options, self._settings, self._servers, self._console = options, settings, servers, console
        self._began = time.monotonic()

    async def run(self) -> None:
        """Start the worker, play, watch, sum up."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        stop = stop_on_signals()
        async with (
            WebhookListener(secret) as listener,
            open_watcher(self._settings, behind_after=None) as (watcher, engine),
        ):
            webhook = {"webhook_url": listener.url, "webhook_secret": secret, **LOOPBACK}
            settings = {**self._servers.settings, **webhook, **self._watchlist()}
            worker = WorkerProcess(settings, self._servers.folder / "worker.log")
            with Publisher(self._settings.kafka) as publisher, worker:
                player = Player(_items(self._options), publisher.send, self._options.speed)
                self._tell_where(worker, listener)
                player.start()
                try:
                    await self._watch(_Stage(worker, player, listener, watcher, engine, stop))
                finally:
                    player.stop()
                    player.join()
                    if stop.is_set():
                        worker.kill()  # whoever presses Ctrl-C does not wait for an orderly end of what is thrown away

    def _watchlist(self) -> dict[str, str]:
        """Return the setting that names the scenario's watchlist; with a feed, the caller's own is used."""
        if self._options.feed is not None:
            return {}
        path = self._servers.folder / "watchlist.yaml"
        path.write_bytes(demo_watchlist())
        return {"watchlist": str(path)}

    async def _watch(self, stage: _Stage) -> None:
        title = "Bellwether demo: " + (self._options.feed or f"four invented days, seed {self._options.seed}")
        end = _End(stage.engine, stage.player)
        with open_view(title, self._console) as view:
            while not stage.stop.is_set() and not await end.reached(snapshot := await self._look(stage, view)):
                await pause(stage.stop, REFRESH)
        if stage.stop.is_set():
            self._console.print("stopped")
            return
        await self._sum_up(stage, snapshot, end.counted)
        if self._options.hold:
            self._console.print("holding; Ctrl-C stops everything")
            await stage.stop.wait()

    async def _look(self, stage: _Stage, view: View) -> Snapshot:
        snapshot = await stage.watcher.snapshot()
        stage.worker.check()
        if stage.player.error:
            raise stage.player.error
        if snapshot.lag is not None:
            stage.player.allow(stage.player.played.records - snapshot.lag)
        notes = [f"webhook {_received(item)}" for item in stage.listener.received[-NOTES:]]
        view.show(snapshot, notes)
        return snapshot

    def _tell_where(self, worker: WorkerProcess, listener: WebhookListener) -> None:
        say = self._console.print
        say("from another shell you can publish to it, or watch it:")
        for name, value in self._servers.settings.items():
            say(f"  export BELLWETHER_{name.upper()}={value}", highlight=False, soft_wrap=True)
        say(f"  health and metrics: {worker.url}/healthz /readyz /metrics", highlight=False, soft_wrap=True)
        say(f"  webhooks arrive at: {listener.url}", highlight=False, soft_wrap=True)
        say("the worker loads the model and joins the broker, some seconds ...")

    async def _sum_up(self, stage: _Stage, snapshot: Snapshot, counted: int) -> None:
        played, received = stage.player.played, stage.listener.received
        dead = await asyncio.to_thread(_dead_letters, self._settings)
        say = self._console.print
        say(f"\nplayed {played.records} records with {len(played.ids)} distinct ids, counted {counted},", end=" ")
        say(f"dead letters {dead}, in {time.monotonic() - self._began:.0f} s")
        say(f"alerts: {len(snapshot.alerts) or 'none'}")
        for row in reversed(snapshot.alerts):
            say(f"  {_alert(row)}", markup=False, highlight=False, soft_wrap=True)
        say(f"webhooks received: {len(received)}, with a valid signature: {sum(item.verified for item in received)}")
        for item in received:
            say(f"  {_received(item)}", markup=False, highlight=False, soft_wrap=True)


class _End:
    """Knows when all that was played has been counted, decided on and delivered."""

    def __init__(self, engine: AsyncEngine, player: Player) -> None:
        self._engine, self._player = engine, player
        self.counted = 0
        self._changed_at = time.monotonic()

    async def reached(self, snapshot: Snapshot) -> bool:
        """Whether there is nothing left to wait for."""
        if self._player.is_alive():
            return False
        counted = await self._count()
        if counted != self.counted or snapshot.lag:
            self.counted, self._changed_at = counted, time.monotonic()
        all_counted = counted >= len(self._player.played.ids)
        quiet = time.monotonic() - self._changed_at > QUIET
        return (all_counted or quiet) and (self._decided(snapshot) or quiet) and _delivered(snapshot)

    def _decided(self, snapshot: Snapshot) -> bool:
        latest = self._player.played.latest
        return latest is None or (snapshot.watermark is not None and minute_of(snapshot.watermark) >= minute_of(latest))

    async def _count(self) -> int:
        with store_errors("count the documents"):
            async with self._engine.connect() as connection:
                # A document is in one topic's rows, and in those of any number of watchlist entries.
                of_topics = series_minutes.c.series.startswith(TOPIC)
                total = await connection.scalar(select(func.sum(series_minutes.c.documents)).where(of_topics))
        return int(total or 0)


def _items(options: Options) -> Iterator[Item]:
    topics = Topics()
    if options.feed is not None:
        yield from (read_item(topics.news, line.content) for line in read_lines(options.feed))
        return
    for item in generate(options.seed, datetime.now(UTC)):
        yield read_item(getattr(topics, item.feed), json.dumps(item.document).encode())


def _delivered(snapshot: Snapshot) -> bool:
    return all(item.delivered_at or not item.next_at for row in snapshot.alerts for item in row.deliveries)


def _dead_letters(settings: Settings) -> int:
    return sum(1 for _ in read_topic(settings.kafka, Topics(settings.name).dead_letters))


def _received(item: Received) -> str:
    if not item.verified:
        return f"{when(item.at)}  {item.message_id}: signature is NOT valid"
    data = item.content["data"]
    return f"{when(item.at)}  {item.content['type']} {data['series']}, signature valid, {item.message_id}"


def _alert(row: AlertRow) -> str:
    alert, seen = row.alert, row.seen
    ended = f"resolved {when(alert.resolved_at)}" if alert.resolved_at else "still firing"
    numbers = ""
    if seen is not None:
        numbers = f": {seen.negatives:g} negative of {seen.documents:g} in {seen.window} min,"
        numbers += f" {seen.expected_negatives:.1f} expected, score {seen.score:.1f}"
    return f"{alert.series} fired {when(alert.fired_at)}, {ended}{numbers}"
