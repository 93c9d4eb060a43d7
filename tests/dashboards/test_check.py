"""The generated dashboards: current, valid, in the house style; and the check of the style sees every fault."""

import copy
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from dashboards.build import build, committed, differences, folder_of
from dashboards.check import faults
from stream.errors import SettingsError
from stream.pipeline.rules import Reason
from stream.translation import LANGUAGES
from tests.dashboards.exposed import exposed

# Beside the project or in it; it is not part of it.
SCHEMAS = [
    folder / "shared/grafana/dashboard-classic-13.2.schema.json" for folder in Path(__file__).resolve().parents[2:4]
]
UIDS = {"bellwether-overview", "bellwether-series", "bellwether-alert", "bellwether-pipeline"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_committed_is_what_the_code_makes(language: str) -> None:
    assert differences(folder_of(language), language) == {}
    assert committed(language).keys() == UIDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dashboards_keep_the_house_style(language: str) -> None:
    assert faults(committed(language).values()) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("uid", sorted(UIDS))
def test_dashboards_follow_the_schema_of_grafanas_own_types(uid: str, language: str) -> None:
    path = next((schema for schema in SCHEMAS if schema.exists()), None)
    if path is None:
        pytest.skip("shared/grafana/dashboard-classic-13.2.schema.json, made from @grafana/schema 13.2, is not here")
    schema = json.loads(path.read_text())
    # The one place where the published types are behind Grafana: they know the target of its own annotations alone,
    # and say so ("TODO.. this should just be a normal query target"). Ours are queries.
    assert "TODO" in schema["definitions"]["AnnotationQuery"]["properties"]["target"]["description"]
    schema["definitions"]["AnnotationTarget"] = {"type": "object", "required": ["refId", "rawSql"]}
    validator = Draft7Validator(schema)
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(committed(language)[uid])] == []


def test_building_writes_removes_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "of-old.json").write_text("{}")
    assert build(tmp_path) == {f"{uid}.json": "new" for uid in UIDS} | {"of-old.json": "removed"}
    assert {path.name for path in tmp_path.iterdir()} == {f"{uid}.json" for uid in UIDS}
    assert build(tmp_path) == {}
    changed = tmp_path / "bellwether-alert.json"
    changed.write_text(changed.read_text() + " ")
    assert build(tmp_path) == {"bellwether-alert.json": "changed"}
    assert changed.read_text() == (folder_of("en") / changed.name).read_text()


def test_without_the_sdk_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grafana_foundation_sdk", None)
    with pytest.raises(SettingsError, match=r"grafana-foundation-sdk is not installed.*pip install -e '.\[grafana\]'"):
        build(Path("/nowhere"))


def _at(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(node: Any) -> None:
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = to

    return change


FIRST = ("panels", 0)
QUERY = (*FIRST, "targets", 0, "rawSql")
BROKEN: dict[str, Callable[[Any], None]] = {
    "the uid must begin with bellwether-": _at("uid", to="overview"),
    "timezone is 'utc'": _at("timezone", to="utc"),
    "graphTooltip is 0": _at("graphTooltip", to=0),
    "editable is True": _at("editable", to=True),
    "has no refresh": _at("refresh", to=""),
    "has no link to the others": _at("links", 0, "keepTime", to=False),
    "ids of panels are missing or used twice": _at("panels", 1, "id", to=1),
    "reaches beyond the 24 columns": _at(*FIRST, "gridPos", "w", to=25),
    "lies over": _at("panels", 1, "gridPos", "x", to=0),
    "the title uses $nobody": _at(*FIRST, "title", to="How is ${nobody:text}?"),
    "asks no question": _at(*FIRST, "title", to="Status"),
    "has no description": _at(*FIRST, "description", to=""),
    "has no unit": _at(*FIRST, "fieldConfig", "defaults", "unit", to=""),
    "has no text for no data": _at(*FIRST, "fieldConfig", "defaults", "noValue", to=""),
    "says not which value it shows": _at(*FIRST, "options", "reduceOptions", "calcs", to=[]),
    "asks the unknown data source": _at(*FIRST, "targets", 0, "datasource", "uid", to="other"),
    "has an empty query": _at(*QUERY, to=""),
    "uses $nobody": _at(*QUERY, to="SELECT ${nobody:sqlstring}"),
    "an argument of $__timeFilter holds a bracket": _at(*QUERY, to="SELECT $__timeFilter(lower(a))"),
    "links to elsewhere": _at(*FIRST, "fieldConfig", "defaults", "links", to=[{"url": "/d/elsewhere?from=1"}]),
    "its link loses the time": _at(*FIRST, "fieldConfig", "defaults", "links", to=[{"url": "/d/bellwether-alert"}]),
    "refIds are missing or used twice": lambda dashboard: dashboard["panels"][0]["targets"].append(
        dashboard["panels"][0]["targets"][0]
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_check_sees(fault: str) -> None:
    dashboards = copy.deepcopy(committed())
    BROKEN[fault](dashboards["bellwether-overview"])
    assert any(fault in line for line in faults(dashboards.values())), faults(dashboards.values())


def test_chinese_says_as_much_in_fewer_characters() -> None:
    dashboards = copy.deepcopy(committed())
    panel = dashboards["bellwether-overview"]["panels"][0]
    panel |= {"title": "现在有异常吗？", "description": "预警目前的状态。"}
    assert faults(dashboards.values()) == []
    panel |= {"title": "现在的状态", "description": "状态。"}
    assert [line.partition(": ")[2] for line in faults(dashboards.values())] == [
        "the title asks no question",
        "has no description",
    ]


def test_the_check_sees_a_variable_that_is_not_quoted_and_a_legend_that_is_off() -> None:
    dashboards = copy.deepcopy(committed())
    _at(*QUERY, to="SELECT '$series'")(dashboards["bellwether-series"])
    chart = next(panel for panel in dashboards["bellwether-series"]["panels"] if panel["type"] == "timeseries")
    chart["options"]["legend"]["showLegend"] = False
    messages = faults(dashboards.values())
    assert any("$series is not quoted" in line for line in messages)
    assert any("has no legend" in line for line in messages)
    dashboards["twin"] = dashboards["bellwether-alert"]
    assert "bellwether-alert: the uid is used twice" in faults(dashboards.values())


def test_every_metric_that_a_panel_names_exists() -> None:
    named = {
        name
        for panel in committed()["bellwether-pipeline"]["panels"]
        for target in panel["targets"]
        if "expr" in target
        for name in _metrics(target["expr"])
    }
    assert len(named) > 10
    assert named <= exposed()


def _metrics(expression: str) -> list[str]:
    return re.findall(r"\bbellwether_\w+", expression)


def test_every_word_of_the_detector_has_a_colour() -> None:
    panels = committed()["bellwether-series"]["panels"]
    state = next(panel for panel in panels if panel["title"] == "How does ${series:text} stand now?")
    [mapping] = state["fieldConfig"]["defaults"]["mappings"]
    assert {reason.value for reason in Reason} <= mapping["options"].keys()
