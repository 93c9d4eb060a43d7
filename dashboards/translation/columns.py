"""Heads of columns and names of lines that are columns of an SQL query."""

from __future__ import annotations

import re
from typing import Any, Final

from dashboards.translation.catalog import COLUMN, Catalog
from dashboards.translation.values import mappings_of
from stream.pipeline.notify.wording import TOPICS

Json = dict[str, Any]
TOPIC: Final = "${__field.labels.topic}"


def columns_of(sql: str) -> list[str]:
    """Return the columns that a query of the dashboards returns, in their order.

    >>> columns_of("WITH a AS (SELECT 1) SELECT DISTINCT ON (1) b.c, max(d, 'x, y') AS \\"e f\\" FROM a")
    ['c', 'e f']
    """
    flat = _outermost(re.sub(r"'(?:[^']|'')*'", "''", sql))
    selected = flat.rpartition("SELECT ")[2].partition("FROM")[0]
    selected = re.sub(r"^\s*DISTINCT ON\s*", "", selected)
    items = re.findall(r'(?:"[^"]*"|[^,"])+', selected)
    names = (re.search(r'(?:"([^"]+)"|(\w+)|\$__timeGroup(Alias))\s*$', item) for item in items)
    return ["time" if name[3] else name[1] or name[2] for name in names if name]


def name_columns(panel: Json, catalog: Catalog) -> None:
    """Give the columns of a table and the lines of a chart their names, and the texts in them their words."""
    config = panel["fieldConfig"]
    if called := config["defaults"].get("displayName"):  # all lines, by a label
        if called == TOPIC:
            config.setdefault("overrides", []).extend(_named(topic, catalog.say(topic)) for topic in sorted(TOPICS))
        return
    if panel["type"] == "stat":
        return  # it shows the value alone
    unseen = _unseen(config)
    for target in panel["targets"]:
        for column in columns_of(target.get("rawSql", "")):
            if column in unseen or (target["format"] == "time_series" and column == "time"):
                continue
            rule = _named(column, catalog.say(column, COLUMN)) if not _is_named(config, column) else _rule(column)
            if target["format"] == "table" and (mappings := mappings_of(column, _coloured(config, column), catalog)):
                rule["properties"].append({"id": "mappings", "value": mappings})
            if rule["properties"]:
                config.setdefault("overrides", []).append(rule)


def _outermost(sql: str) -> str:
    """Return ``sql`` without what stands in brackets."""
    depth, kept = 0, []
    for character in sql:
        depth -= character == ")"
        if depth == 0 and character not in "()":
            kept.append(character)
        depth += character == "("
    return " ".join("".join(kept).split())


def _unseen(config: Json) -> set[str]:
    """Return the columns that nobody sees: hidden ones, and labels whose value stands in the name of a line."""
    hidden = {
        rule["matcher"]["options"]
        for rule in config.get("overrides", [])
        if any(item["id"] == "custom.hidden" and item["value"] for item in rule["properties"])
    }
    return hidden | set(re.findall(r"__field\.labels\.(\w+)", str(config.get("overrides"))))


def _coloured(config: Json, column: str) -> set[str]:
    """Return the words of a column that the panel gives a colour."""
    mappings = [mapping for item in _own(config, column) if item["id"] == "mappings" for mapping in item["value"]]
    return {word for mapping in mappings if mapping["type"] == "value" for word in mapping["options"]}


def _is_named(config: Json, column: str) -> bool:
    return any(item["id"] == "displayName" for item in _own(config, column))


def _own(config: Json, column: str) -> list[Json]:
    """Return the properties that overrides give a column by its name."""
    matcher = _rule(column)["matcher"]
    return [item for rule in config.get("overrides", []) if rule["matcher"] == matcher for item in rule["properties"]]


def _rule(name: str, *properties: Json) -> Json:
    return {"matcher": {"id": "byName", "options": name}, "properties": list(properties)}


def _named(name: str, shown: str) -> Json:
    return _rule(name, {"id": "displayName", "value": shown})
