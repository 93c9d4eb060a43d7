"""Every Prometheus metric name of Bellwether, on one registry that nothing else writes to."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

DOCUMENTS = Counter(
    "bellwether_documents", "Documents that left a stage.", ["stage", "outcome"], registry=REGISTRY
)  # classify: scored, dead-letter; aggregate: counted, repeated
CLASSIFIED = Counter(
    "bellwether_classified", "Texts by who answered: the model, or the cache.", ["by"], registry=REGISTRY
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
DATA_AGE = Gauge("bellwether_data_age_seconds", "Now minus the watermark.", registry=REGISTRY)
WATERMARK = Gauge("bellwether_watermark_seconds", "The watermark, event time since 1970.", registry=REGISTRY)
WATCHED = Gauge("bellwether_watchlist_entries", "Entries of the watchlist in use.", registry=REGISTRY)
WATCHLIST_READS = Counter(
    "bellwether_watchlist_reads", "Times that a changed watchlist was read.", ["result"], registry=REGISTRY
)  # accepted, refused
RULES = Gauge("bellwether_rules", "Rules in force.", registry=REGISTRY)
RULES_READS = Counter(
    "bellwether_rules_reads", "Times that a changed file of rules was read.", ["result"], registry=REGISTRY
)  # accepted, refused
PROJECTED = Counter("bellwether_projected_rows", "Rows of minutes sent to PostgreSQL.", registry=REGISTRY)
DECISIONS = Counter("bellwether_decisions", "Decisions, one per series and minute.", ["reason"], registry=REGISTRY)
ALERTS = Counter("bellwether_alerts", "Alerts that changed.", ["status"], registry=REGISTRY)
DELIVERIES = Counter(
    "bellwether_deliveries", "Attempts to deliver a notification.", ["receiver", "result"], registry=REGISTRY
)  # delivered, failed, given-up
