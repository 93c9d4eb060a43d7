"""The half hours around the alert."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from dashboards.kit.colors import SENTIMENTS
from dashboards.kit.fields import fixed_color, override, value
from dashboards.kit.panels import PanelSpec, band_panel, stacked_panel
from dashboards.kit.sql import ALERT, BAND, decided, over_time
from stream.pipeline.windows.independence import UNIT

THE_SERIES = f"(SELECT series FROM alerts WHERE id = {ALERT})"


def observed_and_expected() -> timeseries.Panel:
    spec = PanelSpec(
        "What was written about $name before and after?",
        "Negative share of each window and the band that was expected, in the chosen time. Links to this page choose "
        "half an hour before and after the alert.",
        "No decision in this time: choose the time around the alert.",
        unit="percentunit",
    )
    return band_panel(spec, over_time(decided(THE_SERIES, BAND)))


def volume() -> timeseries.Panel:
    spec = PanelSpec(
        "Was it more bad news, or more news?",
        "Independent documents by sentiment, minute by minute.",
        "No documents in this time: choose the time around the alert.",
    )
    sums = ", ".join(f'sum(independent_{name})::float8 / {UNIT} AS "{name}"' for name in SENTIMENTS)
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), {sums}
        FROM series_minutes WHERE series = {THE_SERIES} AND $__timeFilter(minute) GROUP BY 1 ORDER BY 1"""
    panel = stacked_panel(spec, over_time(sql))
    for name, color in SENTIMENTS.items():
        override(panel, name, value("color", fixed_color(color)))
    return panel
