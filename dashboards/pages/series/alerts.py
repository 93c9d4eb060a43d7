"""The alerts of the series, as a table and as marks over all panels."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from dashboards.kit.colors import SEVERITIES
from dashboards.kit.fields import color_words, hide, link_field, override, value
from dashboards.kit.layout import TO_ALERT
from dashboards.kit.panels import PanelSpec, table_panel
from dashboards.kit.sql import CHOSEN, FROM_MS, OF_SERIES, OPEN, TO_MS, Sql, severity_column

MARKS = f"""
    SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
      extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
      'alert: ' || kind || ', ' || severity AS "text", kind || ',' || severity AS "tags"
    FROM alerts WHERE {OF_SERIES} AND fired_at <= $__timeTo() AND ({OPEN} OR resolved_at >= $__timeFrom())
    ORDER BY fired_at LIMIT 200"""


def alerts() -> table.Panel:
    spec = PanelSpec(
        f"When did an alert fire for {CHOSEN}?",
        "Alerts of this series, newest first, whatever the chosen time. A click shows why it fired.",
        "This series has never alerted.",
        unit="none",
        width=14,
    )
    sql = f"""
        SELECT fired_at AS "fired", resolved_at AS "resolved", kind, {severity_column()}, status, id AS "alert_id",
          {FROM_MS} AS "from_ms", {TO_MS} AS "to_ms"
        FROM alerts WHERE {OF_SERIES} ORDER BY fired_at DESC LIMIT 50"""
    panel = hide(table_panel(spec, Sql(sql)), "alert_id", "from_ms", "to_ms")
    override(panel, "severity", *color_words(SEVERITIES))
    override(panel, "resolved", value("noValue", "not yet"))
    return link_field(panel, "fired", "Why did it fire?", TO_ALERT)
