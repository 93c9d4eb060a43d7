"""What stands still, or is about to: partitions, loops of a worker, the broker, Redis's memory."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from dashboards.kit import promql
from dashboards.kit.colors import BAD, CALM, SECOND_LINE
from dashboards.kit.fields import color_lines
from dashboards.kit.panels import PanelSpec, line_panel
from dashboards.kit.promql import NO_METRICS


def partitions() -> timeseries.Panel:
    spec = PanelSpec(
        "Does a partition stand still?",
        "Seconds for which records have waited in a partition without a commit of the stage: zero where all moves. "
        "From BELLWETHER_STALL_AFTER on, /healthz says so.",
        NO_METRICS,
        "s",
    )
    expression = "max by (stage, topic, partition) (bellwether_partition_standing_seconds)"
    return line_panel(spec, promql.over_time(expression, "{{stage}}: {{topic}}/{{partition}}"))


def loops() -> timeseries.Panel:
    spec = PanelSpec(
        "Is a loop of a worker silent?",
        "Seconds by which a loop's tick is late: one that does not end or does not begin. Near zero where all is well.",
        NO_METRICS,
        "s",
    )
    return line_panel(spec, promql.over_time("max by (loop) (bellwether_loop_overdue_seconds)", "{{loop}}"))


def memory() -> timeseries.Panel:
    spec = PanelSpec(
        "How full is Redis?",
        "Memory in use, and the limit; no line of a limit is none. It never evicts: at the limit nothing is counted "
        "any more, and records wait in Kafka. docs/operations.md says how much it takes.",
        NO_METRICS,
        "bytes",
        width=8,
    )
    used = promql.over_time("max(bellwether_redis_memory_bytes)", "in use")
    limit = promql.over_time("max(bellwether_redis_memory_limit_bytes)", "limit", "B")
    return color_lines(line_panel(spec, used, limit), {"in use": CALM, "limit": BAD})


def broker() -> timeseries.Panel:
    spec = PanelSpec(
        "Does the broker answer?",
        "Seconds since a worker last read the offsets from the broker; it asks every five.",
        NO_METRICS,
        "s",
        width=8,
    )
    return color_lines(
        line_panel(spec, promql.over_time("bellwether_broker_silent_seconds", "{{instance}}")), {"": CALM}
    )


def clocks() -> timeseries.Panel:
    spec = PanelSpec(
        "Do the clocks agree?",
        "How far a worker's clock is ahead of that of the broker and of Redis; below zero it is behind.",
        NO_METRICS,
        "s",
        width=8,
    )
    panel = line_panel(spec, promql.over_time("bellwether_clock_offset_seconds", "{{instance}} ahead of {{to}}"))
    return color_lines(panel, {"redis$": CALM, "broker$": SECOND_LINE})
