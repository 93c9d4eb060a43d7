"""JSON Schemas of what others read and write: made from the code, committed for others, and compared by a test."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec

from stream.pipeline.feeds.sources import SourcesSpec
from stream.pipeline.notify.config import RoutesSpec
from stream.pipeline.notify.payload import VERSION, Notification
from stream.pipeline.rules.book import BookSpec

# By the name of the committed file beside this one: what it describes, and its title. That of the API is made from its
# paths, in stream.api.openapi.
DESCRIBED: dict[str, tuple[type[msgspec.Struct], str]] = {
    "rules.schema.json": (BookSpec, "Rules of Bellwether"),
    "routes.schema.json": (RoutesSpec, "Receivers and routes of Bellwether"),
    "sources.schema.json": (SourcesSpec, "Sources of Bellwether"),
    "notification.schema.json": (Notification, f"Bellwether notification, version {VERSION}"),
}


def json_schema(file: str) -> dict[str, Any]:
    """Return the JSON Schema that the committed ``file`` should hold, as plain lists and dictionaries.

    Raises:
        KeyError: ``file`` is not in DESCRIBED.
    """
    kind, title = DESCRIBED[file]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({**head, **dedented(msgspec.json.schema(kind))}))
    return made


def dedented(schema: Any) -> Any:
    """Return ``schema`` with its descriptions as Python 3.13 has them; older ones keep the indentation of docstrings.

    >>> dedented({"description": "One.\\n\\n    Two."})
    {'description': 'One.\\n\\nTwo.'}
    """
    if isinstance(schema, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else dedented(value)
            for key, value in schema.items()
        }
    return [dedented(item) for item in schema] if isinstance(schema, list) else schema
