"""Sources that are read: how they are, what looks at them give, and each of them in words."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table, timeseries

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, BAD, CALM, SECOND_LINE, UNKNOWN
from dashboards.kit.fields import color_lines, color_words, override, value
from dashboards.kit.panels import PanelSpec, line_panel, stacked_panel, table_panel
from dashboards.kit.promql import RANGE
from dashboards.kit.sql import Sql
from stream.pipeline.feeds.health import RHYTHM_AFTER, SILENT_LEAST, SILENT_TIMES

STATES = {"ok": CALM, "silent": ATTENTION, "failing": BAD, "disabled": BAD, "waiting": UNKNOWN}
NO_FEEDS = "No worker reads sources: BELLWETHER_FEEDS names none."
# As stream.pipeline.feeds.health.state_of has it.
STATE = f"""CASE WHEN disabled IS NOT NULL THEN 'disabled' WHEN failures > 0 THEN 'failing'
          WHEN arrivals >= {RHYTHM_AFTER} AND extract(epoch FROM now() - new_at) >
            greatest({SILENT_TIMES} * longest_gap, {SILENT_LEAST.total_seconds():.0f}) THEN 'silent'
          ELSE 'ok' END"""


def states() -> timeseries.Panel:
    spec = PanelSpec(
        "How are the sources?",
        "Sources that are read, by how they are. Silent: nothing new for twice the longest pause so far. Disabled: "
        "its server says that it is gone for good; `bellwether feeds enable NAME` asks again.",
        NO_FEEDS,
    )
    return color_lines(
        stacked_panel(spec, promql.over_time("max by (state) (bellwether_feed_sources)", "{{state}}")), STATES
    )


def looks() -> timeseries.Panel:
    spec = PanelSpec(
        "What do looks at sources give?",
        "Looks a minute, by what came of them. Unchanged: the server said so (304), which is the usual case.",
        NO_FEEDS,
    )
    expression = f"sum by (result) (60 * rate(bellwether_feed_looks_total{RANGE}))"
    colors = {"new": CALM, "unchanged": UNKNOWN, "nothing-new": SECOND_LINE, "damaged": ATTENTION, "failed": BAD}
    return color_lines(line_panel(spec, promql.over_time(expression, "{{result}}")), colors)


def sources() -> table.Panel:
    spec = PanelSpec(
        "Which sources need a look?",
        "The sources, those that are not well first: when something new last came, how often nothing had changed, and "
        "what is wrong.",
        NO_FEEDS,
        width=24,
    )
    sql = f"""
        SELECT name AS "source", state, format AS "what", new_at AS "last new", succeeded_at AS "last success",
          unchanged AS "unchanged", documents AS "documents", problem AS "problem"
        FROM (SELECT name, coalesce(kind, '') AS format, new_at, succeeded_at, documents,
            CASE WHEN looks > 0 THEN round(100.0 * unchanged / looks)::text || ' %' END AS unchanged,
            coalesce(disabled, error, '') AS problem, {STATE} AS state
          FROM feed_health) AS s
        ORDER BY array_position(ARRAY['disabled','failing','silent','ok'], state), name LIMIT 500"""
    panel = table_panel(spec, Sql(sql))
    return override(panel, "state", *color_words(STATES), value("custom.width", 100))
