"""Open alerts, the series nearest to an alarm, and the marks of alerts over all panels."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table, timeseries

from dashboards.kit.colors import SEVERITIES
from dashboards.kit.fields import color_words, hide, link_field, override, value
from dashboards.kit.layout import TO_ALERT
from dashboards.kit.panels import PanelSpec, band_panel, table_panel
from dashboards.kit.sql import BAND, FROM_MS, HEAD, OPEN, TO_MS, Sql, decided, name_of, over_time, severity_column

# The overlap test: an alert that began long before the picture and still fires belongs into it.
MARKS = f"""
    SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
      extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
      'alert: ' || {name_of()} AS "text", kind || ',' || severity AS "tags"
    FROM alerts
    WHERE fired_at <= $__timeTo() AND ({OPEN} OR resolved_at >= $__timeFrom()) ORDER BY fired_at LIMIT 200"""


def open_alerts() -> table.Panel:
    spec = PanelSpec(
        "Which alerts are open, and who is on them?",
        "One row per event, the worst first: the alert at its head, and how many others belong to it. A click on the "
        "series shows why it fired and the documents that prove it.",
        "No alert is open.",
        unit="none",
        width=13,
        height=8,
    )
    sql = f"""
        SELECT {name_of("a.series")} || CASE WHEN others.count > 0 THEN ' + ' || others.count ELSE '' END AS "series",
          a.severity, a.fired_at AS "since",
          round((f.decision #>> '{{observation,negatives}}')::numeric) || ' negative of '
            || round((f.decision #>> '{{observation,documents}}')::numeric) AS "seen",
          CASE WHEN a.silenced_by IS NOT NULL THEN 'silenced' WHEN a.status = 'acknowledged'
            THEN coalesce(a.acknowledged_by, 'acknowledged') ELSE 'nobody yet' END
            AS "who is on it", a.id AS "alert_id", {FROM_MS} AS "from_ms", {TO_MS} AS "to_ms"
        FROM (SELECT id, series, status, fired_at, resolved_at, acknowledged_by, silenced_by, level, group_id,
          {severity_column()} FROM alerts WHERE {OPEN} AND {HEAD} ORDER BY level DESC, fired_at DESC LIMIT 50) AS a
        LEFT JOIN LATERAL (SELECT count(*) FROM alerts AS other
          WHERE other.group_id = a.group_id AND other.id <> a.id AND other.{OPEN}) AS others ON true
        LEFT JOIN alert_transitions AS f ON f.alert_id = a.id AND f.step = 'firing'
        ORDER BY a.level DESC, a.fired_at DESC"""
    panel = hide(table_panel(spec, Sql(sql)), "alert_id", "from_ms", "to_ms")
    link_field(panel, "series", "Why did it fire?", TO_ALERT)
    override(panel, "severity", *color_words(SEVERITIES), value("custom.width", 110))
    override(panel, "who is on it", value("custom.width", 110))
    return override(panel, "seen", value("custom.width", 135))


def most_suspicious() -> timeseries.Panel:
    spec = PanelSpec(
        "Is the most suspicious series inside what was expected?",
        "The series whose latest score is highest beside its threshold. The line is its negative share per window, "
        "the band what was expected of it. Of each interval the window with the highest score is drawn.",
        "No decision in this time: series are warming up, or have too few documents.",
        unit="percentunit",
        width=11,
    )
    loudest = """(SELECT series FROM series_state WHERE kind = 'negative' AND threshold > 0
          ORDER BY score / threshold DESC, series LIMIT 1)"""
    panel = band_panel(spec, over_time(decided(loudest, f'{BAND}, {name_of("d.series")} AS "series"')))
    for name in ("expected, at most", "expected, at least"):
        override(panel, name, value("displayName", name))  # its name without the series: the band is found by it
    return override(panel, "observed", value("displayName", "${__field.labels.series}, observed"))
