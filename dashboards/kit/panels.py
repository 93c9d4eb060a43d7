"""How every panel looks, and what each has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import heatmap as heatmap_builders
from grafana_foundation_sdk.builders import stat as stat_builders
from grafana_foundation_sdk.builders import statushistory as statushistory_builders
from grafana_foundation_sdk.builders import table as table_builders
from grafana_foundation_sdk.builders import timeseries as timeseries_builders
from grafana_foundation_sdk.models import common, dashboard, heatmap

from dashboards.kit.colors import BAD, CALM, UNKNOWN
from dashboards.kit.fields import (
    AnyPanel,
    Query,
    Steps,
    color_steps,
    fill_below,
    fixed_color,
    override,
    value,
    word_for_null,
    word_mappings,
)

PALETTE = dashboard.FieldColorModeId.PALETTE_CLASSIC
CENTER = common.BigValueJustifyMode.CENTER


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """What a panel asks or answers, in words, and its size: ``width`` of 24 columns, ``height`` in rows of 38 px.

    ``empty`` stands where there is no data; ``unit`` is Grafana's name of it.
    """

    title: str
    description: str
    empty: str
    unit: str = "short"
    width: int = 12
    height: int = 8


def apply_spec(panel: AnyPanel, spec: PanelSpec, *queries: Query) -> AnyPanel:
    """Put the words, the size and the queries of a panel into it."""
    panel.title(spec.title).description(spec.description).unit(spec.unit).no_value(spec.empty)
    panel.span(spec.width).height(spec.height)
    for query in queries:
        panel.with_target(query)
    return panel


def line_panel(spec: PanelSpec, *queries: Query) -> timeseries_builders.Panel:
    """Values over time, as lines from zero on."""
    panel = apply_spec(timeseries_builders.Panel(), spec, *queries).interval("1m").max_data_points(400)
    panel.line_width(2).fill_opacity(8).show_points(common.VisibilityMode.NEVER).axis_soft_min(0)
    panel.axis_border_show(False).span_nulls(True).color_scheme(builders.FieldColor().mode(PALETTE))
    return panel.legend(_legend()).tooltip(_tooltip())


def stacked_panel(spec: PanelSpec, *queries: Query) -> timeseries_builders.Panel:
    """Parts of a whole over time, as stacked bars."""
    panel = line_panel(spec, *queries).draw_style(common.GraphDrawStyle.BARS).fill_opacity(75).line_width(0)
    panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A")).max_data_points(120)
    return panel.bar_width_factor(0.9)


def band_panel(spec: PanelSpec, *queries: Query) -> timeseries_builders.Panel:
    """What was observed, and the band of what was expected behind it; the queries name them as in kit.sql.BAND.

    Neither is drawn across a gap: a series of few documents has long ones. A point between two gaps is shown as one.
    """
    panel = line_panel(spec, *queries).min(0).max(1).fill_opacity(0).span_nulls(False)
    band = (value("color", fixed_color(CALM)), value("custom.lineWidth", 0))
    lone = value("custom.showPoints", "auto")
    override(panel, "observed", value("color", fixed_color(BAD)), value("custom.lineWidth", 3), lone)
    override(panel, "expected, at most", *band, *fill_below("expected, at least"))
    unlisted = {"legend": True, "tooltip": False, "viz": False}  # one edge in the legend is enough
    return override(panel, "expected, at least", *band, value("custom.hideFrom", unlisted))


def number_panel(spec: PanelSpec, steps: Steps, *queries: Query) -> stat_builders.Panel:
    """One figure or word, its colour by ``steps``: (from this value on, colour), the first from None on."""
    panel = apply_spec(stat_builders.Panel(), spec, *queries).thresholds(color_steps(steps))
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)).justify_mode(CENTER)
    panel.text(common_builders.VizTextDisplayOptions().value_size(34))
    panel.color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
    panel.text_mode(common.BigValueTextMode.VALUE).wide_layout(False)
    return panel.orientation(common.VizOrientation.AUTO)


def word_panel(spec: PanelSpec, colors: dict[str, str], *queries: Query) -> stat_builders.Panel:
    """One word or sentence out of a column of text; grey where ``colors`` does not name it."""
    panel = number_panel(spec, [(None, UNKNOWN)], *queries).mappings(word_mappings(colors))
    # Without the pattern a stat shows numbers alone.
    return panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/"))


def tile_panel(spec: PanelSpec, steps: Steps, *queries: Query) -> stat_builders.Panel:
    """A figure per series with its name and its course; the last one counts, and none is said to be too few."""
    panel = number_panel(spec, steps, *queries).graph_mode(common.BigValueGraphMode.AREA)
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME).justify_mode(common.BigValueJustifyMode.AUTO)
    panel.text(common_builders.VizTextDisplayOptions().title_size(13).value_size(22))
    return panel.mappings([word_for_null(spec.empty, UNKNOWN)])


def table_panel(spec: PanelSpec, *queries: Query) -> table_builders.Panel:
    """A table."""
    panel = apply_spec(table_builders.Panel(), spec, *queries).cell_height(common.TableCellHeight.SM).show_header(True)
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)).filterable(False)
    return panel.override_by_field_type("time", [value("unit", "time:YYYY-MM-DD HH:mm:ss"), value("custom.width", 155)])


def history_panel(
    spec: PanelSpec, mappings: list[dashboard.ValueMapping], *queries: Query
) -> statushistory_builders.Panel:
    """One row of cells per series; ``mappings`` say what the values mean, in words and colours."""
    panel = (
        apply_spec(statushistory_builders.Panel(), spec, *queries)
        .mappings(mappings)
        .interval("15m")
        .max_data_points(36)
    )
    panel.show_value(common.VisibilityMode.NEVER).row_height(0.9).col_width(0.95).fill_opacity(90).line_width(0)
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    return panel.thresholds(color_steps([(None, UNKNOWN)])).legend(_legend()).tooltip(_tooltip())


def heatmap_panel(spec: PanelSpec, *queries: Query) -> heatmap_builders.Panel:
    """How values are spread, over time; the queries return a histogram's buckets."""
    panel = apply_spec(heatmap_builders.Panel(), spec, *queries).calculate(False).max_data_points(120)
    colors = heatmap_builders.HeatmapColorOptions().mode(heatmap.HeatmapColorMode.SCHEME).scheme("Blues").steps(32)
    colors.exponent(0.5).scale(heatmap.HeatmapColorScale.EXPONENTIAL).fill("blue").reverse(False)
    axis = heatmap_builders.YAxisConfig().unit(spec.unit).axis_placement(common.AxisPlacement.LEFT)
    tooltip = heatmap_builders.HeatmapTooltip().mode(common.TooltipDisplayMode.SINGLE).y_histogram(True)
    return panel.color(colors).y_axis(axis).tooltip(tooltip).cell_gap(1).show_legend()


def _legend() -> common_builders.VizLegendOptions:
    legend = common_builders.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM)
    return legend.display_mode(common.LegendDisplayMode.LIST).calcs([])


def _tooltip() -> Any:
    return common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
