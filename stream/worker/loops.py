"""The stages that tick behind the windows, and how often: what each stage of a worker needs of them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import timedelta

from stream.adapters.files.rules import RulesFile
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.desk import PostgresDesk
from stream.adapters.postgres.erasures import PostgresErasures
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.pipeline.notify import Retention
from stream.settings import Settings
from stream.worker.batches import Stage
from stream.worker.classifier_facts import read_classifier_facts
from stream.worker.connections import Connections
from stream.worker.stage_names import StageName
from stream.worker.stages import Detect, Hear, Project, Reload, Remind, Retain, Withdraw

# Seconds between two ticks. A file is looked at soon after it was edited; a reminder may be some seconds late; what is
# too old is deleted in small parts, and nobody waits for it; the detector knows its series soon. None was tuned.
RELOAD_EVERY, REMIND_EVERY, RETAIN_EVERY, WITHDRAW_EVERY, HEAR_EVERY = 2.0, 5.0, 60.0, 2.0, 10.0
Paced = tuple[Stage, float]  # a stage, and the seconds between two of its ticks


def paced_stages(settings: Settings, connections: Connections, stages: Set[StageName]) -> list[Paced]:
    """Return what ticks in a worker that runs ``stages``."""
    paced: list[Paced] = []
    if StageName.PROJECT in stages:
        paced += _project(settings, connections)
    if stages - {StageName.PROJECT}:
        paced += _watchlist(connections)
    if StageName.DETECT in stages:
        paced += _detect(settings, connections)
    if StageName.NOTIFY in stages:
        paced += _remind(settings, connections)
    elif StageName.DETECT in stages:  # else the senders look at the routes
        destinations = connections.destinations
        paced.append((Reload("routes", destinations.refresh, lambda: len(destinations.receivers)), RELOAD_EVERY))
    return paced


def _project(settings: Settings, connections: Connections) -> Iterator[Paced]:
    series = PostgresSeriesStore(connections.engine)
    yield Project(connections.windows, series), settings.project_every
    days = settings.keep_days, settings.keep_pool_days, settings.keep_decision_days
    yield Retain(series, *days), RETAIN_EVERY
    yield Withdraw(connections.erasures, PostgresErasures(connections.engine)), WITHDRAW_EVERY


def _watchlist(connections: Connections) -> Iterator[Paced]:
    if (watchlist := connections.watchlist) is not None:
        yield Reload("watchlist", watchlist.refresh, lambda: len(watchlist.current.entries)), RELOAD_EVERY


def _detect(settings: Settings, connections: Connections) -> Iterator[Paced]:
    rules, alerts = RulesFile(settings.rules), PostgresAlertStore(connections.engine)
    facts, routing = read_classifier_facts(settings), connections.destinations.routing
    if settings.rules is not None:
        yield Reload("rules", rules.refresh, lambda: len(rules.current)), RELOAD_EVERY
    detect = Detect(lambda: rules.current, connections.windows, alerts, routing, facts)
    detect.entries = connections.entries
    yield detect, settings.detect_every
    yield Hear(detect.states, facts.errors), HEAR_EVERY


def _remind(settings: Settings, connections: Connections) -> Iterator[Paced]:
    desk = PostgresDesk(connections.engine, connections.destinations.routing)
    yield Remind(desk, retention_of(settings)), REMIND_EVERY


def retention_of(settings: Settings) -> Retention:
    """Return for how long alerts are kept, and what was erased: as long as whatever is kept longest."""
    stores = settings.keep_days, settings.keep_pool_days, settings.keep_decision_days
    evidence, alerts = (timedelta(days=days) for days in (settings.keep_evidence_days, settings.keep_alert_days))
    longest = max(timedelta(hours=settings.keep_hours), evidence, alerts, *(timedelta(days=days) for days in stores))
    return Retention(evidence, alerts, erased=longest)
