"""What is wrong with a setting, in words for people: with which, where it is set, and what stands there."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stream.errors import SettingsError
from stream.plain_values import plain
from stream.settings_files import CONFIG, PREFIX, SECRETS, config_of, secret_files

_WRITTEN = {  # how a setting is written that has a pattern
    "name": "small letters, digits and hyphens are expected, as in my-desk",
    "windows": "minutes with commas between them are expected, as in 5,15,60",
    "webhook_url": "an address that begins with https:// is expected",
    "grafana_url": "an address that begins with https:// or http:// is expected, without user, query, # and spaces",
    "feeds_contact": "an address is expected, as in desk@example.org",
}
_TELLING = {"value_error", "too_short", "string_too_long"}  # pydantic's errors that quote the value, or need none


def problem_of(first: ErrorDetails, fields: Mapping[str, FieldInfo], given: Collection[str] = ()) -> str:
    """Return what is wrong with a setting.

    Args:
        first: what pydantic says of it.
        fields: the settings that there are.
        given: those that no variable and no file gives.
    """
    if not (name := ".".join(map(str, first["loc"]))):
        # What was found by holding settings against each other begins with the name of one.
        said = first["msg"].removeprefix("Value error, ")
        return f"setting {PREFIX}{said.partition(':')[0].upper()}: {said}"
    problem = plain(first["msg"])
    if first["type"] == "extra_forbidden":
        near = get_close_matches(name.lower().removeprefix(PREFIX.lower()), fields, 1)
        meant = f"there is no such setting; did you mean '{near[0]}'?" if near else ""
        problem = meant or "there is no such setting; docs/settings.md lists them all"
    elif first["type"] not in _TELLING:
        problem = _WRITTEN.get(name, problem) if first["type"] == "string_pattern_mismatch" else problem
        problem = f"{_shown(name, first['input'], fields)}{problem}"
    return f"setting '{name}' ({_source(name, given)}): {problem}"


def _shown(name: str, value: Any, fields: Mapping[str, FieldInfo]) -> str:
    """Return the value and a colon; nothing of what may be a secret, or would be too long."""
    # The address of a webhook may hold a secret, and so may what stands before an @ or behind a question mark.
    kind = fields[name].annotation if name in fields else SecretStr
    is_secret = name == "webhook_url" or kind is SecretStr or SecretStr in get_args(kind)
    if is_secret or (name == "grafana_url" and {"@", "?"} & set(str(value))):
        return ""
    if isinstance(value, (bool, int, float)):
        return f"{str(value).lower()[:100]}: "
    return f"{value[:100]!r}: " if isinstance(value, str) else ""


def _source(name: str, given: Collection[str]) -> str:
    """Return where a wrong setting is set: a variable, a secret's file or the file of settings, in their order."""
    variable = f"{PREFIX}{name.upper()}"
    if name in given or any(text for key, text in os.environ.items() if key.upper() == variable):
        return variable
    with suppress(SettingsError, OSError):  # they were read a moment ago
        files = secret_files(Path(folder)) if (folder := os.environ.get(SECRETS)) else {}
        if (path := files.get(variable.lower())) and path.stat().st_size:
            return str(path)
        if (file := os.environ.get(CONFIG)) and name in config_of(Path(file)):
            return file
    return variable
