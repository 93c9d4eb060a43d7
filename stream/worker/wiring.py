"""From settings to the services of a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import mode.loop
import stamina
from mode import Service

from models.cache import cached
from stream.adapters.files.known import known_rules
from stream.adapters.kafka.probe import check_access
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.adapters.postgres.wakeups import PostgresWakeups
from stream.api.server import Api
from stream.api.tokens import TokenFile
from stream.metrics import CLASSIFIED
from stream.operations import Operations
from stream.pipeline.documents.classify import TextClassifier
from stream.pipeline.notify.doubts import Known
from stream.settings import Settings
from stream.standard_error import lost_lines
from stream.worker.announcing import announce, files_in_use
from stream.worker.batches import Loop
from stream.worker.connections import Connections, log_source
from stream.worker.consumer_groups import group_of, offsets_of
from stream.worker.continuity import Continuity
from stream.worker.event_time import event_time_stages
from stream.worker.faust_app import create_aggregate_app, create_classify_app
from stream.worker.feeds.wiring import gathering
from stream.worker.health import Check, Health
from stream.worker.heartbeats import Heartbeats
from stream.worker.joined import Joined
from stream.worker.loading import load_model
from stream.worker.loops import RELOAD_EVERY, paced_stages
from stream.worker.running import ServiceGroup, Worker, run
from stream.worker.senders import Senders
from stream.worker.signals import STOP_SIGNALS
from stream.worker.stage_names import StageName
from stream.worker.stages import Detect, Guard, Reload
from stream.worker.stages.classify import unread_warnings
from stream.worker.ticks import Ticks
from stream.worker.upkeep import GIVE_BACK_EVERY, GiveBack, settle, share_arenas
from stream.worker.watchdog import Limits, Watchdog

FEEDS_ALONE = {StageName.FEEDS}  # needs the broker and PostgreSQL, and nothing else
GUARD_EVERY = 2.0  # seconds: documents wait while windows are lost; a look costs some small requests to Redis


def run_worker(settings: Settings, stages: set[StageName], told: Callable[[str], str] = str) -> None:
    """Run ``stages`` until SIGTERM or SIGINT; never returns. How it ends is told by its exit code and its last line.

    Args:
        settings: where all it needs is.
        stages: which.
        told: puts that line into the language of who reads it.

    Raises:
        SettingsError, AccessError: it did not begin, since settings are wrong.
    """
    share_arenas()
    STOP_SIGNALS.take()
    stamina.instrumentation.set_on_retry_hooks([])  # its lines name neither the stage nor the error; ours do
    mode.loop.use("uvloop")
    check_access(settings.kafka_access)  # Faust would say only that it found no broker
    ticks = Ticks(Heartbeats(), settings.tick_bound, settings.retry_for)
    connections = Connections(settings)
    apps = _apps(settings, connections, stages, ticks)
    guard = _guard(settings, connections) if StageName.AGGREGATE in stages else None
    paced = [*paced_stages(settings, connections, stages), *([(guard, GUARD_EVERY)] if guard else [])]
    paced += event_time_stages(settings, connections, apps) if stages != FEEDS_ALONE else []
    paced.append((GiveBack(), GIVE_BACK_EVERY))
    loops = [Loop(stage, every, ticks) for stage, every in paced]
    checks = {"broker": Joined(apps).check, **({"windows": guard.check} if guard else {})}
    checks |= {stage.name: stage.check for stage, _ in paced if isinstance(stage, Detect)}
    health = _health(settings, connections, stages, checks, ticks.beats)
    services = [connections, health, *loops]
    sources = gathering(settings, connections, stages, ticks)
    health.advisers += [lost_lines, unread_warnings, *(service.warnings for service in sources)]
    services += sources
    senders = _senders(settings, connections, stages, ticks)
    health.advisers += [service.warnings for service in senders]
    services += [*senders, *_api(settings, connections, stages, ticks, health)]
    services += apps
    for line in files_in_use(settings, connections) if stages != FEEDS_ALONE else ():
        announce(line)
    worker = Worker(ServiceGroup(services), loglevel="warning", redirect_stdouts=False, quiet=True)
    limits = Limits(moving=settings.end_after)
    Watchdog(ticks.beats, lambda: health.standing(limits.moving), limits).watch(
        worker, STOP_SIGNALS, worker.ask_to_stop
    )
    settle()
    run(worker, told)


def _apps(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Any]:
    apps = []
    if StageName.CLASSIFY in stages:
        apps.append(_classify_app(settings, connections, ticks))
    if StageName.AGGREGATE in stages:
        apps.append(_aggregate_app(settings, connections, ticks))
    return apps


def _classify_app(settings: Settings, connections: Connections, ticks: Ticks) -> Any:
    given = settings, _classifier(settings), connections.stories
    return create_classify_app(*given, ticks=ticks, clocks=connections.clocks, watched=connections.places_in)


def _aggregate_app(settings: Settings, connections: Connections, ticks: Ticks) -> Any:
    return create_aggregate_app(settings, _continuity(settings, connections), ticks=ticks, clocks=connections.clocks)


def _continuity(settings: Settings, connections: Connections) -> Continuity:
    source = log_source(settings, connections.watchlist, connections.erasures)
    return Continuity(source, connections.windows, connections.parts, connections.stories)


def _classifier(settings: Settings) -> TextClassifier:
    model = load_model(settings)
    announce(f"model: {model.running_on}")

    def count(known: int, new: int) -> None:
        CLASSIFIED.labels("cache").inc(known)
        CLASSIFIED.labels("model").inc(new)

    return cached(model, settings.cache, count) if settings.cache else model


def _senders(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Senders]:
    if StageName.NOTIFY not in stages:
        return []
    listen = PostgresWakeups(settings.postgres.get_secret_value()).listen
    return [Senders(PostgresOutbox(connections.engine), connections.destinations, listen, ticks)]


def _guard(settings: Settings, connections: Connections) -> Guard:
    return Guard(
        _continuity(settings, connections),
        connections.rebuilds,
        (offsets_of(settings, {StageName.AGGREGATE}), group_of(settings, StageName.AGGREGATE)),
        timedelta(hours=settings.keep_hours),
    )


def _api(
    settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks, health: Health
) -> list[Service]:
    if settings.api_tokens is None or StageName.NOTIFY not in stages:
        return []
    destinations, engine = connections.destinations, connections.engine
    operations = Operations(
        store=PostgresAlertStore(engine),
        desk=PostgresDesk(engine, destinations.routing),
        outbox=PostgresOutbox(engine),
        names=lambda: list(destinations.receivers),
        receivers=lambda: destinations.receivers,
        routing=destinations.routing,
        intake=connections.intake,
        sources=PostgresSourceStore(engine),
        known=lambda: Known(known_rules(settings.rules), connections.entries()),
    )
    tokens = TokenFile(settings.api_tokens)
    health.advisers.append(tokens.warnings)
    reload = Reload("tokens", tokens.refresh, lambda: len(tokens.current), "only what still stands in it is taken")
    return [Loop(reload, RELOAD_EVERY, ticks), Api((settings.api_host, settings.api_port), operations, tokens)]


def _health(
    settings: Settings, connections: Connections, stages: set[StageName], checks: Mapping[str, Check], beats: Heartbeats
) -> Health:
    address, checks = (settings.http_host, settings.http_port), {**connections.checks, **checks}
    reader, memory = offsets_of(settings, stages), connections.redis_memory
    if stages == FEEDS_ALONE:
        return Health(address, reader, {"postgres": checks["postgres"]}, settings.stall_after, beats)
    return Health(address, reader, checks, settings.stall_after, beats, memory)
