"""What a misspelt field of a file may have meant: the nearest of those that may stand at its place."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

from stream.errors import Place
from stream.pipeline.units import Secret


def hint(kind: Any, place: Place, unknown: str) -> str:
    """Return what to say behind "unknown field", empty where nothing is near.

    Args:
        kind: the type that the whole file is read as.
        place: the way to the mapping in which the field stands.
        unknown: the field.
    """
    known = [field.encode_name for each in _kinds_at(kind, place) for field in getattr(each, "fields", ())]
    near = get_close_matches(unknown.lower().replace("-", "_").replace(" ", "_"), known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def choices(kind: Any, place: Place) -> list[str]:
    """Return the values of which one may stand at a place; none where it may be any other."""
    known = list[str]()
    for one in _kinds_at(kind, place):
        if isinstance(one, inspect.EnumType):
            known += [str(member.value) for member in one.cls]
        elif isinstance(one, inspect.LiteralType):
            known += map(str, one.values)
    if not known and place:  # the field that tells which kind of mapping it is
        mappings = [one for one in _kinds_at(kind, place[:-1]) if isinstance(one, inspect.StructType)]
        known = [str(one.tag) for one in mappings if one.tag_field == place[-1]]
    return known


def example(kind: Any, place: Place) -> str:
    """Return how the fields that may stand at a place are written, by the first of them; empty where there are none."""
    found = next((one for one in _kinds_at(kind, place) if isinstance(one, inspect.StructType)), None)
    if found is None or not found.fields:
        return ""
    if found.cls is Secret:
        return "{env: NAME}"
    names = [field.encode_name for field in found.fields]
    return "name: Apple" if "name" in names else f"{names[0]}: ..."


def is_duration(kind: Any, place: Place) -> bool:
    """Whether a length of time stands at a place."""
    kinds = _kinds_at(kind, place)
    return any(isinstance(one, inspect.StrType) and "[dhms]" in (one.pattern or "") for one in kinds)


def _kinds_at(kind: Any, place: Place) -> list[inspect.Type]:
    kinds: list[inspect.Type] = [inspect.type_info(kind)]
    for step in place:
        kinds = [inner for one in kinds for inner in _within(one, step)]
    return [each for one in kinds for each in _options(one)]


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
