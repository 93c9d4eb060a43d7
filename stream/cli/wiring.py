"""From settings to the services of a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mode.loop
import typer
from mode import Service
from mode.worker import Worker
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.artifact import open_artifact
from models.labels import NEGATIVE, SENTIMENT
from models.serving import CachedClassifier, load_models
from stream.adapters.alert_store import PostgresAlertStore
from stream.adapters.alert_topic import AlertTopic
from stream.adapters.offsets import KafkaOffsets
from stream.adapters.outbox import PostgresOutbox
from stream.adapters.rules_file import RulesFile
from stream.adapters.series_store import PostgresSeriesStore
from stream.adapters.watchlist_file import WatchlistFile
from stream.adapters.webhook import WebhookReceiver
from stream.adapters.window_store import RedisWindowStore
from stream.app import create_aggregate_app, create_classify_app
from stream.batches import Loop
from stream.cli.stage_names import StageName
from stream.health import Health
from stream.metrics import CLASSIFIED
from stream.pipeline.classify import TextClassifier
from stream.pipeline.detect import Errors
from stream.pipeline.notify import Receiver
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.stages import ClassifierFacts, Detect, Notify, Project, ReloadRules, ReloadWatchlist

DELIVER_EVERY, RELOAD_EVERY = 1.0, 2.0


class Connections(Service):
    """The worker's clients; closed when it stops."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.redis = Redis.from_url(settings.redis.get_secret_value())
        self.engine: AsyncEngine = create_async_engine(settings.postgres.get_secret_value(), pool_pre_ping=True)
        self.windows = RedisWindowStore(self.redis, settings.name, settings.keep_hours * 3600)
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
    services = [connections, _health(settings, connections, stages), *_loops(settings, connections, stages), *apps]
    # Mode's worker, which Faust's is made of: Faust's own starts one app after the other and draws on the terminal.
    Worker(Together(services), loglevel="warning", redirect_stdouts=False, quiet=True).execute_from_commandline()


def offsets(settings: Settings) -> KafkaOffsets:
    """Return a reader of the offsets of both consumer groups."""
    return _offsets(settings, set(StageName))


def _apps(settings: Settings, connections: Connections, stages: set[StageName]) -> list[Any]:
    apps = []
    if StageName.CLASSIFY in stages:
        apps.append(create_classify_app(settings, _classifier(settings)))
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
        loops.append(Loop(Project(connections.windows, PostgresSeriesStore(engine)), settings.project_every))
    if StageName.AGGREGATE in stages and connections.watchlist is not None:
        loops.append(Loop(ReloadWatchlist(connections.watchlist), RELOAD_EVERY))
    if StageName.DETECT in stages:
        names = [receiver.name for receiver in connections.receivers]
        rules = RulesFile(settings.rules)
        detect = Detect(
            lambda: rules.current, connections.windows, PostgresAlertStore(engine), names, classifier_of(settings)
        )
        if settings.rules is not None:
            loops.append(Loop(ReloadRules(rules), RELOAD_EVERY))
        loops.append(Loop(detect, settings.detect_every))
    if StageName.NOTIFY in stages:
        # A loop per receiver, so that a slow one delays nobody.
        loops += [Loop(Notify(PostgresOutbox(engine), item), DELIVER_EVERY) for item in connections.receivers]
    return loops


def classifier_of(settings: Settings) -> ClassifierFacts:
    """Return what the artifact's manifest says of the model's errors in telling negative documents."""
    artifact = open_artifact(settings.artifact)
    head = artifact.manifest.heads.get(SENTIMENT)
    confusion = artifact.confusion.get(SENTIMENT)
    errors = Errors.of(confusion, head.labels.index(NEGATIVE)) if head and confusion else Errors()
    return ClassifierFacts(artifact.manifest.hash, errors)


def _health(settings: Settings, connections: Connections, stages: set[StageName]) -> Health:
    address = settings.http_host, settings.http_port
    return Health(address, _offsets(settings, stages), connections.checks, settings.stall_after)


def _offsets(settings: Settings, stages: set[StageName]) -> KafkaOffsets:
    topics = Topics(settings.name)
    read = {StageName.CLASSIFY: (topics.news, topics.social), StageName.AGGREGATE: (topics.scored,)}
    groups = {f"{settings.name}-{stage}": names for stage, names in read.items() if stage in stages}
    return KafkaOffsets(settings.kafka, groups)
