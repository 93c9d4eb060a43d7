"""What the detector can hear: a quiet page says nothing of series in which nothing could fire."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common

from dashboards.kit import promql
from dashboards.kit.colors import ATTENTION, CALM
from dashboards.kit.fields import color_steps, override, value
from dashboards.kit.panels import PanelSpec, number_panel

# Not of a worker that does not decide, or has not yet.
ONCE_KNOWN = "and bellwether_series > 0"


def heard() -> stat.Panel:
    spec = PanelSpec(
        "How many series can be heard?",
        "Series in which twelve negatives or fewer, or no more than a window usually brings, would fire now; looked at "
        "every five minutes. Of the others: the least that one of them would need; `bellwether rules explain` tells of "
        "one.",
        "Nothing was decided yet, or Prometheus does not reach the worker's /metrics.",
        width=24,
        height=4,
    )
    panel = number_panel(
        spec,
        [(None, CALM)],
        promql.now(f"max(bellwether_series_heard {ONCE_KNOWN})", "can be heard"),
        promql.now("max(bellwether_series > 0)", "of all series", "B"),
        promql.now(f"max(bellwether_series - bellwether_series_heard {ONCE_KNOWN})", "cannot", "C"),
        promql.now('min(bellwether_unheard_series_need{what="negatives"})', "would need negatives, at least", "D"),
        promql.now('min(bellwether_unheard_series_need{what="minutes"})', "within minutes", "E"),
    )
    override(panel, "cannot", value("thresholds", color_steps([(None, CALM), (1, ATTENTION)]).build()))
    panel.text(common_builders.VizTextDisplayOptions().title_size(13).value_size(28)).decimals(0)
    return panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)
