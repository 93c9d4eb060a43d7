"""The dashboards in another language than English: finished JSON with the words that people read exchanged.

The English JSON stays the source: its words are the keys of ``locales/LANGUAGE.po``. Queries ask for the same, and uids
and names of fields stay as they are, so that links, colours and alert rules work alike in each language.
"""

from __future__ import annotations

import copy
from typing import Any

from dashboards.translation.catalog import Catalog
from dashboards.translation.columns import name_columns
from dashboards.translation.legends import name_lines
from dashboards.translation.queries import name_choices, name_marks, name_series
from dashboards.translation.texts import exchange_texts
from dashboards.translation.values import word_mappings


def translated(dashboard: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Return a copy of the dashboard in the language of ``catalog``, which then knows the texts that it lacks."""
    result = copy.deepcopy(dashboard)
    exchange_texts(result, catalog)
    for panel in result["panels"]:
        word_mappings(panel, catalog)
        name_columns(panel, catalog)
        name_lines(panel, catalog)
        name_series(panel, catalog)
    name_choices(result, catalog)
    name_marks(result, catalog)
    return result
