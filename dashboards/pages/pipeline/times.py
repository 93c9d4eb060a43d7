"""How long it takes: from arrival to the count, per stage, and how busy model and processor are."""

from __future__ import annotations

from grafana_foundation_sdk.builders import heatmap, timeseries
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, BAD, CALM, SECOND_LINE
from dashboards.kit.fields import color_lines
from dashboards.kit.panels import PanelSpec, heatmap_panel, line_panel
from dashboards.kit.promql import NO_METRICS, RANGE


def delays() -> timeseries.Panel:
    spec = PanelSpec(
        "How late is a document counted?",
        "Seconds from a document's arrival on the broker until it was scored, and until it was counted in its windows.",
        "No document in this time.",
        "s",
    )
    targets = [
        promql.over_time(
            f"histogram_quantile({q / 100}, sum by (le, until) (rate(bellwether_latency_seconds_bucket{RANGE})))",
            f"until {{{{until}}}}, p{q}",
            ref,
        )
        for q, ref in ((50, "A"), (95, "B"), (99, "C"))
    ]
    panel = line_panel(spec, *targets)
    return color_lines(panel, {"scored, p50": SECOND_LINE, "counted, p50": CALM, "p95": ATTENTION, "p99": BAD})


def stage_histogram() -> heatmap.Panel:
    spec = PanelSpec(
        "How are the times of stage $stage spread?",
        "Batches or ticks by how long they took; darker is more of them.",
        "The stage did nothing in this time.",
        "s",
    )
    expression = f'sum by (le) (increase(bellwether_stage_seconds_bucket{{stage=~"$stage(-.+)?"}}{RANGE}))'
    return heatmap_panel(spec, promql.over_time(expression, "{{le}}").format(PromQueryFormat.HEATMAP))


def stage_quantiles() -> timeseries.Panel:
    spec = PanelSpec(
        "How long does stage $stage take?",
        "Seconds of a batch or tick that half, 95 % and 99 % of them stay under.",
        "The stage did nothing in this time.",
        "s",
    )
    buckets = 'bellwether_stage_seconds_bucket{stage=~"$stage(-.+)?"}'
    targets = [
        promql.over_time(f"histogram_quantile({q / 100}, sum by (le) (rate({buckets}{RANGE})))", f"p{q}", ref)
        for q, ref in ((50, "A"), (95, "B"), (99, "C"))
    ]
    return color_lines(line_panel(spec, *targets), {"p50": CALM, "p95": ATTENTION, "p99": BAD})


def load() -> timeseries.Panel:
    spec = PanelSpec(
        "How busy are the model and the processor?",
        "Part of the time that the model computes (on its GPU or CPU: at 100 % it is the bottleneck), and processor "
        "cores that the worker uses: 200 % are two.",
        NO_METRICS,
        "percentunit",
    )
    model = promql.over_time(f"rate(bellwether_model_busy_seconds_total{RANGE})", "model, {{instance}}")
    cores = promql.over_time(f"rate(bellwether_process_cpu_seconds_total{RANGE})", "cores, {{instance}}", "B")
    return color_lines(line_panel(spec, model, cores), {"^model": CALM, "^cores": SECOND_LINE})
