"""What of a file was refused, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Reasons that are printed; and, since a file can make up as many as it has lines, that are told apart in memory.
REASONS_SHOWN, REASONS_KEPT = 10, 1000
REASON_LENGTH = 200  # characters
PLACES_SHOWN = 5
# What differs between two refusals for one reason: the value that is quoted, and numbers.
_VALUES = re.compile(r"""'[^']*'|"[^"]*"|\d+""")


@dataclass
class _Reason:
    first: str
    count: int = 0
    places: list[str] = field(default_factory=list)
    more: int = 0  # of places that are not kept
    last: str = ""


class Refused:
    """Why lines were refused, how often, and where; reasons that differ by a value alone are one."""

    def __init__(self) -> None:
        self._reasons: dict[str, _Reason] = {}

    def add(self, reason: object, place: str) -> None:
        """Take in the refusal of what stands at ``place``, such as "line 5"."""
        text = str(reason)[:REASON_LENGTH]
        kind = _VALUES.sub("*", text)
        if kind not in self._reasons and len(self._reasons) >= REASONS_KEPT:
            kind = text = "other reasons"
        known = self._reasons.setdefault(kind, _Reason(text))
        known.count += 1
        if place == known.last:  # of an array on one line, say
            return
        known.last = place
        if len(known.places) < PLACES_SHOWN:
            known.places.append(place)
        else:
            known.more += 1

    @property
    def total(self) -> int:
        """Documents refused."""
        return sum(reason.count for reason in self._reasons.values())

    def sentences(self) -> list[str]:
        """Return a sentence for each of the most frequent reasons."""
        frequent = sorted(self._reasons.values(), key=lambda reason: -reason.count)
        # A sentence about the rest takes a line, too: a single one is shown in its place.
        end = REASONS_SHOWN + (len(frequent) == REASONS_SHOWN + 1)
        shown = [f"{reason.count} x {reason.first} ({_places(reason)})" for reason in frequent[:end]]
        rest = frequent[end:]
        return shown + ([f"{sum(reason.count for reason in rest)} x {len(rest)} other reasons"] if rest else [])


def _places(reason: _Reason) -> str:
    return ", ".join(reason.places) + (f" and {reason.more} more" if reason.more else "")
