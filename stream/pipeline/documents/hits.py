"""Which of the hits in a text count: those within a longer one do not, nor those that an exclusion touches. Pure.

A text may be nothing but hits, thousands of them, so none is compared with each other one: one sweep in the order of
their places does, which knows the farthest end so far.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple


class Hit(NamedTuple):
    """Words of an entry in a text, from ``start`` up to but not including ``end``; hits sort by place.

    ``entry`` is its place in the list, ``how`` the rule by which it counts.
    """

    start: int
    end: int
    entry: int
    how: str


def counted(names: Iterable[Hit], exclusions: Iterable[Hit]) -> list[Hit]:
    """Return those of ``names`` that count, in the order of their places.

    What an exclusion takes out still hides what lies within it: "Big Apple" hides "Apple".

    >>> bank, country = Hit(0, 15, 0, "name"), Hit(8, 15, 1, "name")
    >>> counted([country, bank], []) == [bank], counted([country, bank], [Hit(0, 4, 0, "exclusion")])
    (True, [])
    """
    excluded = _Touched(exclusions)
    return sorted(hit for hit in _longest(names) if not excluded.by(hit))


def _longest(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the hits that lie within no longer one. Of those that begin at one place the longest comes first."""
    place, farthest, covered = (-1, -1), -1, False
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit[:2] != place:
            place, covered = hit[:2], farthest >= hit.end
            farthest = max(farthest, hit.end)
        if not covered:
            yield hit


class _Touched:
    """The exclusions in a text, by entry: their beginnings in order, and the farthest end up to each."""

    def __init__(self, exclusions: Iterable[Hit]) -> None:
        spans: dict[int, list[tuple[int, int]]] = {}
        for hit in sorted(exclusions):
            spans.setdefault(hit.entry, []).append(hit[:2])
        self._of = {
            entry: ([start for start, _ in found], list(accumulate((end for _, end in found), max)))
            for entry, found in spans.items()
        }

    def by(self, hit: Hit) -> bool:
        """Whether an exclusion of the same entry has a character in common with ``hit``."""
        starts, farthest = self._of.get(hit.entry, ([], []))
        before = bisect_left(starts, hit.end)
        return before > 0 and farthest[before - 1] > hit.start
