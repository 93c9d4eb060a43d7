"""What a worker needs before it starts: topics and tables."""

from __future__ import annotations

from stream.adapters.kafka.topic_admin import create_topics
from stream.pipeline.topics import Topics
from stream.settings import Settings


def prepare(settings: Settings) -> list[str]:
    """Create topics and tables; return the topics that were missing."""
    created = create_topics(settings.kafka_access, Topics(settings.name).all, settings.partitions, settings.replication)
    migrate_database(settings)
    return created


def migrate_database(settings: Settings) -> None:
    """Create or update the tables."""
    from stream.adapters.postgres.migrate import migrate as upgrade  # here, since Alembic takes long to import

    upgrade(settings.postgres.get_secret_value())
