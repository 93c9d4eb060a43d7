"""``bellwether backfill``: the past brought in, with the stores that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic

import msgspec

from stream.adapters.files.rules import read_rules
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.errors import StoreError
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.backfill import Backfill, Destination
from stream.worker.classifier_facts import read_classifier_facts
from stream.worker.connections import Connections, log_source
from stream.worker.consumer_groups import group_of, offsets_of
from stream.worker.continuity import Continuity
from stream.worker.loading import model_of_past
from stream.worker.relearning import Relearning
from stream.worker.stage_names import StageName
from stream.worker.stages import Guard, Project

# Minutes that are projected in one step: twenty times what a worker takes, which has to be on time for other things.
PROJECTED = 200
# Seconds that are waited for the windows to be complete where nothing is rebuilt. A worker is sure of a store that was
# started anew after five.
SURE_WITHIN = 30.0


class Prepared:
    """A backfill on the stores of the settings, and who lets the detector learn afterwards."""

    def __init__(self, backfill: Backfill, relearning: Callable[[Callable[[int], object]], Relearning]) -> None:
        self.backfill, self.relearning = backfill, relearning


@asynccontextmanager
async def prepared(
    settings: Settings, refuse: Callable[[object, str], None], now: datetime, *, alerts_wanted: bool
) -> AsyncIterator[Prepared]:
    """Open the stores, see that the windows are complete, and close everything at the end.

    Raises:
        BrokerError, StoreError, SettingsError, ModelError: something is missing, or does not answer.
    """
    connections = Connections(settings)
    try:
        with Publisher(settings.kafka_access) as publisher:
            await _complete(settings, connections)
            alerts = PostgresAlertStore(connections.engine)
            to = _destination(settings, connections, alerts, publisher)
            classifier = await asyncio.to_thread(model_of_past, settings)
            rules = read_rules(settings.rules)
            backfill = Backfill(to, classifier, rules, settings.keep_days, refuse, now)
            await backfill.begin()
            facts = read_classifier_facts(settings)

            def relearning(told: Callable[[int], object]) -> Relearning:
                return Relearning(connections.windows, alerts, facts, alerts_wanted=alerts_wanted, told=told)

            yield Prepared(backfill, relearning)
    finally:
        await connections.on_stop()


def _destination(
    settings: Settings, connections: Connections, alerts: PostgresAlertStore, publisher: Publisher
) -> Destination:
    target, series = Topics(settings.name).scored, PostgresSeriesStore(connections.engine)

    def publish(documents: Sequence[LoggedDocument]) -> None:
        publisher.send((target, item.id.encode(), msgspec.json.encode(item)) for item in documents)

    return Destination(
        windows=connections.windows,
        held=connections.stores.history(),
        stored=series,
        stories=connections.stories,
        alerts=alerts,
        project=Project(connections.windows, series, PROJECTED),
        publish=publish,
        entries_in=log_source(settings, connections.watchlist).entries_in,
        places_in=connections.places_in,
    )


async def _complete(settings: Settings, connections: Connections) -> None:
    """Do what a worker does for windows that are new, or were lost, and wait until they are complete."""
    source = log_source(settings, connections.watchlist, connections.erasures)
    continuity = Continuity(source, connections.windows, connections.parts, connections.stories)
    offsets = offsets_of(settings, {StageName.AGGREGATE}), group_of(settings, StageName.AGGREGATE)
    guard = Guard(continuity, connections.rebuilds, offsets, timedelta(hours=settings.keep_hours))
    until = monotonic() + SURE_WITHIN
    try:
        while await connections.windows.complete() is None:
            await guard.tick()
            if await connections.rebuilds.rebuilding() is None and monotonic() > until:
                topics = "are the topics there (bellwether topics create)?"
                raise StoreError(f"the windows are not complete after {SURE_WITHIN:.0f} s; {topics}")
            await asyncio.sleep(0.2)
    finally:
        await asyncio.to_thread(offsets[0].close)
