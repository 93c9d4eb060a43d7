"""From settings to the services of a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import mode.loop
import typer
from mode import Service
from mode.worker import Worker
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.serving import CachedClassifier, load_models
from stream.adapters.alert_store import PostgresAlertStore
from stream.adapters.alert_topic import AlertTopic
from stream.adapters.offsets import KafkaOffsets
from stream.adapters.outbox import PostgresOutbox
from stream.adapters.rebuild_store import RedisRebuildStore
from stream.adapters.series_store import PostgresSeriesStore
from stream.adapters.story_store import RedisStoryStore
from stream.adapters.watchlist_file import WatchlistFile
from stream.adapters.webhook import WebhookReceiver
from stream.adapters.window_store import RedisWindowStore
from stream.app import create_aggregate_app, create_classify_app
from stream.batches import Loop
from stream.cli.rebuild_run import source_of
from stream.cli.stage_names import StageName
from stream.health import Health
from stream.metrics import CLASSIFIED
from stream.pipeline.classify import TextClassifier
from stream.pipeline.notify import Receiver
from stream.pipeline.rules import Rule
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.stages import Detect, Guard, Notify, Project, ReloadWatchlist, Retain

DELIVER_EVERY, RELOAD_EVERY, GUARD_EVERY, RETAIN_EVERY = 1.0, 2.0, 2.0, 60.0


class Connections(Service):
    """The worker's clients; closed when it stops."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.redis = Redis.from_url(settings.redis.get_secret_value())
        self.engine: AsyncEngine = create_async_engine(settings.postgres.get_secret_value(), pool_pre_ping=True)
        self.windows = RedisWindowStore(self.redis, settings.name, settings.keep_hours * 3600)
        self.stories = RedisStoryStore(self.redis, settings.name)
        self.rebuilds = RedisRebuildStore(self.redis, settings.name, settings.keep_hours * 3600)
        self.receivers = receivers(settings)
        self.watchlist = WatchlistFile(settings.watchlist) if settings.watchlist else None

    async def on_stop(self) -> None:
        """Close them."""
        for receiver in self.receivers:
            await receiver.aclose()
        await self.redis.aclose()
        await self.engine.dispose()

    @property
    def checks(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """What readiness asks."""
        return {"redis": self._ask_redis, "postgres": self._ask_postgres}

    async def _ask_redis(self) -> None:
        await self.redis.ping()

    async def _ask_postgres(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


def receivers(settings: Settings) -> list[Receiver]:
    """Return the receivers that the settings name."""
    topic = AlertTopic(settings.kafka, Topics(settings.name).alerts)
    if settings.webhook_url is None or settings.webhook_secret is None:
        return [topic]
    return [topic, WebhookReceiver(settings.webhook_url, settings.webhook_secret.get_secret_value())]


class Together(Service):
    """Starts services side by side: joining a consumer group takes seconds, and one app need not wait for the other."""

    def __init__(self, services: list[Any]) -> None:
        super().__init__()
        self._services = services

    async def on_start(self) -> None:
        """Start them all."""
        await asyncio.gather(*map(self.add_runtime_dependency, self._services))


def run_worker(settings: Settings, stages: set[StageName]) -> None:
    """Run ``stages`` until SIGTERM or SIGINT; never returns."""
    mode.loop.use("uvloop")
    connections = Connections(settings)
    apps = _apps(settings, connections, stages)
    guard = _guard(settings, connections) if StageName.AGGREGATE in stages else None
    loops = [*_loops(settings, connections, stages), *([Loop(guard, GUARD_EVERY)] if guard else [])]
    services = [connections, _health(settings, connections, stages, guard), *loops, *apps]
    # Mode's worker, which Faust's is made of: Faust's own starts one app after the other and draws on the terminal.
    Worker(Together(services), loglevel="warning", redirect_stdouts=False, quiet=True).execute_from_commandline()


def offsets(settings: Settings) -> KafkaOffsets:
    """Return a reader of the offsets of both consumer groups."""
    return _offsets(settings, set(StageName))


def _apps(settings: Settings, connections: Connections, stages: set[StageName]) -> list[Any]:
    apps = []
    if StageName.CLASSIFY in stages:
        apps.append(create_classify_app(settings, _classifier(settings), connections.stories))
    if StageName.AGGREGATE in stages:
        apps.append(_aggregate_app(settings, connections))
    return apps


def _aggregate_app(settings: Settings, connections: Connections) -> Any:
    if connections.watchlist is None:
        return create_aggregate_app(settings, connections.windows)
    file = connections.watchlist
    return create_aggregate_app(settings, connections.windows, entries_in=lambda text: file.current.entries_in(text))


def _classifier(settings: Settings) -> TextClassifier:
    folders = [settings.artifact, *filter(None, [settings.topic_artifact])]
    model = load_models(folders, settings.provider, settings.threads)
    typer.echo(f"model {model.running_on}", err=True)

    def count(found: int, new: int) -> None:
        CLASSIFIED.labels("cache").inc(found)
        CLASSIFIED.labels("model").inc(new)

    return CachedClassifier(model, settings.cache, count) if settings.cache else model


def _loops(settings: Settings, connections: Connections, stages: set[StageName]) -> list[Loop]:
    engine, loops = connections.engine, []
    if StageName.PROJECT in stages:
        rows = PostgresSeriesStore(engine)
        loops.append(Loop(Project(connections.windows, rows), settings.project_every))
        loops.append(Loop(Retain(rows, settings.keep_days, settings.keep_evidence_days), RETAIN_EVERY))
    if StageName.AGGREGATE in stages and connections.watchlist is not None:
        loops.append(Loop(ReloadWatchlist(connections.watchlist), RELOAD_EVERY))
    if StageName.DETECT in stages:
        names = [receiver.name for receiver in connections.receivers]
        detect = Detect(Rule(), connections.windows, PostgresAlertStore(engine), names)
        loops.append(Loop(detect, settings.detect_every))
    if StageName.NOTIFY in stages:
        # A loop per receiver, so that a slow one delays nobody.
        loops += [Loop(Notify(PostgresOutbox(engine), item), DELIVER_EVERY) for item in connections.receivers]
    return loops


def _guard(settings: Settings, connections: Connections) -> Guard:
    return Guard(
        source_of(settings, connections.watchlist),
        (connections.rebuilds, connections.stories),
        (_offsets(settings, {StageName.AGGREGATE}), f"{settings.name}-{StageName.AGGREGATE}"),
        timedelta(hours=settings.keep_hours),
    )


def _health(settings: Settings, connections: Connections, stages: set[StageName], guard: Guard | None) -> Health:
    address = settings.http_host, settings.http_port
    checks = {**connections.checks, **({"windows": guard.check} if guard else {})}
    return Health(address, _offsets(settings, stages), checks, settings.stall_after)


def _offsets(settings: Settings, stages: set[StageName]) -> KafkaOffsets:
    topics = Topics(settings.name)
    read = {StageName.CLASSIFY: (topics.news, topics.social), StageName.AGGREGATE: (topics.scored,)}
    groups = {f"{settings.name}-{stage}": names for stage, names in read.items() if stage in stages}
    return KafkaOffsets(settings.kafka, groups)
