"""Columns and lines of a panel: their colours, words, links and widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import timeseries as timeseries_builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard

from dashboards.kit.colors import CALM, SEVERITIES

Steps = Sequence[tuple[float | None, str]]  # from this value on, this colour; the first from None on
Query = Builder[Dataquery]


class PanelBuilder(Protocol):
    """What the SDK's builders of panels have in common."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def with_target(self, target: Query) -> Self: ...
    def interval(self, interval: str) -> Self: ...
    def max_data_points(self, max_data_points: float) -> Self: ...
    def with_override(
        self, matcher: dashboard.MatcherConfig, properties: list[dashboard.DynamicConfigValue]
    ) -> Self: ...
    def build(self) -> dashboard.Panel: ...


AnyPanel = TypeVar("AnyPanel", bound=PanelBuilder)


def value(name: str, content: object) -> dashboard.DynamicConfigValue:
    """Return one property of an override."""
    return dashboard.DynamicConfigValue(name, content)


def override(panel: AnyPanel, field: str, *properties: dashboard.DynamicConfigValue) -> AnyPanel:
    """Set properties of the column or line called ``field``."""
    return panel.with_override(dashboard.MatcherConfig("byName", field), list(properties))


def color_lines(panel: timeseries_builders.Panel, colors: dict[str, str]) -> timeseries_builders.Panel:
    """Give lines their colours, by a pattern of their names: the palette knows nothing of good and bad."""
    for pattern, color in colors.items():
        panel.override_by_regexp(f"/{pattern}/", [value("color", fixed_color(color))])
    return panel


def fixed_color(color: str) -> dict[str, str]:
    """Return the property "color" for one colour."""
    return {"mode": "fixed", "fixedColor": color}


def wrap_text() -> tuple[dashboard.DynamicConfigValue, ...]:
    """Return what breaks long texts of a column into lines; both places, for it moved within Grafana 12."""
    return value("custom.cellOptions", {"type": "auto", "wrapText": True}), value("custom.wrapText", True)


def hide(panel: AnyPanel, *fields: str) -> AnyPanel:
    """Hide columns that only links need; both names, for the property was renamed within Grafana 12."""
    for field in fields:
        gone = {"viz": True, "legend": False, "tooltip": False}
        override(panel, field, value("custom.hidden", True), value("custom.hideFrom", gone))
    return panel


def link(title: str, url: str, *, leaves: bool = False) -> dashboard.DynamicConfigValue:
    """Return the property "links"; ``leaves`` says that the link leads out of Grafana."""
    return value("links", [{"title": title, "url": url, "targetBlank": leaves}])


def link_field(panel: AnyPanel, field: str, title: str, url: str, *, leaves: bool = False) -> AnyPanel:
    """Make the values of ``field`` links."""
    return override(panel, field, link(title, url, leaves=leaves))


def color_words(colors: dict[str, str]) -> tuple[dashboard.DynamicConfigValue, ...]:
    """Return what colours the words of a column."""
    return value("mappings", word_mappings(colors)), value("custom.cellOptions", {"type": "color-text"})


def number_words(meanings: dict[int, tuple[str, str]]) -> dashboard.ValueMapping:
    """Return the words and colours that stand for whole numbers."""
    results = {
        str(code): dashboard.ValueMappingResult(text, color, index=code) for code, (text, color) in meanings.items()
    }
    return dashboard.ValueMap(results)


def calm_none() -> dashboard.ValueMapping:
    """Return what shows 0 as "none", in blue."""
    return number_words({0: ("none", CALM)})


def word_for_range(least: float, most: float, text: str, color: str) -> dashboard.ValueMapping:
    """Return what numbers in a range are called, and their colour."""
    return dashboard.RangeMap(
        dashboard.DashboardRangeMapOptions(least, most, dashboard.ValueMappingResult(text, color))
    )


def word_for_null(text: str, color: str) -> dashboard.ValueMapping:
    """Return what the absence of a number is called, and its colour."""
    match = dashboard.SpecialValueMatch.NULL_AND_NAN
    return dashboard.SpecialValueMap(
        dashboard.DashboardSpecialValueMapOptions(match, dashboard.ValueMappingResult(text, color))
    )


def color_steps(steps: Steps) -> builders.ThresholdsConfig:
    """Return Grafana's thresholds: colours by value."""
    config = builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return config.steps([dashboard.Threshold(least, color) for least, color in steps])


def word_mappings(colors: dict[str, str]) -> list[dashboard.ValueMapping]:
    """Return the mappings that colour words; those of severities also where they stand in brackets."""
    return [_colors_by_word(colors), *(_bracketed_word_mappings(colors) if colors is SEVERITIES else [])]


def _colors_by_word(colors: dict[str, str]) -> dashboard.ValueMap:
    results = {
        text: dashboard.ValueMappingResult(None, color, None, n) for n, (text, color) in enumerate(colors.items())
    }
    return dashboard.ValueMap(results)


def _bracketed_word_mappings(colors: dict[str, str]) -> list[dashboard.ValueMapping]:
    """Return the colours of words in brackets behind another one: see :func:`dashboards.kit.sql.severity_column`."""
    return [
        dashboard.RegexMap(
            dashboard.DashboardRegexMapOptions(rf"/.* \({text}\)$/", dashboard.ValueMappingResult(None, color, None, n))
        )
        for n, (text, color) in enumerate(colors.items(), len(colors))
    ]


def fill_below(down_to: str) -> tuple[dashboard.DynamicConfigValue, ...]:
    """Return what fills the space between a line and the one called ``down_to``."""
    return value("custom.fillBelowTo", down_to), value("custom.fillOpacity", 20)
