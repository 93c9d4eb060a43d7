"""The decision that fired: in words, in numbers, and without its biggest source and story."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table

from dashboards.kit.colors import ATTENTION, BAD, CALM
from dashboards.kit.fields import color_words, override, value, wrap_text
from dashboards.kit.panels import PanelSpec, number_panel, table_panel
from dashboards.kit.sql import ALERT, HEADLINE, OF_THRESHOLD, Sql, figure, name_of

FIRING = f"FROM alert_transitions WHERE alert_id = {ALERT} AND step = 'firing'"
OBSERVATION = "decision -> 'observation'"


def firing_decision() -> str:
    """Return a subquery of the decision that fired, its numbers as columns."""
    numbers = {"negatives": "negatives", "documents": "documents", "share": "expected_share", "score": "score"}
    numbers |= {"threshold": "threshold", "low": "expected_low", "high": "expected_high", "usual": "usual_negatives"}
    columns = ", ".join(f"({OBSERVATION} ->> '{key}')::float8 AS {name}" for name, key in numbers.items())
    return f"SELECT {columns}, {OBSERVATION} ->> 'window' AS length, decision ->> 'detail' AS detail, decision {FIRING}"


def reason() -> table.Panel:
    spec = PanelSpec(
        "Why did it fire for $name?",
        "The decision in words, as the webhook had it.",
        "There is no such alert. Choose one above.",
        unit="none",
        width=24,
        height=4,
    )
    sql = f"""
        SELECT {name_of("a.series")} AS "series", CASE WHEN coalesce(d.detail, '') <> '' THEN d.detail ELSE
          {figure("d.negatives")} || ' of ' || {figure("d.documents")} || ' independent documents in '
            || d.length || ' minutes were negative; at the usual share of ' || round(100 * d.share::numeric)
            || ' % it would have been ' || {figure("d.documents * d.share")} || '. The score was '
            || {figure("d.score")} || ', an alert needs ' || {figure("d.threshold")} || '.' END
          AS "why it fired"
        FROM alerts AS a LEFT JOIN ({firing_decision()}) AS d ON true WHERE a.id = {ALERT}"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "series", value("custom.width", 260))
    return override(panel, "why it fired", *wrap_text())


def score() -> stat.Panel:
    spec = PanelSpec(
        "How far over the line was it?",
        "The score at which it fired beside the threshold; 1 x is just enough.",
        "no such alert",
        unit=OF_THRESHOLD,
        width=6,
        height=4,
    )
    sql = f"""SELECT score / nullif(threshold, 0) AS "score of threshold" FROM ({firing_decision()}) AS d"""
    return number_panel(spec, [(None, ATTENTION), (1.5, BAD)], Sql(sql)).decimals(1)


def numbers() -> table.Panel:
    spec = PanelSpec(
        "What was seen, and what was expected?",
        "The numbers of the decision that fired; documents count independent ones.",
        "There is no such alert. Choose one above.",
        unit="none",
        height=9,
    )
    firing = firing_decision()
    sql = f"""
        SELECT line.what, line.figure AS "value" FROM alerts AS a LEFT JOIN ({firing}) AS d ON true, LATERAL (VALUES
          (1, 'rule', a.rule || ' (' || a.kind || ')'), (2, 'window', d.length || ' minutes'),
          (3, 'documents', {figure("d.documents")}), (4, 'negative', {figure("d.negatives")}),
          (5, 'expected negative', {figure("d.documents * d.share")} || ' at the usual share of '
            || round(100 * d.share::numeric) || ' %'),
          (6, 'expected, from to', {figure("d.low")} || ' to ' || {figure("d.high")}),
          (7, 'usual in such a window', {figure("d.usual")}),
          (8, 'score and threshold', round(d.score::numeric, 2) || ' and ' || round(d.threshold::numeric, 2)),
          (9, 'group', a.group_id), (10, 'id', a.id)
        ) AS line (place, what, figure) WHERE a.id = {ALERT} ORDER BY line.place"""
    panel = table_panel(spec, Sql(sql))
    override(panel, "value", value("unit", "string"))
    return override(panel, "what", value("custom.width", 200))


def _story(story: str) -> str:
    """Return an expression of a story's headline: of the evidence, or of what the series has of that day."""
    return f"""coalesce(
            (SELECT {HEADLINE} FROM alert_evidence WHERE alert_id = {ALERT} AND story = {story}
              ORDER BY position LIMIT 1),
            (SELECT {HEADLINE} FROM series_evidence AS e JOIN alerts ON alerts.id = {ALERT} WHERE story = {story}
              AND e.series = alerts.series AND minute BETWEEN fired_at - interval '1 day' AND fired_at
              ORDER BY negative DESC, document LIMIT 1),
            'a story of which no document is kept')"""


def robustness() -> table.Panel:
    spec = PanelSpec(
        "Would it have fired without its biggest voice?",
        "The same window without the source, and without the story, that gave most negatives. An alert that hangs on "
        "one of them deserves less trust.",
        "The decision does not say: of a window over three hours the documents are not kept. Or there is no such "
        "alert.",
        unit="none",
        height=9,
    )
    sql = f"""
        SELECT part.what AS "without",
          CASE WHEN part.content ->> 'fires' = 'true' THEN 'fires all the same' ELSE 'would not fire' END AS "verdict",
          CASE WHEN part.place = 1 THEN part.content ->> 'largest' ELSE {_story("part.content ->> 'largest'")} END
            AS "which one",
          round((part.content ->> 'documents')::numeric, 1)::float8 AS "documents",
          round((part.content ->> 'negatives')::numeric, 1)::float8 AS "negative",
          round((part.content ->> 'score')::numeric, 1)::float8 AS "score"
        FROM ({firing_decision()}) AS d, LATERAL (VALUES (1, 'biggest source', d.decision -> 'without_source'),
          (2, 'biggest story', d.decision -> 'without_story')) AS part (place, what, content)
        WHERE jsonb_typeof(part.content) = 'object' ORDER BY part.place"""
    panel = table_panel(spec, Sql(sql))
    for name, width in (("documents", 88), ("negative", 76), ("score", 55)):
        override(panel, name, value("custom.width", width))
    override(panel, "without", value("custom.width", 115))
    override(panel, "which one", *wrap_text())
    verdicts = color_words({"fires all the same": CALM, "would not fire": ATTENTION})
    return override(panel, "verdict", *verdicts, value("custom.width", 125))
