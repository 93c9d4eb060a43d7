"""Runs the demo: embedded servers, a worker as a child process, a player, a webhook receiver and the live view."""

from __future__ import annotations

import asyncio
import base64
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from stream.adapters.files.documents import DocumentFile
from stream.adapters.files.temporary import temporary_folder
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.console import plain_console
from stream.demo.direction import Direction, crisis_scene
from stream.demo.ending import Ending
from stream.demo.feed import feed_items, scenario_items
from stream.demo.picture import Picture
from stream.demo.player import Item, Part, Player
from stream.demo.receiver import WebhookListener
from stream.demo.rumour import RumourWatch
from stream.demo.scripts import script_of
from stream.demo.summary import Counts, happened, next_steps, next_while_it_holds, own_command, webhook_note
from stream.demo.watched import demo_rules, demo_watchlist
from stream.embedded import Servers
from stream.embedded.environment import write_exports
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.translation import _, chosen_language
from stream.view import Snapshot, Watcher
from stream.view.live import View, open_view, open_watcher, pause, stop_on_signals
from stream.view.snapshot import ordered_alerts
from stream.worker.preparation import prepare

REFRESH, HOLD_EVERY = 1.0, 2.0
NOTES = 3
# The receiver listens on this machine, in clear.
LOOPBACK = {"webhook_allow_http": "true", "webhook_allow_private": "true"}


@dataclass(frozen=True, slots=True)
class Options:
    """What to play: a feed or, if None, the scenario of ``seed``.

    ``speed`` is how many times faster than its own time, None as fast as it goes. ``story`` plays the crisis slowly
    and waits until its alert could be read. ``picture`` is a file for the screen as it is when the alert fires.
    """

    feed: DocumentFile | None
    speed: float | None
    seed: int
    hold: bool
    story: bool = True
    picture: Path | None = None


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that runs while the demo plays; ``direction`` and ``rumour`` are the scenario's."""

    worker: WorkerProcess
    player: Player
    listener: WebhookListener
    watcher: Watcher
    ending: Ending
    direction: Direction
    rumour: RumourWatch | None
    stop: asyncio.Event


def run_demo(options: Options) -> None:
    """Play the demo to its end, or until Ctrl-C; nothing is left behind.

    Raises:
        EmbeddedError: a server or the worker did not start, or ended.
        SettingsError: the feed cannot be read, or holds no document; or no picture can be written there.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    load_settings()  # what is wrong with them is said before anything starts, in the language that they name
    console, end = plain_console(), datetime.now(UTC)
    picture = Picture(options.picture) if options.picture else None
    items = (
        scenario_items(options.seed, end, script_of(chosen_language()))
        if options.feed is None
        else feed_items(options.feed, end)
    )
    with temporary_folder("bellwether-demo-", ignore_cleanup_errors=True) as folder:
        console.print(_("a broker, Valkey and PostgreSQL ..."), end=" ")
        with Servers(folder) as servers:
            console.print(_("are up; topics and tables ..."), end=" ")
            settings = load_settings(**servers.settings, name="bellwether", partitions=4, replication=1)
            prepare(settings)
            console.print(_("are made"))
            asyncio.run(_Demo(options, settings, servers, console, picture).run(items, end))


class _Demo:
    def __init__(
        self, options: Options, settings: Settings, servers: Servers, console: Console, picture: Picture | None
    ) -> None:
        self._options, self._settings, self._servers, self._console = options, settings, servers, console
        self._picture, self._script = picture, script_of(settings.language)
        self._began = time.monotonic()
        self._env = servers.folder / "env"
        invented = _("four invented days, seed {seed}").format(seed=options.seed)
        self._title = _("Bellwether demo: {what}").format(what=options.feed.file if options.feed else invented)

    async def run(self, items: Iterator[Item], end: datetime) -> None:
        """Start the worker, play ``items``, watch, sum up. ``end`` is the scenario's."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        stop, scenario = stop_on_signals(), self._options.feed is None
        async with (
            WebhookListener(secret) as listener,
            open_watcher(self._settings, behind_after=None) as (watcher, engine),
        ):
            webhook = {"webhook_url": listener.url, "webhook_secret": secret, **LOOPBACK}
            settings = {**self._servers.settings, **self._files()}
            worker = WorkerProcess({**settings, **webhook}, self._servers.folder / "worker.log")
            with Publisher(self._settings.kafka_access) as publisher, worker:
                scene = crisis_scene(end) if scenario and self._options.story else None
                player = Player(items, publisher.send, self._options.speed, scene)
                rumour = (
                    RumourWatch(PostgresSeriesStore(engine), self._script.names.rumoured, end) if scenario else None
                )
                direction, ending = Direction(player, time.monotonic), Ending(engine, player)
                self._tell_where(worker, listener, settings)
                player.start()
                try:
                    await self._play(_Stage(worker, player, listener, watcher, ending, direction, rumour, stop))
                finally:
                    player.stop()
                    player.join()
                    if stop.is_set():
                        worker.kill()  # whoever presses Ctrl-C does not wait for an orderly end of what is thrown away

    def _files(self) -> dict[str, str]:
        """Return the settings that name the scenario's watchlist and rules; with a feed, the caller's own."""
        if self._options.feed is not None:
            own = {"watchlist": self._settings.watchlist, "rules": self._settings.rules}
            return {name: str(path.absolute()) for name, path in own.items() if path is not None}
        watchlist, rules = self._servers.folder / "watchlist.yaml", self._servers.folder / "rules.yaml"
        watchlist.write_bytes(demo_watchlist(self._script.names))
        rules.write_bytes(demo_rules())
        return {"watchlist": str(watchlist), "rules": str(rules)}

    async def _play(self, stage: _Stage) -> None:
        with self._open_view() as view:
            while not await stage.ending.reached(snapshot := await self._look(stage, view)):
                await pause(stage.stop, REFRESH)
                if stage.stop.is_set():
                    break
        if stage.stop.is_set():
            self._console.print(_("stopped"))
            return
        await self._sum_up(stage, snapshot)
        if self._options.hold:
            await self._hold(stage, snapshot)

    def _open_view(self) -> AbstractContextManager[View]:
        return open_view(self._title, self._console)

    async def _look(self, stage: _Stage, view: View) -> Snapshot:
        player, played = stage.player, stage.player.played.records
        snapshot = await stage.watcher.snapshot()
        stage.worker.check()
        if player.error:
            raise player.error
        if snapshot.lag is not None:
            taken = played - snapshot.lag
            # The scene begins when its past can be seen: the rows of PostgreSQL may be behind the windows.
            player.allow(min(taken, await stage.ending.count()) if player.waits_for is Part.SCENE else taken)
        if stage.rumour is not None:
            await stage.rumour.look(snapshot)
        stage.direction.look(snapshot, stage.listener.received)
        notes = self._notes(stage, snapshot)
        view.show(snapshot, notes)
        if self._picture:
            self._picture.look(snapshot, self._title, notes)
        return snapshot

    def _notes(self, stage: _Stage, snapshot: Snapshot) -> list[str]:
        rumour = stage.rumour.rumour if stage.rumour else None
        notes = [str(rumour)] if rumour else []
        notes += [webhook_note(item) for item in stage.listener.received]
        if not notes and not snapshot.documents:
            notes.append(_("the worker loads the model and joins the broker, some seconds ..."))
        if stage.player.waits_for is Part.SCENE:
            notes.append(_("all of the past is being written down; then the last hours are played slowly ..."))
        return notes[-NOTES:]

    def _tell_where(self, worker: WorkerProcess, listener: WebhookListener, settings: dict[str, str]) -> None:
        # The worker's rules and names, too: by others, a replay would speak of changes that nobody made.
        write_exports(self._env, {**settings, "language": self._settings.language})
        self._say(_("from another shell: . {file}").format(file=self._env))
        self._say(_("health and metrics: {url}/healthz /readyz /metrics").format(url=worker.url))
        self._say(_("webhooks arrive at: {url}").format(url=listener.url))

    async def _sum_up(self, stage: _Stage, snapshot: Snapshot) -> None:
        played = stage.player.played
        dead = await asyncio.to_thread(_dead_letters, self._settings)
        seconds = time.monotonic() - self._began
        counts = Counts(played.records, len(played.ids), stage.ending.counted, dead, seconds)
        rumour = stage.rumour.rumour if stage.rumour else None
        told = ["", _("What happened"), *_indented(happened(counts, rumour, snapshot, stage.listener.received))]
        self._say(*told)
        if self._picture:
            self._picture.end(told)
        command = own_command()
        if self._options.hold:
            alert = next((row.alert.id for row in ordered_alerts(snapshot.alerts)), None)
            steps = next_while_it_holds(command, self._env, alert)
            self._say("", _("What to do next, in another shell"), *_indented(steps))
            self._say(_("holding: what you publish is shown here as it comes; Ctrl-C stops everything"))
        else:
            self._say("", _("What to do next"), *_indented(next_steps(command)))

    async def _hold(self, stage: _Stage, snapshot: Snapshot) -> None:
        """Stay up; the screen comes back with the first document of somebody else, so that the end can be read."""
        before = snapshot.documents or 0
        while not stage.stop.is_set() and (snapshot.documents or 0) <= before:
            # Seldom: while nobody publishes, Ctrl-C should find nothing under way that has to be waited for.
            await pause(stage.stop, HOLD_EVERY)
            stage.worker.check()
            if not stage.stop.is_set():
                snapshot = await stage.watcher.snapshot()
        if stage.stop.is_set():
            return
        with self._open_view() as view:
            while not stage.stop.is_set():
                await self._look(stage, view)
                await pause(stage.stop, REFRESH)

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._console.print(line, highlight=False, soft_wrap=True)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _dead_letters(settings: Settings) -> int:
    return sum(1 for _ in read_topic(settings.kafka_access, Topics(settings.name).dead_letters))
