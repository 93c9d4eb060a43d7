"""Is anything wrong now? The page that stays open: a verdict in words, then topics, open alerts, and how it came."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import stat, statushistory, table, timeseries
from grafana_foundation_sdk.models import common

from dashboards.layout import TO_ALERT, Page, assemble, marks
from dashboards.panels import (
    BAD,
    CALM,
    FAINT,
    FEW,
    LOOK,
    SEVERITIES,
    Ask,
    banded,
    between,
    colored,
    hidden,
    history,
    link,
    linked,
    nothing,
    number,
    override,
    rows,
    tiles,
    value,
    words,
)
from dashboards.sql import (
    AGE,
    BAND,
    BUCKETS,
    CANNOT_TELL,
    COMPLETE,
    FROM_MS,
    OPEN,
    TO_MS,
    TOPICS,
    Sql,
    decided,
    over_time,
    severity,
)
from dashboards.sql import FEW as FEW_DOCUMENTS

PAGE = Page(
    "bellwether-overview",
    "Bellwether: is anything wrong now?",
    "One page to keep open: whether bad news gathers, where, and whether Bellwether itself is up to date.",
    "now-6h",
)
LATELY = "PARTITION BY series ORDER BY bucket RANGE BETWEEN 3540 PRECEDING AND CURRENT ROW"  # an hour
VERDICTS = {
    0: ("Nothing is wrong", CALM),
    1: ("Cannot tell: too few documents", FEW),
    2: ("Bad news gathers", BAD),
    3: ("No new data: cannot tell", BAD),
    4: ("Bad news gathers, no new data", BAD),
    5: ("Nothing was read yet", FEW),
}
DEVIATIONS = [
    between(-99, -3, "far calmer than usual", "#1f60c4"),
    between(-3, -2, "calmer", "#5794f2aa"),
    between(-2, 2, "as usual", FAINT),
    between(2, 3, "more negative", LOOK),
    between(3, 99, "far more negative than usual", BAD),
    nothing("too few documents", "#8e8e8e40"),
]


def build() -> dict[str, Any]:
    """Return the dashboard."""
    return assemble(
        PAGE,
        [
            [_verdict(), _open(), _over(), _volume(), _age()],
            [_topics()],
            [_alerts(), _loudest()],
            [_course()],
        ],
        annotations=[marks("alerts", BAD, ALERT_MARKS)],
    )


# The overlap test: an alert that began long before the picture and still fires belongs into it.
ALERT_MARKS = f"""
    SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
      extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
      'alert: ' || series AS "text", kind || ',' || severity AS "tags"
    FROM alerts
    WHERE fired_at <= $__timeTo() AND ({OPEN} OR resolved_at >= $__timeFrom()) ORDER BY fired_at LIMIT 200"""


def _verdict() -> stat.Panel:
    ask = Ask(
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
        FROM (SELECT {AGE} FROM series_minutes) AS data (age),
          (SELECT count(*) FROM alerts WHERE {OPEN} AND silenced_by IS NULL) AS open_alerts (firing),
          (SELECT count(*) FROM series_state WHERE reason NOT IN {CANNOT_TELL}) AS states (judged)"""
    panel = (
        number(ask, [(None, FEW)], Sql(sql)).mappings([words(VERDICTS)]).text(common_builders.VizTextDisplayOptions())
    )
    return panel.color_mode(common.BigValueColorMode.BACKGROUND_SOLID)


def _open() -> stat.Panel:
    ask = Ask(
        "Open alerts?",
        "Alerts that fire or were acknowledged, and have not resolved. The table below lists them.",
        "unknown",
        unit="none",
        width=3,
        height=4,
    )
    sql = f"""SELECT count(*) AS "open alerts" FROM alerts WHERE {OPEN}"""
    return number(ask, [(None, CALM), (1, BAD)], Sql(sql)).mappings([words({0: ("none", CALM)})])


def _over() -> stat.Panel:
    ask = Ask(
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
    return number(ask, [(None, CALM), (1, LOOK)], Sql(sql)).mappings([words({0: ("none", CALM)})])


def _volume() -> stat.Panel:
    ask = Ask(
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
    panel = number(ask, [(None, CALM)], over_time(sql)).decimals(1).interval("5m").max_data_points(72)
    return panel.graph_mode(common.BigValueGraphMode.AREA)


def _age() -> stat.Panel:
    ask = Ask(
        "How old is the newest data?",
        "Now minus the end of the newest minute that holds a document. Orange from two minutes on, red from five: "
        "stale. Then nothing on this page says how things are now.",
        "nothing was read yet",
        unit="dtdurations",
        width=5,
        height=4,
    )
    sql = f"""SELECT {AGE} AS "data age" FROM series_minutes"""
    return number(ask, [(None, CALM), (120, LOOK), (300, BAD)], Sql(sql)).decimals(0)


def _topics() -> stat.Panel:
    ask = Ask(
        "How negative is each topic?",
        f"Negative among independent documents (copies of one story count once) of the last hour, and its course. "
        f"Orange from 40 %, red from 60 %: a level, not yet an alarm, for topics differ. Grey: fewer than "
        f"{FEW_DOCUMENTS} documents. Click a tile for the topic.",
        "too few",
        unit="percentunit",
        width=24,
        height=8,
    )
    sql = f"""
        SELECT bucket AS "time", substr(series, 7) AS "topic", CASE WHEN sum(documents) OVER lately >= {FEW_DOCUMENTS}
          THEN sum(negatives) OVER lately / sum(documents) OVER lately END AS "negative share"
        FROM ({BUCKETS}) AS buckets
        WINDOW lately AS ({LATELY})
        ORDER BY 1, 2"""
    panel = tiles(ask, [(None, CALM), (0.4, LOOK), (0.6, BAD)], over_time(sql)).decimals(0).min(0).max(1)
    panel.display_name("${__field.labels.topic}").interval("5m").max_data_points(72)
    url = "/d/bellwether-series?${__url_time_range}&var-series=topic:${__field.labels.topic:percentencode}"
    return panel.override_by_field_type("number", [link("Show this topic", url)])


def _alerts() -> table.Panel:
    ask = Ask(
        "Which alerts are open, and who is on them?",
        "Open alerts, the worst first. A click on the series shows why it fired and the documents that prove it.",
        "No alert is open.",
        unit="none",
        width=13,
        height=8,
    )
    sql = f"""
        SELECT a.series, a.severity, a.fired_at AS "since",
          round((f.decision #>> '{{observation,negatives}}')::numeric) || ' negative of '
            || round((f.decision #>> '{{observation,documents}}')::numeric) AS "seen",
          CASE WHEN a.silenced_by IS NOT NULL THEN 'silenced' WHEN a.status = 'acknowledged'
            THEN coalesce(a.acknowledged_by, 'acknowledged') ELSE 'nobody yet' END
            AS "who is on it", a.id AS "alert_id", {FROM_MS} AS "from_ms", {TO_MS} AS "to_ms"
        FROM (SELECT id, series, status, fired_at, resolved_at, acknowledged_by, silenced_by, level,
          {severity()} FROM alerts WHERE {OPEN} ORDER BY level DESC, fired_at DESC LIMIT 50) AS a
        LEFT JOIN alert_transitions AS f ON f.alert_id = a.id AND f.step = 'firing'
        ORDER BY a.level DESC, a.fired_at DESC"""
    panel = hidden(rows(ask, Sql(sql)), "alert_id", "from_ms", "to_ms")
    linked(panel, "series", "Why did it fire?", TO_ALERT)
    override(panel, "severity", *colored(SEVERITIES), value("custom.width", 110))
    override(panel, "who is on it", value("custom.width", 110))
    return override(panel, "seen", value("custom.width", 135))


def _loudest() -> timeseries.Panel:
    ask = Ask(
        "Is the most suspicious series inside what was expected?",
        "The series whose latest score is highest beside its threshold. The line is its negative share per window, "
        "the band what was expected of it. Of each interval the window with the highest score is drawn.",
        "No decision in this time: series are warming up, or have too few documents.",
        unit="percentunit",
        width=11,
    )
    loudest = """(SELECT series FROM series_state WHERE kind = 'negative' AND threshold > 0
          ORDER BY score / threshold DESC, series LIMIT 1)"""
    panel = banded(ask, over_time(decided(loudest, f'{BAND}, d.series AS "series"')))
    for name in ("expected, at most", "expected, at least"):
        override(panel, name, value("displayName", name))  # its name without the series: the band is found by it
    return override(panel, "observed", value("displayName", "${__field.labels.series}, observed"))


def _course() -> statushistory.Panel:
    ask = Ask(
        "When was which topic more negative than usual?",
        "Negatives of the hour up to each cell beside what is usual for the topic, in standard deviations: within two "
        f"is chance. Orange from two on, red from three, blue calmer, grey fewer than {FEW_DOCUMENTS} documents. It is "
        "no alarm: of so many cells some are red by chance.",
        "No documents in this time.",
        unit="none",
        width=24,
        height=13,
    )
    sql = f"""
        SELECT bucket AS "time", substr(series, 7) AS "topic", CASE WHEN documents >= {FEW_DOCUMENTS} THEN
          (negatives - documents * usual) / sqrt(documents * usual * (1 - usual) + 0.25) END AS "more than usual"
        FROM (SELECT bucket, series, sum(documents) OVER lately AS documents, sum(negatives) OVER lately AS negatives,
            coalesce(usual, sum(negatives) OVER whole / nullif(sum(documents) OVER whole, 0)) AS usual
          FROM ({BUCKETS}) AS buckets LEFT JOIN (SELECT series, min(expected_share) AS usual FROM series_state
            WHERE kind = 'negative' GROUP BY series) AS states USING (series)
          WINDOW whole AS (PARTITION BY series), lately AS ({LATELY})) AS hours
        ORDER BY 1, 2"""
    return history(ask, DEVIATIONS, over_time(sql)).display_name("${__field.labels.topic}")
