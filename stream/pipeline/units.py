"""Time as it is counted here, and as people write it in files; with names, what all files share.

Inside, a time is the number of a minute since 1970 (UTC), and a span is a number of minutes. What comes from outside in
milliseconds has ``_ms`` in its name. People write spans as ``30m``, ``4h`` or ``1h30m``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from stream.errors import SettingsError

HOUR, DAY, WEEK = 60, 1440, 7 * 1440  # minutes
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

# Beyond three lifetimes, times could not be reckoned with any more.
LONGEST = timedelta(days=99_999)

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,40}$", description="Small letters, digits, hyphens.")]
Duration = Annotated[str, Meta(pattern="^([0-9]{1,6}[dhms])+$", max_length=20, description="Such as 30m, 4h or 1h30m.")]
Text = Annotated[str, Meta(min_length=1, max_length=400)]

_PART = re.compile("([0-9]+)([dhms])")
_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_MAX_CHARACTERS = 40  # of a duration; what is longer is none, and is not told in full


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret is kept: in an environment variable, or in a file (a path begins in the naming file's folder)."""

    env: Annotated[str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Text | None = None


def duration(text: str) -> timedelta:
    """Read a duration: whole numbers of days, hours, minutes and seconds, one after the other.

    >>> duration("1h30m")
    datetime.timedelta(seconds=5400)

    Raises:
        SettingsError: it is none, or over 99,999 days.
    """
    parts = _PART.findall(text[: _MAX_CHARACTERS + 1])
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise SettingsError(f"{text[:_MAX_CHARACTERS]!r} is no duration; write 30m, 4h or 1h30m")
    # In whole numbers first: a timedelta overflows.
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > LONGEST.total_seconds():
        raise SettingsError(f"{text[:_MAX_CHARACTERS]!r} is longer than {LONGEST.days} days")
    return timedelta(seconds=seconds)


def whole_minutes(text: str) -> int:
    """Read a duration that must be a whole number of minutes.

    >>> whole_minutes("1h30m"), whole_minutes("120s")
    (90, 2)

    Raises:
        SettingsError: it is none, over 99,999 days, or has seconds left over.
    """
    minutes, rest = divmod(duration(text), timedelta(minutes=1))
    if rest:
        raise SettingsError(f"{text[:_MAX_CHARACTERS]!r} is no whole number of minutes")
    return minutes
