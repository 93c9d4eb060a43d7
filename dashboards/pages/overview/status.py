"""How things stand now: a verdict in words, and the figures behind it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common

from dashboards.kit.colors import ATTENTION, BAD, CALM, UNKNOWN
from dashboards.kit.fields import calm_none, number_words
from dashboards.kit.panels import PanelSpec, number_panel
from dashboards.kit.sql import AGE, CANNOT_TELL, COMPLETE, OPEN, TOPICS, Sql, over_time

VERDICTS = {
    0: ("Nothing is wrong", CALM),
    1: ("Cannot tell: too few documents", UNKNOWN),
    2: ("Bad news: an alert is open", BAD),
    3: ("No new data: cannot tell", BAD),
    4: ("An alert is open, and no new data", BAD),
    5: ("Nothing was read yet", UNKNOWN),
}


def verdict() -> stat.Panel:
    spec = PanelSpec(
        "Is anything wrong now?",
        "Red: an alert is open, or no new data came for five minutes. Grey: there are too few documents to tell. "
        "Blue: series are judged, and none alerts. Alerts that somebody silenced do not count.",
        "Nothing was read yet",
        unit="none",
        width=7,
        height=4,
    )
    sql = f"""
        SELECT CASE WHEN age IS NULL THEN 5 WHEN firing > 0 AND age > 300 THEN 4 WHEN age > 300 THEN 3
          WHEN firing > 0 THEN 2 WHEN judged = 0 THEN 1 ELSE 0 END AS "verdict"
        FROM ({AGE}) AS data (age),
          (SELECT count(*) FROM alerts WHERE {OPEN} AND silenced_by IS NULL) AS open_alerts (firing),
          (SELECT count(*) FROM series_state WHERE reason NOT IN {CANNOT_TELL}) AS states (judged)"""
    panel = (
        number_panel(spec, [(None, UNKNOWN)], Sql(sql))
        .mappings([number_words(VERDICTS)])
        .text(common_builders.VizTextDisplayOptions())
    )
    return panel.color_mode(common.BigValueColorMode.BACKGROUND_SOLID)


def open_alerts() -> stat.Panel:
    spec = PanelSpec(
        "Open alerts?",
        "Alerts that fire or were acknowledged, and have not resolved. The table below lists them.",
        "unknown",
        unit="none",
        width=3,
        height=4,
    )
    sql = f"""SELECT count(*) AS "open alerts" FROM alerts WHERE {OPEN}"""
    return number_panel(spec, [(None, CALM), (1, BAD)], Sql(sql)).mappings([calm_none()])


def over_threshold() -> stat.Panel:
    spec = PanelSpec(
        "Series over the line?",
        "Series whose latest window scores at least its threshold. More than open alerts: an alert may still be "
        "pending, muted or cooling down.",
        "unknown",
        unit="none",
        width=4,
        height=4,
    )
    sql = """
        SELECT count(DISTINCT series) AS "series" FROM series_state
        WHERE threshold > 0 AND score >= threshold AND evaluated > now() - interval '1 hour'"""
    return number_panel(spec, [(None, CALM), (1, ATTENTION)], Sql(sql)).mappings([calm_none()])


def volume() -> stat.Panel:
    spec = PanelSpec(
        "Documents a minute?",
        "Documents of all topics, copies included, averaged over each interval of the chart.",
        "no documents",
        unit="none",
        width=5,
        height=4,
    )
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), sum(documents) * 60000.0 / $__interval_ms AS "documents a minute"
        FROM ({TOPICS}) AS topics WHERE {COMPLETE} GROUP BY 1 ORDER BY 1"""
    panel = number_panel(spec, [(None, CALM)], over_time(sql)).decimals(1).interval("5m").max_data_points(72)
    return panel.graph_mode(common.BigValueGraphMode.AREA)


def data_age() -> stat.Panel:
    spec = PanelSpec(
        "How old is the newest data?",
        "Now minus the end of the newest minute that holds a document. Orange from two minutes on, red from five: "
        "stale. Then nothing on this page says how things are now.",
        "nothing was read yet",
        unit="dtdurations",
        width=5,
        height=4,
    )
    return number_panel(spec, [(None, CALM), (120, ATTENTION), (300, BAD)], Sql(AGE)).decimals(0)
