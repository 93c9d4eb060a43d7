"""What a person who reads Chinese is shown of a table, as Grafana makes it, and whether there is English in it."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
# Names, which are the same in each language: of programs, settings, addresses, commands, variables, quantiles.
_NAMES = re.compile(
    r"`[^`]*`|\$\w+|\$\{[^}]*\}|\{\{[^}]*\}\}|\bBELLWETHER_\w+|/healthz|/metrics|docs/\w+\.md|\bp\d+\b|p\(|suffix:"
    r"|\b(Bellwether|Kafka|Redis|Prometheus|PostgreSQL|webhook|GPU|CPU|ISO|UTC)\b"
)


def is_english(text: str) -> bool:
    """Return whether a word of English is in ``text``."""
    return re.search("[A-Za-z]", _NAMES.sub("", text)) is not None


def head_of(panel: Json, column: str) -> str:
    """Return what stands above a column; the last rule that names it counts."""
    names = [item["value"] for item in _properties(panel, column) if item["id"] == "displayName"]
    return names[-1] if names else column


def line_of(panel: Json, legend: str, labels: dict[str, str]) -> str:
    """Return what a line out of Prometheus is called: its legend, or what the last rule that names it says."""
    name = re.sub(r"{{(\w+)}}", lambda match: labels.get(match[1], ""), legend)
    for step in panel.get("transformations", []):
        options = step["options"]
        name = re.sub(options["regex"][1:-1], options["renamePattern"].replace("$1", r"\1"), name)
    called = [
        item["value"]
        for rule in panel["fieldConfig"].get("overrides", [])
        if goes_by(rule["matcher"], name)
        for item in rule["properties"]
        if item["id"] == "displayName"
    ]
    return re.sub(r"\$\{__field\.labels\.(\w+)\}", lambda match: labels[match[1]], called[-1]) if called else name


def goes_by(matcher: Json, name: str) -> bool:
    """Return whether a rule is for the line of that name."""
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"][1:-1], name) is not None
    return bool(matcher == {"id": "byName", "options": name})


def shown(panel: Json, column: str, content: Any) -> Any:
    """Return what stands in a cell."""
    result = mapping_of(panel, column, content)
    return content if result is None else result.get("text", content)


def mapping_of(panel: Json, column: str, content: Any) -> Json | None:
    """Return text and colour of a cell. Of several lists of mappings the later stands first; the first hit counts."""
    lists = [item["value"] for item in _properties(panel, column) if item["id"] == "mappings"]
    mappings = [mapping for listed in reversed(lists) for mapping in listed]
    for mapping in mappings or panel["fieldConfig"]["defaults"].get("mappings", []):
        options = mapping["options"]
        if mapping["type"] == "value" and str(content) in options:
            return dict(options[str(content)])
        if mapping["type"] == "regex" and isinstance(content, str):
            pattern = options["pattern"].removeprefix("/").removesuffix("/")
            if re.search(pattern, content):
                text = re.sub(r"\$(\d+)", r"\\\1", options["result"]["text"])
                return {**options["result"], "text": re.sub(pattern, text, content)}
    return None


def _properties(panel: Json, column: str) -> list[Json]:
    return [
        item
        for rule in panel["fieldConfig"].get("overrides", [])
        if rule["matcher"] == {"id": "byName", "options": column}
        for item in rule["properties"]
    ]
