"""The pipeline itself: is it up to date, where does it wait, what does it lose, who was not told.

From Prometheus, but for which series' documents came too late: labels by series would be too many for it.
"""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards import promql, standstill
from dashboards.layout import Page, assemble
from dashboards.panels import (
    BAD,
    CALM,
    FEW,
    LOOK,
    OTHER,
    THIRD,
    Ask,
    heat,
    lines,
    number,
    painted,
    stacked,
    words,
)
from dashboards.promql import NO_METRICS
from dashboards.sql import over_time

PAGE = Page(
    "bellwether-pipeline",
    "Bellwether: is the pipeline well?",
    "Bellwether's own health: data age, lag, throughput, delays, errors, dead letters, deliveries, load.",
    "now-3h",
)
STAGES = ("classify", "aggregate", "project", "detect", "notify")
PACE = "[$__rate_interval]"
# As the index of the few rows that have any is written.
LATE = "late > 0 AND $__timeFilter(minute)"


def build() -> dict[str, Any]:
    """Return the dashboard."""
    return assemble(
        PAGE,
        [
            [_age(), _waiting(), _dead(), _not_told(), _failures()],
            [_documents(), _lag()],
            [standstill.partitions(), standstill.loops()],
            [standstill.memory(), standstill.broker(), standstill.clocks()],
            [_source_ages(), _delay()],
            [_spread(), _quantiles()],
            [_batches(), _busy()],
            [_errors(), _deliveries()],
            [_decisions(), _answers()],
            [_late()],
        ],
        [_stage()],
    )


def _stage() -> builders.CustomVariable:
    chosen = dashboard.VariableOption(text=STAGES[0], value=STAGES[0], selected=True)
    options = [dashboard.VariableOption(text=name, value=name, selected=name == STAGES[0]) for name in STAGES]
    variable = (
        builders.CustomVariable("stage")
        .label("Stage")
        .description("Whose delays two panels show; notify is all receivers.")
    )
    return variable.values(",".join(STAGES)).current(chosen).options(options).multi(False).include_all(False)


def _figure(title: str, description: str, unit: str = "short") -> Ask:
    return Ask(title, description, NO_METRICS, unit, width=5, height=4)


def _age() -> stat.Panel:
    ask = Ask(
        "How old is the data?",
        "Now minus the watermark: the event time up to which every minute is complete. Red from five minutes on.",
        NO_METRICS,
        "dtdurations",
        width=4,
        height=4,
    )
    target = promql.now("time() - max(bellwether_watermark_seconds > 0)", "data age")
    return number(ask, [(None, CALM), (120, LOOK), (300, BAD)], target).decimals(0)


def _waiting() -> stat.Panel:
    ask = _figure("How many records wait?", "Records in Kafka that a stage has not taken yet, all stages together.")
    target = promql.now("sum(max by (stage) (bellwether_lag_documents))", "waiting")
    return number(ask, [(None, CALM), (5_000, LOOK), (50_000, BAD)], target).mappings([words({0: ("none", CALM)})])


def _dead() -> stat.Panel:
    ask = _figure("Unreadable documents?", "Dead letters in the chosen time; `bellwether dead-letters`.")
    target = promql.now('sum(increase(bellwether_documents_total{outcome="dead-letter"}[$__range]))', "dead letters")
    return _counted(ask, target)


def _not_told() -> stat.Panel:
    ask = _figure(
        "How many messages failed?",
        "Attempts that a receiver refused or did not answer, in the chosen time; most are tried again.",
    )
    target = promql.now(
        'sum(increase(bellwether_deliveries_total{result=~"failed|given-up"}[$__range])) or vector(0)', "failed"
    )
    return _counted(ask, target)


def _failures() -> stat.Panel:
    ask = _figure("How often did a store fail?", "Failures of a stage that were tried again, in the chosen time.")
    return _counted(ask, promql.now("sum(increase(bellwether_retries_total[$__range])) or vector(0)", "failures"))


def _counted(ask: Ask, target: prometheus.Dataquery) -> stat.Panel:
    panel = number(ask, [(None, CALM), (0.5, LOOK), (100, BAD)], target).decimals(0)
    return panel.mappings([words({0: ("none", CALM)})])


def _documents() -> timeseries.Panel:
    ask = Ask(
        "How many documents pass?", "Documents a second that left each stage, by outcome.", NO_METRICS, "suffix: /s"
    )
    expression = f"sum by (stage, outcome) (rate(bellwether_documents_total{PACE}))"
    outcomes = {"scored": CALM, "counted": OTHER, "repeated": FEW, "late": LOOK, "dead-letter": BAD}
    return painted(lines(ask, promql.over_time(expression, "{{stage}}: {{outcome}}")), outcomes)


def _lag() -> timeseries.Panel:
    ask = Ask("Where do records wait?", "Records in Kafka that each stage has not taken yet.", NO_METRICS)
    panel = lines(ask, promql.over_time("max by (stage) (bellwether_lag_documents)", "before {{stage}}"))
    return painted(panel, {"classify": CALM, "aggregate": OTHER})


def _source_ages() -> timeseries.Panel:
    ask = Ask(
        "Does every feed bring news?",
        "Now minus the newest publishing time seen on each topic of raw documents. A line that climbs is a dead feed.",
        "No document was read since the worker started.",
        "dtdurations",
    )
    expression = "time() - max by (topic) (bellwether_newest_document_seconds)"
    return painted(lines(ask, promql.over_time(expression, "{{topic}}")), {"news": CALM, "social": OTHER})


def _delay() -> timeseries.Panel:
    ask = Ask(
        "How late is a document counted?",
        "Seconds from a document's arrival on the broker until it was scored, and until it was counted in its windows.",
        "No document in this time.",
        "s",
    )
    targets = [
        promql.over_time(
            f"histogram_quantile({q / 100}, sum by (le, until) (rate(bellwether_latency_seconds_bucket{PACE})))",
            f"until {{{{until}}}}, p{q}",
            ref,
        )
        for q, ref in ((50, "A"), (95, "B"), (99, "C"))
    ]
    panel = lines(ask, *targets)
    return painted(panel, {"scored, p50": OTHER, "counted, p50": CALM, "p95": LOOK, "p99": BAD})


def _spread() -> heatmap.Panel:
    ask = Ask(
        "How are the times of stage $stage spread?",
        "Batches or ticks by how long they took; darker is more of them.",
        "The stage did nothing in this time.",
        "s",
    )
    expression = f'sum by (le) (increase(bellwether_stage_seconds_bucket{{stage=~"$stage(-.+)?"}}{PACE}))'
    return heat(ask, promql.over_time(expression, "{{le}}").format(PromQueryFormat.HEATMAP))


def _quantiles() -> timeseries.Panel:
    ask = Ask(
        "How long does stage $stage take?",
        "Seconds of a batch or tick that half, 95 % and 99 % of them stay under.",
        "The stage did nothing in this time.",
        "s",
    )
    buckets = 'bellwether_stage_seconds_bucket{stage=~"$stage(-.+)?"}'
    targets = [
        promql.over_time(f"histogram_quantile({q / 100}, sum by (le) (rate({buckets}{PACE})))", f"p{q}", ref)
        for q, ref in ((50, "A"), (95, "B"), (99, "C"))
    ]
    return painted(lines(ask, *targets), {"p50": CALM, "p95": LOOK, "p99": BAD})


def _batches() -> timeseries.Panel:
    ask = Ask(
        "How full are the batches?",
        "Mean number of documents in a batch: small when it is quiet.",
        "No batch in this time.",
    )
    mean = f"sum by (stage) (rate(bellwether_batch_documents_sum{PACE}))"
    expression = f"{mean} / sum by (stage) (rate(bellwether_batch_documents_count{PACE}))"
    return painted(lines(ask, promql.over_time(expression, "{{stage}}")), {"classify": CALM, "aggregate": OTHER})


def _busy() -> timeseries.Panel:
    ask = Ask(
        "How busy are the model and the processor?",
        "Part of the time that the model computes (on its GPU or CPU: at 100 % it is the bottleneck), and processor "
        "cores that the worker uses: 200 % are two.",
        NO_METRICS,
        "percentunit",
    )
    model = promql.over_time(f"rate(bellwether_model_busy_seconds_total{PACE})", "model, {{instance}}")
    cores = promql.over_time(f"rate(bellwether_process_cpu_seconds_total{PACE})", "cores, {{instance}}", "B")
    return painted(lines(ask, model, cores), {"^model": CALM, "^cores": OTHER})


def _errors() -> timeseries.Panel:
    ask = Ask(
        "What failed, and what was lost?",
        "Failures that were tried again, by stage, and documents that went to the dead letters.",
        "No failure and no dead letter in this time.",
    )
    failures = promql.over_time(f"sum by (stage) (increase(bellwether_retries_total{PACE}))", "{{stage}} failed")
    expression = f'sum(increase(bellwether_documents_total{{outcome="dead-letter"}}{PACE}))'
    panel = lines(ask, failures, promql.over_time(expression, "dead letters", "B"))
    return painted(panel, {"dead letters": BAD, "failed": LOOK})


def _deliveries() -> timeseries.Panel:
    ask = Ask(
        "Do messages arrive?",
        "Attempts to deliver a notification, by receiver and result.",
        "No message was sent in this time.",
    )
    expression = f"sum by (receiver, result) (increase(bellwether_deliveries_total{PACE}))"
    panel = stacked(ask, promql.over_time(expression, "{{receiver}}: {{result}}"))
    return painted(panel, {"delivered": CALM, "failed": LOOK, "given-up": BAD, "no-news": FEW})


def _decisions() -> timeseries.Panel:
    ask = Ask(
        "What does the detector decide?",
        "Decisions on a series and minute, by reason. Many that are too few or warming up mean that it cannot tell.",
        "No minute was decided on in this time.",
    )
    panel = stacked(
        ask, promql.over_time(f"sum by (reason) (increase(bellwether_decisions_total{PACE}))", "{{reason}}")
    )
    colors = {"^(firing|keep firing|severity rose)$": BAD, "^(pending|resolving)$": LOOK, "^expected$": CALM}
    colors |= {"^(too few|cannot tell)$": FEW, "^(muted|cooling down)$": THIRD, "^warming up$": "#5c5c5c"}
    return painted(panel, colors | {"^(resolved|accepted as normal)$": OTHER})


def _answers() -> timeseries.Panel:
    ask = Ask(
        "How much does the cache save?",
        "Texts a second by who answered: the model, or the cache of texts seen before.",
        "No text was classified in this time.",
        "suffix: /s",
    )
    panel = stacked(ask, promql.over_time(f"sum by (by) (rate(bellwether_classified_total{PACE}))", "{{by}}"))
    return painted(panel, {"model": CALM, "cache": OTHER})


def _late() -> timeseries.Panel:
    ask = Ask(
        "Whose documents come too late to count?",
        "Documents that came more than BELLWETHER_LATE_FOR behind their partition, at the minutes they belong to; they "
        "are in no other count. Of the ten series with the most in the chosen time. "
        "`bellwether rebuild` with a larger BELLWETHER_LATE_FOR counts them.",
        "No document came too late in this time.",
        width=24,
    )
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), series, sum(late)::float8 AS "late"
        FROM series_minutes WHERE {LATE} AND series IN
          (SELECT series FROM series_minutes WHERE {LATE} GROUP BY 1 ORDER BY sum(late) DESC, series LIMIT 10)
        GROUP BY 1, 2 ORDER BY 1, 2"""
    return stacked(ask, over_time(sql)).display_name("${__field.labels.series}")
