"""The consumer groups of the stages that read from Kafka, and readers of their offsets."""

from __future__ import annotations

from collections.abc import Set

from stream.adapters.kafka.offsets import KafkaOffsets
from stream.pipeline.progress.liveness import DEAD_LETTERS
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.stage_names import StageName


def group_of(settings: Settings, stage: StageName) -> str:
    """Return the consumer group of a stage; Faust names it as the stage's app."""
    return f"{settings.name}-{stage}"


def offsets_of(settings: Settings, stages: Set[StageName]) -> KafkaOffsets:
    """Return a reader of the offsets of these stages' groups."""
    return KafkaOffsets(settings.kafka_access, _topics_by_group(settings, stages))


def all_offsets(settings: Settings) -> KafkaOffsets:
    """Return a reader of the offsets of all groups, and of how many dead letters there are."""
    dead_letters: dict[str, tuple[str, ...]] = {f"{settings.name}{DEAD_LETTERS}": (Topics(settings.name).dead_letters,)}
    return KafkaOffsets(settings.kafka_access, _topics_by_group(settings, set(StageName)) | dead_letters)


def _topics_by_group(settings: Settings, stages: Set[StageName]) -> dict[str, tuple[str, ...]]:
    topics = Topics(settings.name)
    sources: dict[StageName, tuple[str, ...]] = {
        StageName.CLASSIFY: (topics.news, topics.social),
        StageName.AGGREGATE: (topics.scored,),
    }
    return {group_of(settings, stage): names for stage, names in sources.items() if stage in stages}
