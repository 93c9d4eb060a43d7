"""The dashboards in another language than English: finished JSON with the words that people read exchanged.

The English JSON stays the source: its words are the keys of ``locales/LANGUAGE.po``. Queries, uids and names of fields
stay as they are, so panels, links and alert rules work alike in each language.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

LOCALES: Final = Path(__file__).with_name("locales")
KEYS: Final = frozenset({"title", "description", "noValue", "legendFormat", "displayName", "label", "tooltip", "text"})
# Of an override; the second names a field as it is shown.
PROPERTIES: Final = frozenset({"noValue", "displayName", "unit", "custom.fillBelowTo"})
# What is the same in each language: variables, and names.
TEMPLATE: Final = re.compile(r"\$\w+|\$\{[^}]*\}|\{\{[^}]*\}\}|\bp\d+\b|\bBellwether\b")


def translated(dashboard: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a copy of the dashboard in ``language``; a text without a translation stays English."""
    result = copy.deepcopy(dashboard)
    known = {} if language == "en" else catalog(language)
    for node, key in _places(result):
        node[key] = known.get(node[key], node[key])
    return result


def words(dashboard: dict[str, Any]) -> set[str]:
    """Return every text of the dashboard that a person reads and that is to be translated."""
    return {node[key] for node, key in _places(dashboard)}


@cache
def catalog(language: str) -> dict[str, str]:
    """Return English text -> text in ``language``, as far as it is translated."""
    from polib import pofile  # here, since who reads English needs none

    entries = pofile(str(LOCALES / f"{language}.po"), encoding="utf-8")
    return {entry.msgid: entry.msgstr for entry in entries if entry.translated()}


def _places(node: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each text as the mapping that holds it and its key."""
    if isinstance(node, list):
        for child in node:
            yield from _places(child)
    elif isinstance(node, dict):
        for key, value in node.items():
            if not isinstance(value, str):
                yield from _places(value)
            elif _is_read(node, key, value) and re.search(r"[A-Za-z]", TEMPLATE.sub("", value)):
                yield node, key


def _is_read(node: dict[str, Any], key: str, value: str) -> bool:
    match key:
        case "text":  # of a mapping of values; beside a value it is a choice of a variable, which queries use
            return "value" not in node
        case "unit":
            return value.startswith(("suffix:", "prefix:"))
        case "name":  # of marks over all panels, which one can switch off
            return "iconColor" in node
        case "value":
            return node.get("id") in PROPERTIES and (node["id"] != "unit" or value.startswith(("suffix:", "prefix:")))
    return key in KEYS
