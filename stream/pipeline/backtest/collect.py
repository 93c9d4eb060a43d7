"""Scored documents to the counts that the windows would have held at the end of each minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.labels import NEGATIVE, POSITIVE
from stream.pipeline.detect import Counts
from stream.pipeline.documents.classify import ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.evidence import Evidence
from stream.pipeline.windows.independence import WindowMember, weigh_members


@dataclass(slots=True)
class HistoryCollector:
    """Takes documents in any order; each id counts once."""

    documents: int = 0
    repeated: int = 0
    _ids: set[str] = field(default_factory=set)
    _members: dict[str, list[WindowMember]] = field(default_factory=dict)
    _evidence: dict[str, Evidence] = field(default_factory=dict)
    _hashes: set[str] = field(default_factory=set)

    def add(self, document: ScoredDocument, entries: Sequence[Entry] = ()) -> None:
        """Count ``document``, which names ``entries``."""
        if document.id in self._ids:
            self.repeated += 1
            return
        self._ids.add(document.id)
        self.documents += 1
        self._hashes.add(document.artifact.hash)
        item = contribution_of(document, entries)
        for name in item.series:
            self._members.setdefault(name, []).append(item.member)
        if item.evidence is not None:
            self._evidence[document.id] = item.evidence

    def collected(self) -> DocumentHistory:
        """Return what was taken so far, each document with its independent weight."""
        members = {name: weigh_members(found) for name, found in sorted(self._members.items())}
        return DocumentHistory(members, dict(self._evidence), tuple(sorted(self._hashes)))


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """Documents by series and time with their weights, evidence by id, hashes of the artifacts that scored."""

    members: dict[str, list[WindowMember]]
    evidence: dict[str, Evidence]
    hashes: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """The first minute; 0 where there is nothing."""
        return min((found[0].millisecond for found in self.members.values()), default=0) // MINUTE_MS

    @property
    def last(self) -> int:
        """The minute after the last one."""
        return max((found[-1].millisecond for found in self.members.values()), default=-MINUTE_MS) // MINUTE_MS + 1

    def counts(self, names: Sequence[str], first: int, last: int) -> Counts:
        """Return the counts of the minutes ``first <= m < last``, one row per name."""
        arrays = [np.zeros((len(names), last - first), np.int64) for _ in range(3)]
        for row, name in enumerate(names):
            found = self.members.get(name, [])
            minutes = np.array([item.millisecond // MINUTE_MS for item in found], np.int64) - first
            weights = np.array([item.weight for item in found], np.int64)
            inside = (minutes >= 0) & (minutes < last - first)
            labels = [item.sentiment for item in found]
            for array, label in zip(arrays, (None, NEGATIVE, POSITIVE), strict=True):
                taken = inside if label is None else inside & np.array([one == label for one in labels], bool)
                np.add.at(array[row], minutes[taken], weights[taken])
        heard = np.zeros(last - first, np.bool_)
        for found in self.members.values():
            minutes = np.array([item.millisecond // MINUTE_MS for item in found], np.int64) - first
            heard[minutes[(minutes >= 0) & (minutes < last - first)]] = True
        return Counts(tuple(names), first, arrays[0], arrays[1], arrays[2], heard)

    def window(self, name: str, first: int, last: int) -> list[WindowMember]:
        """Return the documents of a series in the minutes ``first <= m < last``."""
        return [item for item in self.members[name] if first <= item.millisecond // MINUTE_MS < last]
