"""What stands still, or is about to: partitions, loops of a worker, the broker, Redis's memory."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from dashboards import promql
from dashboards.panels import BAD, CALM, OTHER, Ask, lines, painted
from dashboards.promql import NO_METRICS


def partitions() -> timeseries.Panel:
    """Return the panel of partitions that stand."""
    ask = Ask(
        "Does a partition stand still?",
        "Seconds for which records have waited in a partition without a commit of the stage: zero where all moves. "
        "From BELLWETHER_STALL_AFTER on, /healthz says so.",
        NO_METRICS,
        "s",
    )
    expression = "max by (stage, topic, partition) (bellwether_partition_standing_seconds)"
    return lines(ask, promql.over_time(expression, "{{stage}}: {{topic}}/{{partition}}"))


def loops() -> timeseries.Panel:
    """Return the panel of loops that are late."""
    ask = Ask(
        "Is a loop of a worker silent?",
        "Seconds by which a loop's tick is late: one that does not end or does not begin. Near zero where all is well.",
        NO_METRICS,
        "s",
    )
    return lines(ask, promql.over_time("max by (loop) (bellwether_loop_overdue_seconds)", "{{loop}}"))


def memory() -> timeseries.Panel:
    """Return the panel of Redis's memory."""
    ask = Ask(
        "How full is Redis?",
        "Memory in use, and the limit; no line of a limit is none. It never evicts: at the limit nothing is counted "
        "any more, and records wait in Kafka. docs/operations.md says how much it takes.",
        NO_METRICS,
        "bytes",
        width=8,
    )
    used = promql.over_time("max(bellwether_redis_memory_bytes)", "in use")
    limit = promql.over_time("max(bellwether_redis_memory_limit_bytes)", "limit", "B")
    return painted(lines(ask, used, limit), {"in use": CALM, "limit": BAD})


def broker() -> timeseries.Panel:
    """Return the panel of a broker that does not answer."""
    ask = Ask(
        "Does the broker answer?",
        "Seconds since a worker last read the offsets from the broker; it asks every five.",
        NO_METRICS,
        "s",
        width=8,
    )
    return painted(lines(ask, promql.over_time("bellwether_broker_silent_seconds", "{{instance}}")), {"": CALM})


def clocks() -> timeseries.Panel:
    """Return the panel of how far clocks differ."""
    ask = Ask(
        "Do the clocks agree?",
        "How far a worker's clock is ahead of that of the broker and of Redis; below zero it is behind.",
        NO_METRICS,
        "s",
        width=8,
    )
    panel = lines(ask, promql.over_time("bellwether_clock_offset_seconds", "{{instance}} ahead of {{to}}"))
    return painted(panel, {"redis$": CALM, "broker$": OTHER})
