"""What comes out: errors, deliveries, decisions."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, BAD, CALM, SECOND_LINE, THIRD_LINE, UNKNOWN
from dashboards.kit.fields import color_lines
from dashboards.kit.panels import PanelSpec, line_panel, stacked_panel
from dashboards.kit.promql import RANGE


def errors() -> timeseries.Panel:
    spec = PanelSpec(
        "What failed, and what was lost?",
        "Failures that were tried again, by stage, and documents that went to the dead letters.",
        "No failure and no dead letter in this time.",
    )
    failures = promql.over_time(f"sum by (stage) (increase(bellwether_retries_total{RANGE}))", "{{stage}} failed")
    expression = f'sum(increase(bellwether_documents_total{{outcome="dead-letter"}}{RANGE}))'
    panel = line_panel(spec, failures, promql.over_time(expression, "dead letters", "B"))
    return color_lines(panel, {"dead letters": BAD, "failed": ATTENTION})


def deliveries() -> timeseries.Panel:
    spec = PanelSpec(
        "Do messages arrive?",
        "Attempts to deliver a notification, by receiver and result.",
        "No message was sent in this time.",
    )
    expression = f"sum by (receiver, result) (increase(bellwether_deliveries_total{RANGE}))"
    panel = stacked_panel(spec, promql.over_time(expression, "{{receiver}}: {{result}}"))
    return color_lines(panel, {"delivered": CALM, "failed": ATTENTION, "given-up": BAD, "no-news": UNKNOWN})


def decisions() -> timeseries.Panel:
    spec = PanelSpec(
        "What does the detector decide?",
        "Decisions on a series and minute, by reason. Many that are too few or warming up mean that it cannot tell.",
        "No minute was decided on in this time.",
    )
    panel = stacked_panel(
        spec, promql.over_time(f"sum by (reason) (increase(bellwether_decisions_total{RANGE}))", "{{reason}}")
    )
    colors = {"^(firing|keep firing|severity rose)$": BAD, "^(pending|resolving)$": ATTENTION, "^expected$": CALM}
    colors |= {
        "^(too few|cannot tell)$": UNKNOWN,
        "^(muted|cooling down|already told)$": THIRD_LINE,
        "^warming up$": "#5c5c5c",
    }
    return color_lines(panel, colors | {"^(resolved|accepted as normal)$": SECOND_LINE})
