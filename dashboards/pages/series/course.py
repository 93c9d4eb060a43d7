"""How it came: observed beside expected, score, volume and tone over time."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import common

from dashboards.kit.colors import ATTENTION, BAD, CALM, SENTIMENTS, UNKNOWN
from dashboards.kit.fields import fixed_color, override, value
from dashboards.kit.panels import PanelSpec, band_panel, line_panel, stacked_panel
from dashboards.kit.sql import BAND, CHOSEN, OF_SERIES, SERIES, decided, over_time
from stream.pipeline.windows.independence import UNIT


def observed_and_expected() -> timeseries.Panel:
    spec = PanelSpec(
        f"Is the negative share of {CHOSEN} inside what was expected?",
        "The line is the negative share of each window, the band what was expected of it before it was looked at. Of "
        "each interval the window with the highest score is drawn.",
        "No decision in this time: the series is warming up, or has too few documents.",
        unit="percentunit",
        height=9,
    )
    return band_panel(spec, over_time(decided(SERIES, BAND)))


def scores() -> timeseries.Panel:
    spec = PanelSpec(
        "How surprising was it?",
        "The score of each window, and the threshold from which it alarms. Zero is what was expected.",
        "No decision in this time: the series is warming up, or has too few documents.",
        height=9,
    )
    panel = line_panel(spec, over_time(decided(SERIES, 'd.score AS "score", d.threshold AS "threshold"')))
    dashed = value("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})
    override(panel, "threshold", value("color", fixed_color(ATTENTION)), dashed, value("custom.fillOpacity", 0))
    return override(panel, "score", value("color", fixed_color(BAD)))


def volume(*, copies: bool) -> timeseries.Panel:
    title = "How many documents came, copies included?" if copies else "How many independent stories came?"
    about = "Every document, by sentiment." if copies else "By sentiment; copies of one story count once."
    spec = PanelSpec(
        title,
        about + " Compare the two: a rumour that is copied is high on the left, low on the right.",
        "No documents in this time.",
    )
    prefix, weight = ("", 1) if copies else ("independent_", UNIT)
    sums = ", ".join(f'sum({prefix}{name})::float8 / {weight} AS "{name}"' for name in SENTIMENTS)
    sql = f"""
        SELECT $__timeGroupAlias(minute,$__interval), {sums}
        FROM series_minutes WHERE {OF_SERIES} AND $__timeFilter(minute) GROUP BY 1 ORDER BY 1"""
    panel = stacked_panel(spec, over_time(sql))
    for name, color in SENTIMENTS.items():
        override(panel, name, value("color", fixed_color(color)))
    return panel


def tone() -> timeseries.Panel:
    spec = PanelSpec(
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
          FROM series_minutes WHERE {OF_SERIES} AND $__timeFilter(minute) GROUP BY 1) AS buckets
        WINDOW lately AS (ORDER BY bucket RANGE BETWEEN 3540 PRECEDING AND CURRENT ROW)
        ORDER BY 1"""
    panel = line_panel(spec, over_time(sql)).min(-1).max(1).fill_opacity(0).interval("5m")
    panel.axis_placement(common.AxisPlacement.LEFT)
    override(panel, "tone", value("color", fixed_color(UNKNOWN)), value("custom.lineWidth", 1))
    return override(panel, "tone, mean of an hour", value("color", fixed_color(CALM)), value("custom.lineWidth", 3))
