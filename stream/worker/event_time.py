"""The stages on which event time rests, beside those that read from Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stream.adapters.kafka.topic_admin import kept_too_short, stamped_by_producers
from stream.pipeline.progress.proofs import RAW, SCORED
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.batches import Stage
from stream.worker.connections import Connections
from stream.worker.stage_names import StageName
from stream.worker.stages import Prove, Stamped

# What is proven is two to four of these old when the detector reads it.
PROVE_EVERY = 1.0
STAMPED_EVERY = 300.0


def event_time_stages(settings: Settings, connections: Connections, apps: Sequence[Any]) -> list[tuple[Stage, float]]:
    """Return a stage per app that proves how far it has read, and one that looks whose clock stamps the topics."""
    topics = Topics(settings.name)
    access, read = settings.kafka_access, (topics.news, topics.social, topics.scored)
    stamped = Stamped(
        lambda: stamped_by_producers(access, read),
        lambda: kept_too_short(access, topics.scored, settings.keep_hours),
    )
    proving: list[tuple[Stage, float]] = [(_prove(app, connections), PROVE_EVERY) for app in apps]
    return [*proving, (stamped, STAMPED_EVERY)]


def _prove(app: Any, connections: Connections) -> Prove:
    kind = RAW if app.conf.id.endswith(f"-{StageName.CLASSIFY}") else SCORED
    return Prove(f"prove {kind}", kind, app.transport.consumed, connections.proofs, connections.clocks)
