"""One topic or watchlist entry: how much, how negative, whether that was expected, and the stories behind it."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import common

from dashboards.layout import TO_ALERT, Page, assemble, choice, marks
from dashboards.panels import (
    BAD,
    CALM,
    FEW,
    LOOK,
    SEVERITIES,
    Ask,
    banded,
    colored,
    fixed,
    hidden,
    lines,
    linked,
    nothing,
    number,
    override,
    rows,
    stacked,
    value,
    word,
    wrapped,
)
from dashboards.sql import BAND, FROM_MS, OPEN, SERIES, TO_MS, WEB, Sql, decided, over_time, severity
from dashboards.sql import FEW as FEW_DOCUMENTS
from stream.pipeline.windows.independence import UNIT

PAGE = Page(
    "bellwether-series",
    "Bellwether: topic or entity",
    "One topic, or one entry of the watchlist: volume by sentiment, score, observed against expected, alerts, stories.",
    "now-24h",
)
# One step along the primary key per series, for DISTINCT would read a month of rows.
ALL_SERIES = """
    WITH RECURSIVE found AS (
      (SELECT series FROM series_minutes ORDER BY series LIMIT 1)
      UNION ALL
      SELECT (SELECT m.series FROM series_minutes AS m WHERE m.series > found.series ORDER BY m.series LIMIT 1)
      FROM found WHERE found.series IS NOT NULL
    ) SELECT series FROM found WHERE series IS NOT NULL ORDER BY series"""
HERE = f"series = {SERIES}"
SENTIMENTS = {"negative": BAD, "neutral": FEW, "positive": CALM}


def build() -> dict[str, Any]:
    """Return the dashboard."""
    about = "A topic of the classifier, or an entry of the watchlist; type to search."
    mine = f"""
        SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
          extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
          'alert: ' || kind || ', ' || severity AS "text", kind || ',' || severity AS "tags"
        FROM alerts WHERE {HERE} AND fired_at <= $__timeTo() AND ({OPEN} OR resolved_at >= $__timeFrom())
        ORDER BY fired_at LIMIT 200"""
    return assemble(
        PAGE,
        [
            [_state(), _share(), _score_now(), _copies()],
            [_band(), _surprise()],
            [_volume(copies=True), _volume(copies=False)],
            [_tone(), _alerts()],
            [_stories()],
        ],
        [choice("series", "Series", about, ALL_SERIES)],
        [marks("alerts", BAD, mine)],
    )


def _state() -> stat.Panel:
    ask = Ask(
        "What does Bellwether say now?",
        "The latest decision on this series, in the detector's words; of several rules, the one nearest to an alarm.",
        "not judged yet",
        unit="string",
        width=7,
        height=4,
    )
    sql = f"""
        SELECT reason AS "decision" FROM series_state WHERE {HERE}
        ORDER BY score / nullif(threshold, 0) DESC NULLS LAST LIMIT 1"""
    told = {"firing": BAD, "keep firing": BAD, "severity rose": BAD, "resolving": LOOK, "pending": LOOK}
    told |= {"expected": CALM, "resolved": CALM, "accepted as normal": CALM}
    told |= dict.fromkeys(("too few", "warming up", "cannot tell", "muted", "cooling down"), FEW)
    return word(ask, told, Sql(sql))


def _share() -> stat.Panel:
    ask = Ask(
        "How negative lately?",
        f"Negative among independent documents of the hour before the end of the chosen time. Grey: fewer than "
        f"{FEW_DOCUMENTS} documents.",
        "too few",
        unit="percentunit",
        width=5,
        height=4,
    )
    sql = f"""
        SELECT CASE WHEN sum(independent) >= {FEW_DOCUMENTS * UNIT}
          THEN sum(independent_negative)::float8 / sum(independent) END AS "negative share"
        FROM series_minutes
        WHERE {HERE} AND minute <= $__timeTo() AND minute > $__timeTo()::timestamptz - interval '1 hour'"""
    steps = [(None, CALM), (0.4, LOOK), (0.6, BAD)]
    return number(ask, steps, Sql(sql)).decimals(0).mappings([nothing("too few", FEW)])


def _score_now() -> stat.Panel:
    ask = Ask(
        "How far is it from an alarm?",
        "The latest score as a part of its threshold; 100 % fires. Of several rules, the one nearest to an alarm.",
        "not judged yet",
        unit="percentunit",
        width=6,
        height=4,
    )
    sql = f"""
        SELECT max(greatest(score, 0) / nullif(threshold, 0)) AS "score of threshold" FROM series_state WHERE {HERE}"""
    return number(ask, [(None, CALM), (0.7, LOOK), (1, BAD)], Sql(sql)).decimals(0)


def _copies() -> stat.Panel:
    ask = Ask(
        "How many documents are copies?",
        "Part of the documents in the chosen time that repeat a story. An alert counts a story once, however loud.",
        "no documents",
        unit="percentunit",
        width=6,
        height=4,
    )
    sql = f"""
        SELECT 1 - sum(independent)::float8 / {UNIT} / nullif(sum(documents), 0) AS "copies"
        FROM series_minutes WHERE {HERE} AND $__timeFilter(minute)"""
    return number(ask, [(None, CALM), (0.5, LOOK)], Sql(sql)).decimals(0)


def _band() -> timeseries.Panel:
    ask = Ask(
        "Is the negative share inside what was expected?",
        "The line is the negative share of each window, the band what was expected of it before it was looked at. Of "
        "each interval the window with the highest score is drawn.",
        "No decision in this time: the series is warming up, or has too few documents.",
        unit="percentunit",
        height=9,
    )
    return banded(ask, over_time(decided(SERIES, BAND)))


def _surprise() -> timeseries.Panel:
    ask = Ask(
        "How surprising was it?",
        "The score of each window, and the threshold from which it alarms. Zero is what was expected.",
        "No decision in this time: the series is warming up, or has too few documents.",
        height=9,
    )
    panel = lines(ask, over_time(decided(SERIES, 'd.score AS "score", d.threshold AS "threshold"')))
    dashed = value("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})
    override(panel, "threshold", value("color", fixed(LOOK)), dashed, value("custom.fillOpacity", 0))
    return override(panel, "score", value("color", fixed(BAD)))


def _volume(*, copies: bool) -> timeseries.Panel:
    title = "How many documents came, copies included?" if copies else "How many independent stories came?"
    about = "Every document, by sentiment." if copies else "By sentiment; copies of one story count once."
    ask = Ask(
        title,
        about + " Compare the two: a rumour that is copied is high on the left, low on the right.",
        "No documents in this time.",
    )
    prefix, weight = ("", 1) if copies else ("independent_", UNIT)
    sums = ", ".join(f'sum({prefix}{name})::float8 / {weight} AS "{name}"' for name in SENTIMENTS)
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), {sums}
        FROM series_minutes WHERE {HERE} AND $__timeFilter(minute) GROUP BY 1 ORDER BY 1"""
    panel = stacked(ask, over_time(sql))
    for name, color in SENTIMENTS.items():
        override(panel, name, value("color", fixed(color)))
    return panel


def _tone() -> timeseries.Panel:
    ask = Ask(
        "How does the tone move?",
        "Mean of p(positive) - p(negative) over all documents: -1 is all negative, +1 all positive. Thick: the mean of "
        "an hour.",
        "No documents in this time.",
        unit="none",
        width=10,
    )
    sql = f"""
        SELECT bucket AS "time", scores / nullif(documents, 0) AS "tone",
          sum(scores) OVER lately / nullif(sum(documents) OVER lately, 0) AS "tone, mean of an hour"
        FROM (SELECT ($__timeGroup(minute,$__interval))::float8 AS bucket, sum(score)::float8 / 1000000 AS scores,
          sum(documents)::float8 AS documents
          FROM series_minutes WHERE {HERE} AND $__timeFilter(minute) GROUP BY 1) AS buckets
        WINDOW lately AS (ORDER BY bucket RANGE BETWEEN 3540 PRECEDING AND CURRENT ROW)
        ORDER BY 1"""
    panel = lines(ask, over_time(sql)).min(-1).max(1).fill_opacity(0).interval("5m")
    panel.axis_placement(common.AxisPlacement.LEFT)
    override(panel, "tone", value("color", fixed(FEW)), value("custom.lineWidth", 1))
    return override(panel, "tone, mean of an hour", value("color", fixed(CALM)), value("custom.lineWidth", 3))


def _alerts() -> table.Panel:
    ask = Ask(
        "When did it alert?",
        "Alerts of this series, newest first, whatever the chosen time. A click shows why it fired.",
        "This series has never alerted.",
        unit="none",
        width=14,
    )
    sql = f"""
        SELECT fired_at AS "fired", resolved_at AS "resolved", kind, {severity()}, status, id AS "alert_id",
          {FROM_MS} AS "from_ms", {TO_MS} AS "to_ms"
        FROM alerts WHERE {HERE} ORDER BY fired_at DESC LIMIT 50"""
    panel = hidden(rows(ask, Sql(sql)), "alert_id", "from_ms", "to_ms")
    override(panel, "severity", *colored(SEVERITIES))
    override(panel, "resolved", value("noValue", "not yet"))
    return linked(panel, "fired", "Why did it fire?", TO_ALERT)


def _stories() -> table.Panel:
    ask = Ask(
        "Which recent stories are the most negative?",
        "The most negative documents kept of each minute, one per story, with how often it was copied and by how many "
        "sources it was told. Of the day before the end of the chosen time, at most.",
        "No negative document in this time.",
        unit="none",
        width=24,
        height=12,
    )
    sql = f"""
        WITH kept AS MATERIALIZED (
          SELECT story, document, minute, negative, copies, source FROM series_evidence
          WHERE {HERE} AND $__timeFilter(minute) AND minute > $__timeTo()::timestamptz - interval '1 day'
        ), stories AS (
          SELECT story, max(negative) AS negative, sum(copies) AS copies, count(DISTINCT source) AS sources
          FROM kept GROUP BY story ORDER BY max(negative) DESC, sum(copies) DESC, story LIMIT 25
        ), shown AS (
          SELECT DISTINCT ON (story) story, minute, document FROM kept JOIN stories USING (story, negative)
          ORDER BY story, document
        )
        SELECT e.published_at AS "published", e.text AS "story", stories.negative AS "negative", stories.copies,
          stories.sources, e.source, {WEB} AS "link"
        FROM stories JOIN shown USING (story) JOIN series_evidence AS e USING (minute, document)
        WHERE e.{HERE} ORDER BY stories.negative DESC, stories.copies DESC, e.document"""
    panel = rows(ask, Sql(sql))
    override(panel, "negative", value("unit", "percentunit"), value("decimals", 0), value("custom.width", 90))
    override(panel, "copies", value("custom.width", 80))
    override(panel, "sources", value("custom.width", 80))
    override(panel, "source", value("custom.width", 170))
    override(panel, "story", *wrapped())
    override(panel, "link", value("custom.width", 110), value("noValue", "none given"))
    return linked(panel, "link", "Open the document", "${__value.raw}", leaves=True)
