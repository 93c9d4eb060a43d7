"""Texts that stand in the JSON as they are shown: titles, descriptions, what is said where there are no data, units."""

from __future__ import annotations

from typing import Any, Final

from dashboards.translation.catalog import Catalog

KEYS: Final = frozenset({"title", "description", "noValue", "displayName", "label", "tooltip", "text"})
# Of an override; the last names a field as it is shown.
PROPERTIES: Final = frozenset({"noValue", "displayName", "custom.fillBelowTo"})
_OWN_UNIT: Final = ("suffix:", "prefix:")
# Units that Grafana writes in English words, in each language ("33 seconds", "2 mins", "1.2 Mil"), and what stands for
# them: hours:minutes:seconds, seconds, digits in groups.
_ENGLISH_UNITS: Final = {"dtdurations": "dthms", "s": "suffix: s", "short": "locale"}


def exchange_texts(node: Any, catalog: Catalog) -> None:
    """Exchange each text under ``node`` that a person reads."""
    if isinstance(node, list):
        for child in node:
            exchange_texts(child, catalog)
    elif isinstance(node, dict):
        for key, value in node.items():
            if not isinstance(value, str):
                exchange_texts(value, catalog)
            elif key == "unit" or (key == "value" and node.get("id") == "unit"):
                unit = _ENGLISH_UNITS.get(value, value)
                node[key] = catalog.say(unit) if unit.startswith(_OWN_UNIT) else unit
            elif _is_read(node, key):
                node[key] = catalog.say(value)


def _is_read(node: dict[str, Any], key: str) -> bool:
    match key:
        case "text":  # of a mapping of values; beside a value it is a choice of a variable
            return "value" not in node
        case "name":  # of marks over all panels, which one can switch off
            return "iconColor" in node
        case "value":
            return node.get("id") in PROPERTIES
    return key in KEYS
