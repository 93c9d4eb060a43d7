"""The Faust apps of the stages classify and aggregate.

Each stage is an app, and so a consumer group, of its own: workers that run one stage only then share its partitions
with those that run both. :mod:`stream.worker.batches` says how a batch is taken, retried and acknowledged,
:mod:`stream.worker.stages` what is done with it.
"""

from __future__ import annotations

from typing import Any

import faust

from stream.adapters.kafka.credentials import credentials_of
from stream.adapters.kafka.transport import Transport
from stream.clocks import Clock, Clocks, utc_now
from stream.pipeline.documents.classify import TextClassifier
from stream.pipeline.documents.places import Watched, watch_nothing
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.batches import Batches
from stream.worker.continuity import Continuity
from stream.worker.outcomes import OutcomeSender
from stream.worker.stages.aggregate import Aggregate
from stream.worker.stages.classify import MOST_BYTES, Classify
from stream.worker.ticks import Ticks

# Partitions that are added to a topic are seen after this long. The clients' own five minutes are long for documents
# that wait; each look is one small request to the broker.
METADATA_MAX_AGE_MS = 15_000


class App(faust.App):
    """A Faust app that keeps no files: its tables are in memory, so it needs no folder where it is started."""

    def _create_directories(self) -> None:
        pass


def create_classify_app(  # noqa: PLR0913 - what a worker has
    settings: Settings,
    classifier: TextClassifier,
    stories: StoryStore,
    clock: Clock = utc_now,
    ticks: Ticks | None = None,
    clocks: Clocks | None = None,
    watched: Watched = watch_nothing,
) -> Any:
    """Return the app of stage ``classify``, which reads the raw topics."""
    app, topics = create_app(settings, Classify.name), Topics(settings.name)
    outcomes = OutcomeSender(app, topics, clock, clocks or Clocks())
    finish = app.transport.consumed.finish
    stage = Classify(classifier, stories, outcomes.send, finish, settings.acceptance, watched)
    batches = Batches(app, stage.name, stage.compute, stage.store, ticks or Ticks(), most_bytes=MOST_BYTES)
    add_agent(app, settings, batches, topics.news, topics.social)
    return app


def create_aggregate_app(
    settings: Settings,
    continuity: Continuity,
    clock: Clock = utc_now,
    ticks: Ticks | None = None,
    clocks: Clocks | None = None,
) -> Any:
    """Return the app of stage ``aggregate``, which reads the log of scored documents."""
    app, topics = create_app(settings, Aggregate.name), Topics(settings.name)
    outcomes = OutcomeSender(app, topics, clock, clocks or Clocks())
    stage = Aggregate(continuity, outcomes.send, app.transport.consumed.finish, settings.late_for * 1000, clock)
    batches = Batches(app, stage.name, stage.compute, stage.store, ticks or Ticks())
    add_agent(app, settings, batches, topics.scored)
    return app


def create_app(settings: Settings, stage: str) -> Any:
    """Return the app of a stage; its name is that of its consumer group."""
    app: Any = App(
        f"{settings.name}-{stage}",
        broker=[f"kafka://{server}" for server in settings.kafka_access.bootstrap],
        broker_credentials=credentials_of(settings.kafka_access),
        store="memory://",
        web_enabled=False,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        # A worker that is killed gives its partitions back after this long, instead of Faust's minute.
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 5,
        broker_commit_interval=1.0,
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        producer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        # Faust's own is twenty minutes: a broker that hangs would be told as a stage that does.
        producer_request_timeout=settings.tick_bound / 2,
        stream_wait_empty=False,
        producer_acks=-1,
    )
    # So many batches wait while one is computed and one is stored; more would only be read again after a rebalance.
    app.transport = Transport(app, settings.batch * 4)
    return app


def add_agent(app: Any, settings: Settings, batches: Batches[Any], *topics: str) -> None:
    """Have the app take batches from these topics."""
    topic = app.topic(*topics, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(topic, concurrency=1, name=f"{app.conf.id}-agent")  # type: ignore[untyped-decorator]
    async def consume(stream: Any) -> None:
        aiter(stream.channel)  # by which Faust subscribes to the topics; records come by a shorter way
        await batches.consume(app.transport.records.take, settings.batch, settings.batch_wait)
