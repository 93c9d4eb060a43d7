"""Texts that only a query can translate: names of series, choices of a variable, marks over the panels.

Grafana has no mapping of values for them. The query stays the same but for the expression of the text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from dashboards.kit.sql import name_of
from dashboards.translation.catalog import LABEL, VALUE, Catalog
from dashboards.translation.values import CLOSED
from stream.pipeline.notify.wording import TOPICS
from stream.pipeline.windows.contribution import ALL, GROUP

Json = dict[str, Any]
_NAME_OF: Final = re.compile(rf"CASE WHEN (\S+) = '{ALL}'")
WORDS: Final = {column: CLOSED[column] for column in ("status", "severity", "kind")}


def name_series(panel: Json, catalog: Catalog) -> None:
    """Let the queries of a panel name series in the language."""
    for target in panel["targets"]:
        if "rawSql" in target:
            target["rawSql"] = with_names(target["rawSql"], catalog)


def name_choices(dashboard: Json, catalog: Catalog) -> None:
    """Let the variables offer texts in the language; their values stay."""
    for variable in dashboard.get("templating", {}).get("list", []):
        if variable["type"] == "query":
            variable["query"] = _with_words(with_names(variable["query"], catalog), catalog)
        else:
            choices = [*variable["options"], variable["current"]]
            for choice in choices:
                choice["text"] = catalog.say(choice["value"], LABEL)
            variable["query"] = ",".join(f"{choice['text']} : {choice['value']}" for choice in variable["options"])


def name_marks(dashboard: Json, catalog: Catalog) -> None:
    """Let the marks of alerts have their texts in the language."""
    for mark in dashboard.get("annotations", {}).get("list", []):
        sql = with_names(mark["target"]["rawSql"], catalog)
        mark["target"]["rawSql"] = _with_words(sql, catalog)


def with_names(sql: str, catalog: Catalog) -> str:
    """Return a query whose names of series are in the language."""
    for series in set(_NAME_OF.findall(sql)):
        sql = sql.replace(name_of(series), _name_in(series, catalog))
    return sql


def _name_in(series: str, catalog: Catalog) -> str:
    """Return what a series is called, an SQL expression, as :func:`stream.view.wording.series_name` has it."""
    topic = f"substring({series} FROM '(?:^|/)topic:(.*)$')"
    entry = f"nullif(regexp_replace(regexp_replace({series}, '(^|/)topic:.*$', ''), '^entry:', ''), '')"
    group = catalog.say("group {group}", VALUE).replace("{group}", "")
    return (
        f"CASE WHEN {series} = '{ALL}' THEN '{catalog.say('all names', VALUE)}'"
        f" WHEN {series} LIKE '{GROUP}%' THEN '{group}' || substr({series}, {len(GROUP) + 1})"
        f" ELSE concat_ws(' / ', {entry}, {_word(topic, tuple(sorted(TOPICS)), catalog)}) END"
    )


def _with_words(sql: str, catalog: Catalog) -> str:
    sql = re.sub(r"'((?:this )?alert: )'", lambda match: f"'{catalog.say(match[1], VALUE)}'", sql)
    for column, words in WORDS.items():
        # Where it is shown, not where it is compared.
        sql = re.sub(rf"(?<![.\w]){column}(?= AS \"| \|\|)", _word(column, words, catalog), sql)
    return sql


def _word(expression: str, words: tuple[str, ...], catalog: Catalog) -> str:
    known = json.dumps({word: catalog.say(word, VALUE) for word in words}, ensure_ascii=False)
    return f"coalesce('{known}'::jsonb ->> {expression}, {expression})"
