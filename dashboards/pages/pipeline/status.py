"""How the pipeline stands now: data age, waiting records, and what failed in the chosen time."""

from __future__ import annotations

from grafana_foundation_sdk.builders import prometheus, stat

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, BAD, CALM
from dashboards.kit.fields import calm_none
from dashboards.kit.panels import PanelSpec, number_panel
from dashboards.kit.promql import NO_METRICS


def _figure_spec(title: str, description: str) -> PanelSpec:
    return PanelSpec(title, description, NO_METRICS, "short", width=5, height=4)


def data_age() -> stat.Panel:
    spec = PanelSpec(
        "How old is the data?",
        "Now minus the watermark: the event time up to which every minute is complete. Red from five minutes on.",
        NO_METRICS,
        "dtdurations",
        width=4,
        height=4,
    )
    target = promql.now("time() - max(bellwether_watermark_seconds > 0)", "data age")
    return number_panel(spec, [(None, CALM), (120, ATTENTION), (300, BAD)], target).decimals(0)


def waiting_records() -> stat.Panel:
    spec = _figure_spec(
        "How many records wait?", "Records in Kafka that a stage has not taken yet, all stages together."
    )
    target = promql.now("sum(max by (stage) (bellwether_lag_documents))", "waiting")
    return number_panel(spec, [(None, CALM), (5_000, ATTENTION), (50_000, BAD)], target).mappings([calm_none()])


def dead_letters() -> stat.Panel:
    spec = _figure_spec("Unreadable documents?", "Dead letters in the chosen time; `bellwether dead-letters`.")
    target = promql.now('sum(increase(bellwether_documents_total{outcome="dead-letter"}[$__range]))', "dead letters")
    return _count_panel(spec, target)


def failed_deliveries() -> stat.Panel:
    spec = _figure_spec(
        "How many messages failed?",
        "Attempts that a receiver refused or did not answer, in the chosen time; most are tried again.",
    )
    target = promql.now(
        'sum(increase(bellwether_deliveries_total{result=~"failed|given-up"}[$__range])) or vector(0)', "failed"
    )
    return _count_panel(spec, target)


def store_failures() -> stat.Panel:
    spec = _figure_spec("How often did a store fail?", "Failures of a stage that were tried again, in the chosen time.")
    return _count_panel(spec, promql.now("sum(increase(bellwether_retries_total[$__range])) or vector(0)", "failures"))


def _count_panel(spec: PanelSpec, target: prometheus.Dataquery) -> stat.Panel:
    panel = number_panel(spec, [(None, CALM), (0.5, ATTENTION), (100, BAD)], target).decimals(0)
    return panel.mappings([calm_none()])
