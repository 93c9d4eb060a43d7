"""What a misspelt field of a file may have meant: the nearest of those that may stand at its place."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

from stream.errors import Place


def hint(kind: Any, place: Place, unknown: str) -> str:
    """Return what to say behind "unknown field", empty where nothing is near.

    Args:
        kind: the type that the whole file is read as.
        place: the way to the mapping in which the field stands.
        unknown: the field.
    """
    kinds = [inspect.type_info(kind)]
    for step in place:
        kinds = [inner for one in kinds for inner in _within(one, step)]
    known = [field.encode_name for one in kinds for each in _options(one) for field in getattr(each, "fields", ())]
    near = get_close_matches(unknown.lower().replace("-", "_").replace(" ", "_"), known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _options(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _options(one)
    elif isinstance(kind, inspect.Metadata):
        yield from _options(kind.type)
    else:
        yield kind


def _within(kind: inspect.Type, step: str | int) -> Iterator[inspect.Type]:
    for one in _options(kind):
        if isinstance(one, inspect.StructType):
            yield from (field.type for field in one.fields if field.encode_name == step)
        elif isinstance(one, inspect.DictType):
            yield one.value_type
        elif isinstance(one, inspect.ListType | inspect.VarTupleType):
            yield one.item_type
