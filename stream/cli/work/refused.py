"""What of a file was refused, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stream.cli.said import in_own_language
from stream.translation import N_, _

# Reasons that are printed; and, since a file can make up as many as it has lines, that are told apart in memory.
REASONS_SHOWN, REASONS_KEPT = 10, 1000
REASON_LENGTH, REASON_KEPT = 200, 600  # characters that are shown, and those by which a text is known
PLACES_SHOWN = 5
# What differs between two refusals for one reason: the value that is quoted, and numbers.
_VALUES = re.compile(r"""'[^']*'|"[^"]*"|\d+""")

_LINE = re.compile(r"\bline (\d+)")


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
        text = str(reason)[:REASON_KEPT]
        kind = _VALUES.sub("*", text[:REASON_LENGTH])
        if kind not in self._reasons and len(self._reasons) >= REASONS_KEPT:
            kind = text = N_("other reasons")
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
        sentences = [_sentence(reason) for reason in frequent[:end]]
        if rest := frequent[end:]:
            said = _("{count} x {kinds} other reasons")
            sentences.append(said.format(count=sum(reason.count for reason in rest), kinds=len(rest)))
        return sentences


def _sentence(reason: _Reason) -> str:
    places = ", ".join(map(_place, reason.places))
    if reason.more:
        places = _("{places} and {more} more").format(places=places, more=reason.more)
    said = _(reason.first) if reason.first == "other reasons" else in_own_language(reason.first)
    return _("{count} x {reason} ({places})").format(count=reason.count, reason=said[:REASON_LENGTH], places=places)


def _place(written: str) -> str:
    return _LINE.sub(lambda found: _("line {line}").format(line=found[1]), written)
