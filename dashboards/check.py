"""The house style as a check on finished JSON, whoever made it: what a reader of a panel may count on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from dashboards.names import COLUMNS, SOURCES, TAG

Json = Mapping[str, Any]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}|\$(?P<bare>\w+)")
MACRO = re.compile(r"\$(__\w+)\(([^()]*)(\)|\()")
BUILT_IN = re.compile(r"__\w+")
SHARED = {"timezone": "browser", "graphTooltip": 1, "tags": [TAG], "editable": False}


def faults(dashboards: Iterable[Json]) -> list[str]:
    """Return every fault of every dashboard, as "uid / panel: what is wrong"; empty when there is none."""
    checked = list(dashboards)
    uids = [dashboard["uid"] for dashboard in checked]
    messages = [f"{dashboard['uid']}{fault}" for dashboard in checked for fault in _of_dashboard(dashboard)]
    messages += [f"{uid}: the uid is used twice" for uid in sorted({uid for uid in uids if uids.count(uid) > 1})]
    return messages + [f"{dashboard['uid']}{fault}" for dashboard in checked for fault in _dead_links(dashboard, uids)]


def _of_dashboard(dashboard: Json) -> Iterator[str]:
    yield from _of_head(dashboard)
    yield from _of_ids(dashboard["panels"])
    yield from _overlaps(dashboard["panels"])
    variables = {variable["name"] for variable in dashboard.get("templating", {}).get("list", [])}
    for panel in dashboard["panels"]:
        yield from (f" / {panel.get('title') or panel.get('id')}: {fault}" for fault in _of_panel(panel, variables))
    for mark in dashboard.get("annotations", {}).get("list", []):
        yield from (f" / marks '{mark['name']}': {fault}" for fault in _of_query(mark["target"], variables))


def _of_head(dashboard: Json) -> Iterator[str]:
    """What stands above the panels: the uid, the settings that all dashboards share, words, links."""
    if not re.fullmatch(r"bellwether-[a-z-]{1,29}", dashboard["uid"]):
        yield ": the uid must begin with bellwether- and have at most 40 characters"
    for key, wanted in SHARED.items():
        if dashboard.get(key) != wanted:
            yield f": {key} is {dashboard.get(key)!r}, not {wanted!r}"
    for key in ("title", "description", "refresh"):
        if not dashboard.get(key):
            yield f": has no {key}"
    links = [link for link in dashboard.get("links", []) if link["type"] == "dashboards" and link["tags"] == [TAG]]
    if not any(link["keepTime"] and link["includeVars"] for link in links):
        yield ": has no link to the others, by tag, that keeps time and variables"


def _of_ids(panels: Sequence[Json]) -> Iterator[str]:
    ids = [panel.get("id") for panel in panels]
    if None in ids or len(set(ids)) != len(ids):
        yield ": ids of panels are missing or used twice"


def _of_panel(panel: Json, variables: set[str]) -> Iterator[str]:
    if not panel.get("title", "").endswith(("?", "？")):
        yield "the title asks no question"
    if cell_len(panel.get("description", "")) < 12:  # columns: a Chinese character says as much as some Latin ones
        yield "has no description"
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    for key, name in (("unit", "unit"), ("noValue", "text for no data")):
        if not defaults.get(key):
            yield f"has no {name}"
    if panel.get("type") == "stat" and not panel["options"].get("reduceOptions", {}).get("calcs"):
        yield "says not which value it shows"
    if panel.get("type") == "timeseries" and not panel["options"].get("legend", {}).get("showLegend"):
        yield "has no legend"
    refs = [target.get("refId") for target in panel["targets"]]
    if len(set(refs)) != len(refs) or None in refs:
        yield "refIds are missing or used twice"
    for match in VARIABLE.finditer(panel.get("title", "")):
        if (name := match["name"] or match["bare"]) not in variables:
            yield f"the title uses ${name}, which is no variable of the dashboard"
    for target in panel["targets"]:
        yield from _of_query(target, variables)


def _of_query(target: Json, variables: set[str]) -> Iterator[str]:
    source = target.get("datasource", {})
    if SOURCES.get(source.get("uid")) != source.get("type"):
        yield f"asks the unknown data source {source.get('uid')!r}"
    text = target.get("rawSql") or target.get("expr") or ""
    if not text:
        yield "has an empty query"
    for match in VARIABLE.finditer(text):
        name = match["name"] or match["bare"]
        if BUILT_IN.fullmatch(name):
            continue
        if name not in variables:
            yield f"uses ${name}, which is no variable of the dashboard"
        elif "rawSql" in target and match["rest"] != ":sqlstring":
            yield f"${name} is not quoted by :sqlstring"
    yield from (f"an argument of ${name} holds a bracket" for name, _, end in MACRO.findall(text) if end == "(")


def _overlaps(panels: Iterable[Json]) -> Iterator[str]:
    owners: dict[tuple[int, int], Any] = {}  # cell of the grid -> title of the panel on it
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] < 0 or at["x"] + at["w"] > COLUMNS:
            yield f" / {panel['title']}: reaches beyond the {COLUMNS} columns of the grid"
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if under := {owners[cell] for cell in cells if cell in owners}:
            yield f" / {panel['title']}: lies over {', '.join(sorted(under))}"
        owners |= dict.fromkeys(cells, panel["title"])


def _dead_links(dashboard: Json, uids: Sequence[str]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for url in _urls(panel.get("fieldConfig", {})):
            target = re.match(r"/d/([\w-]+)", url)
            if target and target[1] not in uids:
                yield f" / {panel['title']}: links to {target[1]}, which is no dashboard"
            if target and "from=" not in url and "__url_time_range" not in url:
                yield f" / {panel['title']}: its link loses the time"


def _urls(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("url"), str):
            yield node["url"]
        for child in node.values():
            yield from _urls(child)
    elif isinstance(node, list):
        for child in node:
            yield from _urls(child)
