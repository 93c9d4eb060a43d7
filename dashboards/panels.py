"""The house style: how every panel looks, and what each has to say.

Red is bad, blue is calm, orange asks for a look, grey means that there are too few documents to tell. These four can be
told apart by people who do not see red and green apart, and a word always stands beside a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import heatmap as heatmap_builders
from grafana_foundation_sdk.builders import stat as stat_builders
from grafana_foundation_sdk.builders import statushistory as statushistory_builders
from grafana_foundation_sdk.builders import table as table_builders
from grafana_foundation_sdk.builders import timeseries as timeseries_builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard, heatmap

BAD, LOOK, CALM, FEW = "#e02f44", "#ff9830", "#5794f2", "#8e8e8e"
OTHER, THIRD = "#b877d9", "#4fa3a5"  # beside blue, where lines are neither good nor bad
FAINT = "#5794f226"  # as usual: there, but nothing to look at
SEVERITIES = {"critical": BAD, "warning": LOOK, "info": CALM}
STATUSES = {"firing": BAD, "acknowledged": LOOK, "resolved": CALM}
Steps = Sequence[tuple[float | None, str]]
Target = Builder[Dataquery]


class PanelBuilder(Protocol):
    """What the SDK's builders of panels have in common."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def with_target(self, target: Target) -> Self: ...
    def interval(self, interval: str) -> Self: ...
    def max_data_points(self, max_data_points: float) -> Self: ...
    def with_override(
        self, matcher: dashboard.MatcherConfig, properties: list[dashboard.DynamicConfigValue]
    ) -> Self: ...
    def build(self) -> dashboard.Panel: ...


AnyPanel = TypeVar("AnyPanel", bound=PanelBuilder)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a panel asks or answers, in words, and its size: ``width`` of 24 columns, ``height`` in rows of 38 px.

    ``empty`` stands where there is no data; ``unit`` is Grafana's name of it.
    """

    title: str
    description: str
    empty: str
    unit: str = "short"
    width: int = 12
    height: int = 8


def asked(panel: AnyPanel, ask: Ask, *targets: Target) -> AnyPanel:
    """Put the words, the size and the queries of a panel into it."""
    panel.title(ask.title).description(ask.description).unit(ask.unit).no_value(ask.empty)
    panel.span(ask.width).height(ask.height)
    for target in targets:
        panel.with_target(target)
    return panel


def lines(ask: Ask, *targets: Target) -> timeseries_builders.Panel:
    """Values over time, as lines from zero on."""
    panel = asked(timeseries_builders.Panel(), ask, *targets).interval("1m").max_data_points(400)
    panel.line_width(2).fill_opacity(8).show_points(common.VisibilityMode.NEVER).axis_soft_min(0)
    panel.axis_border_show(False).span_nulls(True).color_scheme(builders.FieldColor().mode(PALETTE))
    return panel.legend(_legend()).tooltip(_tooltip())


def stacked(ask: Ask, *targets: Target) -> timeseries_builders.Panel:
    """Parts of a whole over time, as stacked bars."""
    panel = lines(ask, *targets).draw_style(common.GraphDrawStyle.BARS).fill_opacity(75).line_width(0)
    panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A")).max_data_points(120)
    return panel.bar_width_factor(0.9)


def banded(ask: Ask, *targets: Target) -> timeseries_builders.Panel:
    """What was observed, and the band of what was expected behind it; the queries name them as in sql.BAND."""
    panel = lines(ask, *targets).min(0).max(1).fill_opacity(0)
    band = (value("color", fixed(CALM)), value("custom.lineWidth", 0))
    override(panel, "observed", value("color", fixed(BAD)), value("custom.lineWidth", 3))
    override(panel, "expected, at most", *band, *_filled("expected, at least"))
    unlisted = {"legend": True, "tooltip": False, "viz": False}  # one edge in the legend is enough
    return override(panel, "expected, at least", *band, value("custom.hideFrom", unlisted))


def number(ask: Ask, steps: Steps, *targets: Target) -> stat_builders.Panel:
    """One figure or word, its colour by ``steps``: (from this value on, colour), the first from None on."""
    panel = asked(stat_builders.Panel(), ask, *targets).thresholds(thresholds(steps))
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)).justify_mode(CENTER)
    panel.text(common_builders.VizTextDisplayOptions().value_size(34))
    panel.color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
    panel.text_mode(common.BigValueTextMode.VALUE).wide_layout(False)
    return panel.orientation(common.VizOrientation.AUTO)


def word(ask: Ask, colors: dict[str, str], *targets: Target) -> stat_builders.Panel:
    """One word or sentence out of a column of text; grey where ``colors`` does not name it."""
    panel = number(ask, [(None, FEW)], *targets).mappings(_mappings(colors))
    # Without the pattern a stat shows numbers alone.
    return panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/"))


def tiles(ask: Ask, steps: Steps, *targets: Target) -> stat_builders.Panel:
    """A figure per series with its name and its course; the last one counts, and none is said to be too few."""
    panel = number(ask, steps, *targets).graph_mode(common.BigValueGraphMode.AREA)
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME).justify_mode(common.BigValueJustifyMode.AUTO)
    panel.text(common_builders.VizTextDisplayOptions().title_size(13).value_size(22))
    return panel.mappings([nothing(ask.empty, FEW)])


def rows(ask: Ask, *targets: Target) -> table_builders.Panel:
    """A table."""
    panel = asked(table_builders.Panel(), ask, *targets).cell_height(common.TableCellHeight.SM).show_header(True)
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)).filterable(False)
    return panel.override_by_field_type("time", [value("unit", "time:YYYY-MM-DD HH:mm:ss"), value("custom.width", 155)])


def history(ask: Ask, mappings: list[dashboard.ValueMapping], *targets: Target) -> statushistory_builders.Panel:
    """One row of cells per series; ``mappings`` say what the values mean, in words and colours."""
    panel = asked(statushistory_builders.Panel(), ask, *targets).mappings(mappings).interval("15m").max_data_points(36)
    panel.show_value(common.VisibilityMode.NEVER).row_height(0.9).col_width(0.95).fill_opacity(90).line_width(0)
    panel.color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    return panel.thresholds(thresholds([(None, FEW)])).legend(_legend()).tooltip(_tooltip())


def heat(ask: Ask, *targets: Target) -> heatmap_builders.Panel:
    """How values are spread, over time; the queries return a histogram's buckets."""
    panel = asked(heatmap_builders.Panel(), ask, *targets).calculate(False).max_data_points(120)
    colors = heatmap_builders.HeatmapColorOptions().mode(heatmap.HeatmapColorMode.SCHEME).scheme("Blues").steps(32)
    colors.exponent(0.5).scale(heatmap.HeatmapColorScale.EXPONENTIAL).fill("blue").reverse(False)
    axis = heatmap_builders.YAxisConfig().unit(ask.unit).axis_placement(common.AxisPlacement.LEFT)
    tooltip = heatmap_builders.HeatmapTooltip().mode(common.TooltipDisplayMode.SINGLE).y_histogram(True)
    return panel.color(colors).y_axis(axis).tooltip(tooltip).cell_gap(1).show_legend()


PALETTE = dashboard.FieldColorModeId.PALETTE_CLASSIC
CENTER = common.BigValueJustifyMode.CENTER


def value(name: str, content: object) -> dashboard.DynamicConfigValue:
    """Return one property of an override."""
    return dashboard.DynamicConfigValue(name, content)


def override(panel: AnyPanel, field: str, *properties: dashboard.DynamicConfigValue) -> AnyPanel:
    """Set properties of the column or line called ``field``."""
    return panel.with_override(dashboard.MatcherConfig("byName", field), list(properties))


def painted(panel: timeseries_builders.Panel, colors: dict[str, str]) -> timeseries_builders.Panel:
    """Give lines their colours, by a pattern of their names: the palette knows nothing of good and bad."""
    for pattern, color in colors.items():
        panel.override_by_regexp(f"/{pattern}/", [value("color", fixed(color))])
    return panel


def fixed(color: str) -> dict[str, str]:
    """Return the property "color" for one colour."""
    return {"mode": "fixed", "fixedColor": color}


def wrapped() -> tuple[dashboard.DynamicConfigValue, ...]:
    """Return what breaks long texts of a column into lines; both places, for it moved within Grafana 12."""
    return value("custom.cellOptions", {"type": "auto", "wrapText": True}), value("custom.wrapText", True)


def hidden(panel: AnyPanel, *fields: str) -> AnyPanel:
    """Hide columns that only links need; both names, for the property was renamed within Grafana 12."""
    for field in fields:
        gone = {"viz": True, "legend": False, "tooltip": False}
        override(panel, field, value("custom.hidden", True), value("custom.hideFrom", gone))
    return panel


def link(title: str, url: str, *, leaves: bool = False) -> dashboard.DynamicConfigValue:
    """Return the property "links"; ``leaves`` says that the link leads out of Grafana."""
    return value("links", [{"title": title, "url": url, "targetBlank": leaves}])


def linked(panel: AnyPanel, field: str, title: str, url: str, *, leaves: bool = False) -> AnyPanel:
    """Make the values of ``field`` links."""
    return override(panel, field, link(title, url, leaves=leaves))


def colored(colors: dict[str, str]) -> tuple[dashboard.DynamicConfigValue, ...]:
    """Return what colours the words of a column."""
    return value("mappings", _mappings(colors)), value("custom.cellOptions", {"type": "color-text"})


def words(meanings: dict[int, tuple[str, str]]) -> dashboard.ValueMapping:
    """Return the words and colours that stand for whole numbers."""
    results = {
        str(code): dashboard.ValueMappingResult(text, color, index=code) for code, (text, color) in meanings.items()
    }
    return dashboard.ValueMap(results)


def between(least: float, most: float, text: str, color: str) -> dashboard.ValueMapping:
    """Return what numbers in a range are called, and their colour."""
    return dashboard.RangeMap(
        dashboard.DashboardRangeMapOptions(least, most, dashboard.ValueMappingResult(text, color))
    )


def nothing(text: str, color: str) -> dashboard.ValueMapping:
    """Return what the absence of a number is called, and its colour."""
    match = dashboard.SpecialValueMatch.NULL_AND_NAN
    return dashboard.SpecialValueMap(
        dashboard.DashboardSpecialValueMapOptions(match, dashboard.ValueMappingResult(text, color))
    )


def thresholds(steps: Steps) -> builders.ThresholdsConfig:
    """Return colours by value."""
    config = builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return config.steps([dashboard.Threshold(least, color) for least, color in steps])


def _named(colors: dict[str, str]) -> dashboard.ValueMap:
    results = {
        text: dashboard.ValueMappingResult(None, color, None, n) for n, (text, color) in enumerate(colors.items())
    }
    return dashboard.ValueMap(results)


def _mappings(colors: dict[str, str]) -> list[dashboard.ValueMapping]:
    return [_named(colors), *(_bracketed(colors) if colors is SEVERITIES else [])]


def _bracketed(colors: dict[str, str]) -> list[dashboard.ValueMapping]:
    """Return the colours of words in brackets behind another one: see :func:`dashboards.sql.severity`."""
    return [
        dashboard.RegexMap(
            dashboard.DashboardRegexMapOptions(rf"/.* \({text}\)$/", dashboard.ValueMappingResult(None, color, None, n))
        )
        for n, (text, color) in enumerate(colors.items(), len(colors))
    ]


def _filled(down_to: str) -> tuple[dashboard.DynamicConfigValue, ...]:
    return value("custom.fillBelowTo", down_to), value("custom.fillOpacity", 20)


def _legend() -> common_builders.VizLegendOptions:
    legend = common_builders.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM)
    return legend.display_mode(common.LegendDisplayMode.LIST).calcs([])


def _tooltip() -> Any:
    return common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
