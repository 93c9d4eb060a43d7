"""One alert: why it fired, whether it stands on more than one voice, the documents, and what came of it."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import stat, table, timeseries

from dashboards import alert_life as life
from dashboards.layout import Page, assemble, choice, marks
from dashboards.panels import (
    BAD,
    CALM,
    FEW,
    LOOK,
    SEVERITIES,
    STATUSES,
    Ask,
    banded,
    colored,
    fixed,
    number,
    override,
    rows,
    stacked,
    value,
    word,
    wrapped,
)
from dashboards.sql import ALERT, BAND, Sql, decided, over_time, severity
from stream.pipeline.windows.independence import UNIT

PAGE = Page(
    "bellwether-alert",
    "Bellwether: why did this alert fire?",
    "One alert: the decision in words and numbers, the half hours around it, evidence, steps, deliveries, delays.",
    "now-24h",
    refresh="1m",
)
ALL_ALERTS = """
    SELECT id AS "__value", series || ', ' || to_char(fired_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, '
      || status AS "__text" FROM alerts ORDER BY fired_at DESC, id LIMIT 500"""
THE_SERIES = f"(SELECT series FROM alerts WHERE id = {ALERT})"
FIRING = f"FROM alert_transitions WHERE alert_id = {ALERT} AND step = 'firing'"
SEEN = "decision -> 'observation'"


def build() -> dict[str, Any]:
    """Return the dashboard."""
    about = "An alert, newest first; type to search. An older one is found by its id."
    span = f"""
        SELECT extract(epoch FROM fired_at)::bigint * 1000 AS "time",
          extract(epoch FROM coalesce(resolved_at, now()))::bigint * 1000 AS "timeend",
          'this alert: ' || status AS "text", severity AS "tags"
        FROM alerts WHERE id = {ALERT}"""
    return assemble(
        PAGE,
        [
            [_reason()],
            [_status(), _severity(), _score(), _voices()],
            [_around(), _volume()],
            [_numbers(), _robust()],
            [life.evidence()],
            [life.steps()],
            [life.told()],
            [life.ledger()],
        ],
        [choice("alert_id", "Alert", about, ALL_ALERTS)],
        [marks("this alert", BAD, span)],
    )


def _reason() -> table.Panel:
    ask = Ask(
        "Why did it fire?",
        "The decision in words, as the webhook had it.",
        "There is no such alert. Choose one above.",
        unit="none",
        width=24,
        height=4,
    )
    sql = f"""
        SELECT a.series AS "series", CASE WHEN coalesce(d.detail, '') <> '' THEN d.detail ELSE
          round(d.negatives::numeric, 1) || ' of ' || round(d.documents::numeric, 1) || ' independent documents in '
            || d.length || ' minutes were negative; at the usual share of ' || round(100 * d.share::numeric)
            || ' % it would have been ' || round((d.documents * d.share)::numeric, 1) || '. The score was '
            || round(d.score::numeric, 1) || ', an alert needs ' || round(d.threshold::numeric, 1) || '.' END
          AS "why it fired"
        FROM alerts AS a LEFT JOIN ({_firing()}) AS d ON true WHERE a.id = {ALERT}"""
    panel = rows(ask, Sql(sql))
    override(panel, "series", value("custom.width", 260))
    return override(panel, "why it fired", *wrapped())


def _firing() -> str:
    """Return a subquery of the decision that fired, its numbers as columns."""
    numbers = {"negatives": "negatives", "documents": "documents", "share": "expected_share", "score": "score"}
    numbers |= {"threshold": "threshold", "low": "expected_low", "high": "expected_high", "usual": "usual_negatives"}
    columns = ", ".join(f"({SEEN} ->> '{key}')::float8 AS {name}" for name, key in numbers.items())
    return f"SELECT {columns}, {SEEN} ->> 'window' AS length, decision ->> 'detail' AS detail, decision {FIRING}"


def _status() -> stat.Panel:
    ask = Ask("Is it still open?", "Where the alert stands.", "no such alert", unit="string", width=6, height=4)
    return word(ask, STATUSES, Sql(f"""SELECT status AS "status" FROM alerts WHERE id = {ALERT}"""))


def _severity() -> stat.Panel:
    ask = Ask(
        "How bad is it?",
        "The severity it has reached; it may have risen.",
        "no such alert",
        unit="string",
        width=6,
        height=4,
    )
    return word(
        ask,
        SEVERITIES,
        Sql(f"""SELECT {severity()} FROM alerts WHERE id = {ALERT}"""),
    )


def _score() -> stat.Panel:
    ask = Ask(
        "How far over the line was it?",
        "The score at which it fired as a part of the threshold; 100 % is just enough.",
        "no such alert",
        unit="percentunit",
        width=6,
        height=4,
    )
    sql = f"""SELECT score / nullif(threshold, 0) AS "score of threshold" FROM ({_firing()}) AS d"""
    return number(ask, [(None, LOOK), (1.5, BAD)], Sql(sql)).decimals(0)


def _voices() -> stat.Panel:
    ask = Ask(
        "How many sources stand behind it?",
        "Different sources among the documents kept as evidence, ten at most. One source is one voice.",
        "no evidence was kept",
        unit="none",
        width=6,
        height=4,
    )
    sql = f"""
        SELECT nullif(count(DISTINCT source), 0) AS "sources" FROM alert_evidence WHERE alert_id = {ALERT}"""
    return number(ask, [(None, LOOK), (3, CALM)], Sql(sql))


def _around() -> timeseries.Panel:
    ask = Ask(
        "What came before and after?",
        "Negative share of each window and the band that was expected, in the chosen time. Links to this page choose "
        "half an hour before and after the alert.",
        "No decision in this time: choose the time around the alert.",
        unit="percentunit",
    )
    return banded(ask, over_time(decided(THE_SERIES, BAND)))


def _volume() -> timeseries.Panel:
    ask = Ask(
        "Was it more bad news, or more news?",
        "Independent documents by sentiment, minute by minute.",
        "No documents in this time: choose the time around the alert.",
    )
    colors = {"negative": BAD, "neutral": FEW, "positive": CALM}
    sums = ", ".join(f'sum(independent_{name})::float8 / {UNIT} AS "{name}"' for name in colors)
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), {sums}
        FROM series_minutes WHERE series = {THE_SERIES} AND $__timeFilter(minute) GROUP BY 1 ORDER BY 1"""
    panel = stacked(ask, over_time(sql))
    for name, color in colors.items():
        override(panel, name, value("color", fixed(color)))
    return panel


def _numbers() -> table.Panel:
    ask = Ask(
        "What was seen, and what was expected?",
        "The numbers of the decision that fired; documents count independent ones.",
        "There is no such alert. Choose one above.",
        unit="none",
        height=9,
    )
    sql = f"""
        SELECT line.what, line.figure AS "value" FROM alerts AS a LEFT JOIN ({_firing()}) AS d ON true, LATERAL (VALUES
          (1, 'rule', a.rule || ' (' || a.kind || ')'), (2, 'window', d.length || ' minutes'),
          (3, 'documents', round(d.documents::numeric, 1)::text),
          (4, 'negative', round(d.negatives::numeric, 1)::text),
          (5, 'expected negative', round((d.documents * d.share)::numeric, 1) || ' at the usual share of '
            || round(100 * d.share::numeric) || ' %'),
          (6, 'expected, from to', round(d.low::numeric, 1) || ' to ' || round(d.high::numeric, 1)),
          (7, 'usual in such a window', round(d.usual::numeric, 1)::text),
          (8, 'score and threshold', round(d.score::numeric, 2) || ' and ' || round(d.threshold::numeric, 2)),
          (9, 'group', a.group_id), (10, 'id', a.id)
        ) AS line (place, what, figure) WHERE a.id = {ALERT} ORDER BY line.place"""
    panel = rows(ask, Sql(sql))
    override(panel, "value", value("unit", "string"))
    return override(panel, "what", value("custom.width", 200))


def _robust() -> table.Panel:
    ask = Ask(
        "Would it have fired without its biggest voice?",
        "The same window without the source, and without the story, that gave most negatives. An alert that hangs on "
        "one of them deserves less trust.",
        "The decision does not say: the rule did not look, or there is no such alert.",
        unit="none",
        height=9,
    )
    sql = f"""
        SELECT part.what AS "without",
          CASE WHEN part.content ->> 'fires' = 'true' THEN 'fires all the same' ELSE 'would not fire' END AS "verdict",
          coalesce((SELECT text FROM alert_evidence WHERE alert_id = {ALERT} AND story = part.content ->> 'largest'
            AND part.place = 2 ORDER BY position LIMIT 1), part.content ->> 'largest') AS "which one",
          (part.content ->> 'documents')::float8 AS "documents", (part.content ->> 'negatives')::float8 AS "negative",
          (part.content ->> 'score')::float8 AS "score"
        FROM ({_firing()}) AS d, LATERAL (VALUES (1, 'biggest source', d.decision -> 'without_source'),
          (2, 'biggest story', d.decision -> 'without_story')) AS part (place, what, content)
        WHERE jsonb_typeof(part.content) = 'object' ORDER BY part.place"""
    panel = rows(ask, Sql(sql))
    for name, width in (("documents", 88), ("negative", 76), ("score", 55)):
        override(panel, name, value("decimals", 1), value("custom.width", width))
    override(panel, "without", value("custom.width", 115))
    override(panel, "which one", *wrapped())
    verdicts = colored({"fires all the same": CALM, "would not fire": LOOK})
    return override(panel, "verdict", *verdicts, value("custom.width", 125))
