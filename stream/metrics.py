"""Every Prometheus metric name of Bellwether, on one registry that nothing else writes to."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(namespace="bellwether", registry=REGISTRY)  # bellwether_process_cpu_seconds_total, memory, files
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

DOCUMENTS = Counter(
    "bellwether_documents", "Documents that left a stage.", ["stage", "outcome"], registry=REGISTRY
)  # classify: scored, not-read, dead-letter; aggregate: counted, repeated, late, dead-letter
CLASSIFIED = Counter(
    "bellwether_classified", "Texts by who answered: the model, or the cache.", ["by"], registry=REGISTRY
)
NOT_READ = Counter(
    "bellwether_not_read_documents",
    "Documents in a language that the model does not read.",
    ["language"],
    registry=REGISTRY,
)
MODEL_BUSY = Counter(
    "bellwether_model_busy_seconds", "Seconds that classifying took; one batch at a time.", registry=REGISTRY
)
NEWEST = Gauge(
    "bellwether_newest_document_seconds",
    "Newest publishing time seen on a topic of raw documents, seconds since 1970.",
    ["topic"],
    registry=REGISTRY,
)
BATCH = Histogram(
    "bellwether_batch_documents",
    "Documents in a batch.",
    ["stage"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "bellwether_stage_seconds", "Seconds that a batch or a tick takes.", ["stage"], buckets=_SECONDS, registry=REGISTRY
)
LATENCY = Histogram(
    "bellwether_latency_seconds",
    "Seconds from a raw document's time on the broker to a point of its way.",
    ["until"],
    buckets=(*_SECONDS, 60, 300),
    registry=REGISTRY,
)  # scored, counted
RETRIES = Counter("bellwether_retries", "Failures of a stage that were tried again.", ["stage"], registry=REGISTRY)
LAG = Gauge("bellwether_lag_documents", "Records that wait for a stage.", ["stage"], registry=REGISTRY)
PARTITION_LAG = Gauge(
    "bellwether_partition_lag_records",
    "Records that wait for a stage in a partition.",
    ["stage", "topic", "partition"],
    registry=REGISTRY,
)
PARTITION_STANDING = Gauge(
    "bellwether_partition_standing_seconds",
    "Seconds for which records have waited in a partition without a commit of the stage.",
    ["stage", "topic", "partition"],
    registry=REGISTRY,
)
BROKER_SILENT = Gauge(
    "bellwether_broker_silent_seconds", "Seconds since the broker last told the offsets.", registry=REGISTRY
)
LOOP_SILENT = Gauge(
    "bellwether_loop_silent_seconds", "Seconds since a loop last ended a tick.", ["loop"], registry=REGISTRY
)
LOOP_OVERDUE = Gauge(
    "bellwether_loop_overdue_seconds",
    "Seconds by which a loop's tick is late: one that does not end, or does not begin.",
    ["loop"],
    registry=REGISTRY,
)  # detect, project, notify-<receiver> and so on
REDIS_MEMORY = Gauge("bellwether_redis_memory_bytes", "Memory that Redis uses.", registry=REGISTRY)
REDIS_MEMORY_LIMIT = Gauge(
    "bellwether_redis_memory_limit_bytes", "Memory that Redis may use; 0 is no limit.", registry=REGISTRY
)
REDIS_EVICTS = Gauge(
    "bellwether_redis_evicts", "1 where Redis would throw windows away when its memory is full.", registry=REGISTRY
)
DATA_AGE = Gauge("bellwether_data_age_seconds", "Now minus the watermark.", registry=REGISTRY)
WATERMARK = Gauge("bellwether_watermark_seconds", "The watermark, event time since 1970.", registry=REGISTRY)
CLOCK = Gauge(
    "bellwether_clock_offset_seconds",
    "How far this worker's clock is ahead of another: of redis, or of the broker.",
    ["to"],
    registry=REGISTRY,
)
FILE_ENTRIES = Gauge(
    "bellwether_file_entries", "Entries in use of a file that people edit.", ["file"], registry=REGISTRY
)  # watchlist, rules, routes, tokens
FILE_READS = Counter(
    "bellwether_file_reads", "Times that such a file had changed and was read.", ["file", "result"], registry=REGISTRY
)  # accepted, refused
REBUILDS = Counter("bellwether_rebuilds", "Times that lost windows were rebuilt from the log.", registry=REGISTRY)
READ_AGAIN = Counter(
    "bellwether_documents_read_again",
    "Documents added from the log because the store had come back older.",
    registry=REGISTRY,
)
PROJECTED = Counter("bellwether_projected_rows", "Rows of minutes sent to PostgreSQL.", registry=REGISTRY)
DECISIONS = Counter("bellwether_decisions", "Decisions, one per series and minute.", ["reason"], registry=REGISTRY)
ALERTS = Counter("bellwether_alerts", "Alerts that changed.", ["status"], registry=REGISTRY)
SERIES = Gauge("bellwether_series", "Series that some rule decides on.", registry=REGISTRY)
SERIES_HEARD = Gauge(
    "bellwether_series_heard", "Those in which an event of a size that happens would fire now.", registry=REGISTRY
)
UNHEARD_NEED = Gauge(
    "bellwether_unheard_series_need",
    "The least that would fire in one of the others: so many negatives (or documents), in so many minutes.",
    ["what"],
    registry=REGISTRY,
)  # negatives, minutes
DELIVERIES = Counter(
    "bellwether_deliveries", "Attempts to deliver a notification.", ["receiver", "result"], registry=REGISTRY
)  # delivered, failed, given-up, no-news
WAITING = Gauge("bellwether_deliveries_waiting", "Notifications on their way.", ["receiver"], registry=REGISTRY)
DISABLED = Gauge("bellwether_receiver_disabled", "1 for a receiver that is disabled.", ["receiver"], registry=REGISTRY)
FAILING = Gauge(
    "bellwether_receiver_failing_seconds",
    "For how long a receiver has taken nothing, from its first failure on; 0 where nothing waits that failed.",
    ["receiver"],
    registry=REGISTRY,
)
REMINDERS = Counter("bellwether_reminders", "Notifications that were repeated or kept back.", registry=REGISTRY)
FEED_LOOKS = Counter(
    "bellwether_feed_looks", "Looks at sources that are read, by what came of them.", ["result"], registry=REGISTRY
)  # new, nothing-new, unchanged, damaged, failed
FEED_DOCUMENTS = Counter(
    "bellwether_feed_documents", "Documents that sources had.", ["outcome"], registry=REGISTRY
)  # new, changed, refused
FEED_SOURCES = Gauge(
    "bellwether_feed_sources", "Sources that are read, by how they are.", ["state"], registry=REGISTRY
)  # ok, failing, silent, disabled, waiting
_newest: dict[str, float] = {}


def saw_document(topic: str, published_at: float) -> None:
    """Keep the newest publishing time of ``topic``: documents come in any order, and a replay brings old ones."""
    if published_at > _newest.get(topic, 0.0):
        _newest[topic] = published_at
        NEWEST.labels(topic).set(published_at)
