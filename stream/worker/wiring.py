"""From settings to the services of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import mode.loop
import stamina
import typer
from mode import Service

from models.cache import CachedClassifier
from models.labels import NEGATIVE, SENTIMENT
from models.loading import load_models
from models.selection import select_artifacts
from stream.adapters.files.rules import RulesFile
from stream.adapters.kafka.offsets import KafkaOffsets
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.postgres.wakeups import PostgresWakeups
from stream.api.server import Api
from stream.api.tokens import TokenFile
from stream.metrics import CLASSIFIED
from stream.operations import Operations
from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.documents.classify import TextClassifier
from stream.pipeline.notify import Retention
from stream.pipeline.progress.liveness import DEAD_LETTERS
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.batches import Loop, Stage
from stream.worker.connections import Connections, log_source
from stream.worker.continuity import Continuity
from stream.worker.event_time import event_time_stages
from stream.worker.faust_app import create_aggregate_app, create_classify_app
from stream.worker.health import Check, Health
from stream.worker.heartbeats import Heartbeats
from stream.worker.joined import Joined
from stream.worker.running import Together, Worker, run
from stream.worker.senders import Senders
from stream.worker.signals import ASKED
from stream.worker.stage_names import StageName
from stream.worker.stages import ClassifierFacts, Detect, Guard, Project, Reload, Remind, Retain
from stream.worker.ticks import Ticks
from stream.worker.watchdog import Limits, Watchdog

RELOAD_EVERY, REMIND_EVERY, GUARD_EVERY, RETAIN_EVERY = 2.0, 5.0, 2.0, 60.0


def run_worker(settings: Settings, stages: set[StageName]) -> None:
    """Run ``stages`` until SIGTERM or SIGINT; never returns. How it ends is told by its exit code and its last line."""
    ASKED.take()
    stamina.instrumentation.set_on_retry_hooks([])  # its lines name neither the stage nor the error; ours do
    mode.loop.use("uvloop")
    ticks = Ticks(Heartbeats(), settings.tick_bound, settings.retry_for)
    connections = Connections(settings)
    apps = _apps(settings, connections, stages, ticks)
    guard = _guard(settings, connections) if StageName.AGGREGATE in stages else None
    paced = [*_loops(settings, connections, stages), *([(guard, GUARD_EVERY)] if guard else [])]
    paced += event_time_stages(settings, connections, apps)
    loops = [Loop(stage, every, ticks) for stage, every in paced]
    checks = {"broker": Joined(apps).check, **({"windows": guard.check} if guard else {})}
    checks |= {stage.name: stage.check for stage, _ in paced if isinstance(stage, Detect)}
    health = _health(settings, connections, stages, checks, ticks.beats)
    services = [connections, health, *loops]
    services += [*_senders(settings, connections, stages, ticks), *_api(settings, connections, stages, ticks), *apps]
    worker = Worker(Together(services), loglevel="warning", redirect_stdouts=False, quiet=True)
    limits = Limits(moving=settings.end_after)
    Watchdog(ticks.beats, lambda: health.standing(limits.moving), limits).watch(worker, ASKED, worker.ask_to_stop)
    run(worker)


def offsets(settings: Settings) -> KafkaOffsets:
    """Return a reader of the offsets of both consumer groups, and of how many dead letters there are."""
    dead_letters: dict[str, tuple[str, ...]] = {f"{settings.name}{DEAD_LETTERS}": (Topics(settings.name).dead_letters,)}
    return KafkaOffsets(settings.kafka, _groups(settings, set(StageName)) | dead_letters)


def _apps(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Any]:
    apps = []
    if StageName.CLASSIFY in stages:
        apps.append(_classify_app(settings, connections, ticks))
    if StageName.AGGREGATE in stages:
        apps.append(_aggregate_app(settings, connections, ticks))
    return apps


def _classify_app(settings: Settings, connections: Connections, ticks: Ticks) -> Any:
    classifier, clocks = _classifier(settings), connections.clocks
    return create_classify_app(settings, classifier, connections.stories, ticks=ticks, clocks=clocks)


def _aggregate_app(settings: Settings, connections: Connections, ticks: Ticks) -> Any:
    return create_aggregate_app(settings, _continuity(settings, connections), ticks=ticks, clocks=connections.clocks)


def _continuity(settings: Settings, connections: Connections) -> Continuity:
    source = log_source(settings, connections.watchlist)
    return Continuity(source, connections.windows, connections.continuity, connections.stories)


def _classifier(settings: Settings) -> TextClassifier:
    model = load_models(settings.artifact, settings.topic_artifact, settings.provider, settings.threads)
    typer.echo(f"model {model.running_on}", err=True)

    def count(found: int, new: int) -> None:
        CLASSIFIED.labels("cache").inc(found)
        CLASSIFIED.labels("model").inc(new)

    return CachedClassifier(model, settings.cache, count) if settings.cache else model


def _loops(settings: Settings, connections: Connections, stages: set[StageName]) -> list[tuple[Stage, float]]:
    engine = connections.engine
    loops: list[tuple[Stage, float]] = []
    if StageName.PROJECT in stages:
        rows = PostgresSeriesStore(engine)
        loops.append((Project(connections.windows, rows), settings.project_every))
        kept_days = settings.keep_days, settings.keep_pool_days, settings.keep_decision_days
        loops.append((Retain(rows, *kept_days), RETAIN_EVERY))
    if (watchlist := connections.watchlist) is not None and stages - {StageName.CLASSIFY, StageName.PROJECT}:
        reload = Reload("watchlist", watchlist.refresh, lambda: len(watchlist.current.entries))
        loops.append((reload, RELOAD_EVERY))
    if StageName.DETECT in stages:
        rules = RulesFile(settings.rules)
        detect = Detect(
            lambda: rules.current,
            connections.windows,
            PostgresAlertStore(engine),
            connections.destinations.routing,
            classifier_of(settings),
        )
        if settings.rules is not None:
            loops.append((Reload("rules", rules.refresh, lambda: len(rules.current)), RELOAD_EVERY))
        loops.append((detect, settings.detect_every))
    if StageName.NOTIFY in stages:
        retention = Retention(timedelta(days=settings.keep_evidence_days), timedelta(days=settings.keep_alert_days))
        desk = PostgresDesk(engine, connections.destinations.routing)
        loops.append((Remind(desk, retention), REMIND_EVERY))
    if StageName.DETECT in stages and StageName.NOTIFY not in stages:
        destinations = connections.destinations
        loops.append((Reload("routes", destinations.refresh, lambda: len(destinations.receivers)), RELOAD_EVERY))
    return loops


def _senders(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Senders]:
    if StageName.NOTIFY not in stages:
        return []
    listen = PostgresWakeups(settings.postgres.get_secret_value()).listen
    return [Senders(PostgresOutbox(connections.engine), connections.destinations, listen, ticks)]


def classifier_of(settings: Settings) -> ClassifierFacts:
    """Return which model scores, and what the manifest says of its errors in telling negative documents.

    Raises:
        ArtifactError: a model is missing, damaged, or lacks the head that it is to give.
    """
    selection = select_artifacts(settings.artifact, settings.topic_artifact)
    labels, confusion = selection.sentiment.manifest.heads[SENTIMENT].labels, selection.confusion.get(SENTIMENT)
    errors = ClassifierErrors.of(confusion, labels.index(NEGATIVE)) if confusion else ClassifierErrors()
    return ClassifierFacts(selection.hash, errors, -(-settings.late_for // 60))


def _guard(settings: Settings, connections: Connections) -> Guard:
    return Guard(
        _continuity(settings, connections),
        connections.rebuilds,
        (_offsets(settings, {StageName.AGGREGATE}), f"{settings.name}-{StageName.AGGREGATE}"),
        timedelta(hours=settings.keep_hours),
    )


def _api(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Service]:
    if settings.api_tokens is None or StageName.NOTIFY not in stages:
        return []
    destinations, engine = connections.destinations, connections.engine
    operations = Operations(
        PostgresAlertStore(engine),
        PostgresDesk(engine, destinations.routing),
        PostgresOutbox(engine),
        lambda: list(destinations.receivers),
        lambda: destinations.receivers,
        destinations.routing,
    )
    tokens = TokenFile(settings.api_tokens)
    reload = Loop(Reload("tokens", tokens.refresh, lambda: len(tokens.current)), RELOAD_EVERY, ticks)
    return [reload, Api((settings.api_host, settings.api_port), operations, tokens)]


def _health(
    settings: Settings, connections: Connections, stages: set[StageName], checks: Mapping[str, Check], beats: Heartbeats
) -> Health:
    address, checks = (settings.http_host, settings.http_port), {**connections.checks, **checks}
    reader = _offsets(settings, stages)
    return Health(address, reader, checks, settings.stall_after, beats, connections.redis_memory)


def _offsets(settings: Settings, stages: set[StageName]) -> KafkaOffsets:
    return KafkaOffsets(settings.kafka, _groups(settings, stages))


def _groups(settings: Settings, stages: set[StageName]) -> dict[str, tuple[str, ...]]:
    topics = Topics(settings.name)
    read = {StageName.CLASSIFY: (topics.news, topics.social), StageName.AGGREGATE: (topics.scored,)}
    return {f"{settings.name}-{stage}": names for stage, names in read.items() if stage in stages}
