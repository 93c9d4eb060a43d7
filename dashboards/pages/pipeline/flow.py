"""What passes through: documents, lag, feeds, batches, the cache, documents that came too late."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, BAD, CALM, SECOND_LINE, UNKNOWN
from dashboards.kit.fields import color_lines
from dashboards.kit.panels import PanelSpec, line_panel, stacked_panel
from dashboards.kit.promql import NO_METRICS, RANGE
from dashboards.kit.sql import name_of, over_time

# As the index of the few rows that have any is written.
LATE = "late > 0 AND $__timeFilter(minute)"


def documents() -> timeseries.Panel:
    spec = PanelSpec(
        "How many documents pass?", "Documents a second that left each stage, by outcome.", NO_METRICS, "suffix: /s"
    )
    expression = f"sum by (stage, outcome) (rate(bellwether_documents_total{RANGE}))"
    outcomes = {
        "scored": CALM,
        "counted": SECOND_LINE,
        "repeated": UNKNOWN,
        "late": ATTENTION,
        "not-read": UNKNOWN,
        "dead-letter": BAD,
    }
    return color_lines(line_panel(spec, promql.over_time(expression, "{{stage}}: {{outcome}}")), outcomes)


def lag() -> timeseries.Panel:
    spec = PanelSpec("Where do records wait?", "Records in Kafka that each stage has not taken yet.", NO_METRICS)
    panel = line_panel(spec, promql.over_time("max by (stage) (bellwether_lag_documents)", "before {{stage}}"))
    return color_lines(panel, {"classify": CALM, "aggregate": SECOND_LINE})


def source_ages() -> timeseries.Panel:
    spec = PanelSpec(
        "Does every feed bring news?",
        "Now minus the newest publishing time seen on each topic of raw documents. A line that climbs is a dead feed.",
        "No document was read since the worker started.",
        "dtdurations",
    )
    expression = "time() - max by (topic) (bellwether_newest_document_seconds)"
    return color_lines(
        line_panel(spec, promql.over_time(expression, "{{topic}}")), {"news": CALM, "social": SECOND_LINE}
    )


def batch_sizes() -> timeseries.Panel:
    spec = PanelSpec(
        "How full are the batches?",
        "Mean number of documents in a batch: small when it is quiet.",
        "No batch in this time.",
    )
    mean = f"sum by (stage) (rate(bellwether_batch_documents_sum{RANGE}))"
    expression = f"{mean} / sum by (stage) (rate(bellwether_batch_documents_count{RANGE}))"
    return color_lines(
        line_panel(spec, promql.over_time(expression, "{{stage}}")), {"classify": CALM, "aggregate": SECOND_LINE}
    )


def cache_answers() -> timeseries.Panel:
    spec = PanelSpec(
        "How much does the cache save?",
        "Texts a second by who answered: the model, or the cache of texts seen before.",
        "No text was classified in this time.",
        "suffix: /s",
    )
    panel = stacked_panel(spec, promql.over_time(f"sum by (by) (rate(bellwether_classified_total{RANGE}))", "{{by}}"))
    return color_lines(panel, {"model": CALM, "cache": SECOND_LINE})


def not_read() -> timeseries.Panel:
    spec = PanelSpec(
        "In which languages is nothing read?",
        "Documents a minute in a language that no served model reads, by language (ISO 639-1), of the ten with the "
        "most. They count in no topic and in no entry of the watchlist.",
        "Every document was in a language that is read.",
        width=24,
    )
    rate = f"60 * sum by (language) (rate(bellwether_not_read_documents_total{RANGE}))"
    return stacked_panel(spec, promql.over_time(f"topk(10, {rate} > 0)", "{{language}}"))


def late_documents() -> timeseries.Panel:
    spec = PanelSpec(
        "Whose documents come too late to count?",
        "Documents that came more than BELLWETHER_LATE_FOR behind their partition, at the minutes they belong to; they "
        "are in no other count. Of the ten series with the most in the chosen time. "
        "`bellwether rebuild` with a larger BELLWETHER_LATE_FOR counts them.",
        "No document came too late in this time.",
        width=24,
    )
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), {name_of()} AS "series", sum(late)::float8 AS "late"
        FROM series_minutes WHERE {LATE} AND series IN
          (SELECT series FROM series_minutes WHERE {LATE} GROUP BY 1 ORDER BY sum(late) DESC, series LIMIT 10)
        GROUP BY 1, 2 ORDER BY 1, 2"""
    return stacked_panel(spec, over_time(sql)).display_name("${__field.labels.series}")
