"""The tables in Postgres, as SQLAlchemy metadata. The migrations make them; a test holds the two together.

Times named ``minute``, ``evaluated``, ``at``, ``fired_at``, ``resolved_at`` and ``published_at`` are event times, the
others wall clock.
"""

from stream.adapters.postgres.tables.alerts import (
    alert_evidence,
    alert_transitions,
    alerts,
    deliveries,
    receivers,
    silences,
)
from stream.adapters.postgres.tables.base import metadata
from stream.adapters.postgres.tables.detection import (
    alert_records,
    detector_changes,
    detector_state,
    series_decisions,
    series_state,
)
from stream.adapters.postgres.tables.erasure import erased_documents
from stream.adapters.postgres.tables.feeds import feed_health, feed_hosts, feed_items, feed_sources
from stream.adapters.postgres.tables.series import series_evidence, series_minutes, topic_hours

__all__ = [
    "alert_evidence",
    "alert_records",
    "alert_transitions",
    "alerts",
    "deliveries",
    "detector_changes",
    "detector_state",
    "erased_documents",
    "feed_health",
    "feed_hosts",
    "feed_items",
    "feed_sources",
    "metadata",
    "receivers",
    "series_decisions",
    "series_evidence",
    "series_minutes",
    "series_state",
    "silences",
    "topic_hours",
]
