"""The series of a rule on its way through some minutes, and what is learned of them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.counts import Counts, CumulativeCounts, cumulate
from stream.pipeline.detect.daily import expired, refit
from stream.pipeline.detect.learn import accept_as_usual, learn_cell, note_scores
from stream.pipeline.detect.packed import pack
from stream.pipeline.detect.score import WindowScores
from stream.pipeline.detect.spec import Kind
from stream.pipeline.detect.state import Baselines, append_rows, inherit, new_baselines, select_rows
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.rule import Rule
from stream.pipeline.units import DAY
from stream.pipeline.windows.contribution import ALL, GROUP


class Learner:
    """Knows which series there are, and learns what is usual of them.

    A series has a row from the end of its first cell on, and loses it when it has been silent for so long that next to
    nothing is left of it.

    Attributes:
        counts: of the minutes to decide on and before; its first rows are those of ``baselines``.
        baselines: what is usual, a row a series.
        forgotten: names of series that lost their row.
    """

    def __init__(self, rule: Rule, baselines: Baselines, counts: Counts) -> None:
        self._rule, self.baselines = rule, baselines.copy()
        self.forgotten: set[str] = set()
        self._take(counts)

    def _take(self, counts: Counts) -> None:
        """Go on with these counts, whose first rows are those of the baselines."""
        self.counts, self._known = counts, len(self.baselines)
        self._sums = cumulate(counts, drift=self._rule.detector.kind is Kind.DRIFT)
        self._first_minutes = _first_minutes(counts, self._known)
        self._rows = {name: row for row, name in enumerate(counts.names)}

    @property
    def names(self) -> tuple[str, ...]:
        """The series that have a row, in the order of the rows."""
        return self.counts.names[: len(self.baselines)]

    @property
    def sums(self) -> CumulativeCounts:
        """The cumulated counts of the series that have a row."""
        sums, rows = self._sums, len(self.baselines)
        if rows == len(self.counts.names):
            return sums
        return replace(sums, k=sums.k[:rows], n=sums.n[:rows], negatives=sums.negatives[:rows])

    def rows(self, names: Iterable[str]) -> list[int]:
        """Return the rows of those of ``names`` that have one."""
        return [row for name in names if (row := self._rows.get(name, -1)) in range(len(self.baselines))]

    def admit(self, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give a row to each series whose first document came before the last end; return how many have one by each.

        Those of one end come before those of the next: what a series inherits must not follow from how many ends are
        looked at together.
        """
        come = np.searchsorted(self._first_minutes, ends)
        for count in np.unique(come).tolist():
            self._admit(count)
        return self._known + come

    def _admit(self, count: int) -> None:
        """Give a row to the first ``count`` of the series that are new."""
        known = len(self.baselines)
        offset = known - self._known
        if (new := count - offset) <= 0:
            return
        more = new_baselines(self._rule.detector, new, 0)
        more.since[:] = self._first_minutes[offset : offset + new]
        if self._rule.detector.sparse and known:
            # That nobody wrote of it is its past: it was silent for as long as others were heard.
            more.since[:] = self.baselines.since.min()
        inherit(self._rule.detector, more, self.baselines, known + new, self._rule.budget)
        self.baselines = append_rows(self.baselines, more)

    def packed(self, row: int) -> bytes:
        """Return what is known of one series, as bytes."""
        return pack(select_rows(self.baselines, row))

    def accept(self, row: int, minute: int) -> None:
        """Take what came in a series during its alert, which is on at ``minute``, for the new normal."""
        accept_as_usual(self._rule.detector, self.baselines, self._sums, row, minute)

    def learn(
        self,
        sums: CumulativeCounts,
        scores: WindowScores,
        fired: NDArray[np.int64],
        alert_states: Mapping[str, AlertState],
    ) -> None:
        """Learn from the minutes before ``scores.ends``, which lie in one cell, after they were decided on.

        Args:
            sums: of the counts.
            scores: of these minutes.
            fired: when the alert began that was on after each of them, series by minutes; NEVER where none was.
            alert_states: what goes on after the last one.
        """
        spec, end = self._rule.detector, int(scores.ends[-1])
        note_scores(spec, self.baselines, scores, fired)
        if end % spec.cell == 0:
            learn_cell(spec, self.baselines, sums, scores, self._rule.accept, fired[:, -1])
        if end % DAY == 0:
            self._forget(end, alert_states)
            refit(spec, self.baselines, _pools(self.names), self._rule.budget, _are_counted(self.names))

    def _forget(self, end: int, alert_states: Mapping[str, AlertState]) -> None:
        """Drop the series of which next to nothing is left; one that comes back is new."""
        dropped = expired(self._rule.detector, self.baselines, end)
        dropped[self.rows(alert_states)] = False
        if not dropped.any():
            return
        names, left = self.names, np.flatnonzero(~dropped)
        self.forgotten |= {names[row] for row in np.flatnonzero(dropped)}
        self.baselines = select_rows(self.baselines, left)
        recent = self.counts.between(end - self._rule.detector.lookback, self.counts.last)
        self._take(recent.ordered_after([names[row] for row in left]))


def _first_minutes(counts: Counts, known: int) -> NDArray[np.int64]:
    """Return the first minute of each series after the first ``known`` ones."""
    has_documents = counts.documents[known:] > 0
    return np.asarray(counts.first + has_documents.argmax(axis=1) * counts.step)


def _pools(names: Iterable[str]) -> NDArray[np.int64]:
    """Series learn from those whose names begin alike up to the colon: topics from topics, entries from entries."""
    kinds: dict[str, int] = {}
    return np.array([kinds.setdefault(name.partition(":")[0], len(kinds)) for name in names], np.int64)


def _are_counted(names: Iterable[str]) -> NDArray[np.bool_]:
    """Leave out the series of groups: what moves one moves a name of it, too, and people get one message of both."""
    return np.array([not name.startswith((GROUP, ALL)) for name in names], np.bool_)
