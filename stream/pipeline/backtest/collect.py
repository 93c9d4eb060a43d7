"""Scored documents to the counts that the windows would have held at the end of each minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.labels import NEGATIVE, POSITIVE
from stream.pipeline.backtest.far import Stretch, far_from_all, stretches_of
from stream.pipeline.detect import Counts
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.evidence import Evidence, kept_by_minute
from stream.pipeline.windows.independence import WindowMember, weigh_members

Minutes = NDArray[np.int64]


@dataclass(slots=True)
class HistoryCollector:
    """Takes documents in any order; each id counts once.

    Attributes:
        documents: how many were counted.
    """

    documents: int = 0
    _repeated: list[str] = field(default_factory=list)
    _times: dict[str, int] = field(default_factory=dict)  # by id
    _members: dict[str, list[WindowMember]] = field(default_factory=dict)
    _evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    _hashes: set[str] = field(default_factory=set)

    def add(self, document: ScoredDocument, entries: Sequence[Entry] = ()) -> None:
        """Count ``document``, which names ``entries``."""
        if document.id in self._times:
            self._repeated.append(document.id)
            return
        self._times[document.id] = milliseconds(document.published_at)
        self.documents += 1
        self._hashes.add(document.artifact.hash)
        item = contribution_of(document, entries)
        for name in item.series:
            own = item.to(name)
            self._members.setdefault(name, []).append(own.member)
            if own.evidence is not None:
                self._evidence.setdefault(name, []).append(own.evidence)

    def collected(self) -> DocumentHistory:
        """Return the history of the documents so far, each with its independent weight.

        Those that are far from all others in time are left out, and named.
        """
        stretches = stretches_of(self._times.values())
        left_out = far_from_all(stretches)

        def kept(millisecond: int) -> bool:
            return not any(stretch.holds(millisecond) for stretch in left_out)

        members, evidence = {}, {}
        for name, items in sorted(self._members.items()):
            if near := [item for item in items if kept(item.millisecond)]:
                members[name] = weigh_members(near)
        for name, proofs in self._evidence.items():
            if shown := [item for item in proofs if kept(milliseconds(item.published_at))]:
                evidence[name] = kept_by_minute(shown)
        far = tuple((time, name) for name, time in self._times.items() if not kept(time))
        apart = tuple(stretch for stretch in stretches if stretch not in left_out)
        hashes, repeated = tuple(sorted(self._hashes)), tuple(self._repeated)
        return DocumentHistory(members, evidence, hashes, tuple(sorted(far)), apart, repeated)


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """What the windows would have held.

    Attributes:
        members: the documents of each series with their independent weights, by time.
        evidence: of each series the negative documents that windows keep, by time.
        hashes: of the artifacts that scored.
        far: the time and the id of each document that was left out, since it is far from all others.
        stretches: of time, with weeks between them in which there is no document.
        repeated: the id of each document that was left out, since another one had come with it before.
    """

    members: dict[str, list[WindowMember]]
    evidence: dict[str, list[Evidence]]
    hashes: tuple[str, ...] = ()
    far: tuple[tuple[int, str], ...] = ()
    stretches: tuple[Stretch, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def documents(self) -> int:
        """How many there are."""
        return len({item.id for members in self.members.values() for item in members})

    @property
    def first(self) -> int:
        """The minute of the first document, since 1970; 0 where there is none."""
        return min((members[0].millisecond for members in self.members.values()), default=0) // MINUTE_MS

    @property
    def last(self) -> int:
        """The minute after that of the last document."""
        return max((members[-1].millisecond for members in self.members.values()), default=-MINUTE_MS) // MINUTE_MS + 1

    def counts(self, names: Sequence[str], first: int, last: int) -> Counts:
        """Return the independent counts of the minutes ``first <= m < last``, a row for each of ``names``."""
        shape = len(names), last - first
        documents, negatives, positives = (np.zeros(shape, np.int64) for _ in range(3))
        for row, name in enumerate(names):
            members = self.members.get(name, [])
            minutes, inside = _minutes(members, first, last)
            weights = np.array([item.weight for item in members], np.int64)
            for array, sentiment in ((documents, None), (negatives, NEGATIVE), (positives, POSITIVE)):
                counted = inside & np.array([sentiment in (None, item.sentiment) for item in members], bool)
                np.add.at(array[row], minutes[counted], weights[counted])
        return Counts(tuple(names), first, documents, negatives, positives, self._heard(first, last))

    def _heard(self, first: int, last: int) -> NDArray[np.bool_]:
        """Return of each minute whether it brought a document of any series."""
        heard = np.zeros(last - first, np.bool_)
        for members in self.members.values():
            minutes, inside = _minutes(members, first, last)
            heard[minutes[inside]] = True
        return heard

    def window(self, name: str, first: int, last: int) -> list[WindowMember]:
        """Return the documents of a series in the minutes ``first <= m < last``."""
        return [item for item in self.members[name] if first <= item.millisecond // MINUTE_MS < last]


def _minutes(members: Sequence[WindowMember], first: int, last: int) -> tuple[Minutes, NDArray[np.bool_]]:
    """Return the minute of each document, counted from ``first``, and whether it lies before ``last``, too."""
    minutes = np.array([item.millisecond // MINUTE_MS for item in members], np.int64) - first
    return minutes, (minutes >= 0) & (minutes < last - first)
