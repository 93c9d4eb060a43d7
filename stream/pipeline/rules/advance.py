"""From minutes to decisions, and the state that carries them on.

``advance`` is the whole of it: state and counts in, state and decisions out. It reads no clock, so a replay of the same
minutes gives the same decisions in whatever pieces they come, and a worker that takes the stored state over goes on
where the last one stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import Counts, CumulativeCounts, collect_counts, cumulate
from stream.pipeline.detect.daily import expired, refit
from stream.pipeline.detect.learn import accept_as_usual, learn_cell, note_scores
from stream.pipeline.detect.score import WindowScores, score_windows
from stream.pipeline.detect.spec import CELL, Kind
from stream.pipeline.detect.state import NEVER, append_rows, inherit, new_baselines, pack, select_rows
from stream.pipeline.rules.decider import Decider
from stream.pipeline.rules.decision import CHANGES, Decision, Ground, Reason
from stream.pipeline.rules.life import AlertState, Assessment, next_state
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import Bucket

# Of what happened each fifth minute is kept, and every one while something is going on; of a series without a document
# in its windows one an hour: most of thousands of series are silent most of the time.
KEEP_EVERY, KEEP_SILENT_EVERY = 5, 60


class Trace(msgspec.Struct, frozen=True):
    """What one change was computed from.

    Attributes:
        ground: what was expected of the window that was decided on.
        baselines: the series' row of the state, packed.
        incident: what was going on before.
        first: the first minute of ``counts``.
        counts: documents, negatives and positives by ``step`` minutes, in 1/UNIT documents.
    """

    ground: Ground
    baselines: bytes = msgspec.field(name="learned")
    alert_state: AlertState | None = msgspec.field(name="incident")
    first: int
    counts: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    step: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some minutes.

    Attributes:
        state: after the last one.
        changes: firing, severity rose, resolved, accepted; in order.
        latest: the latest decision on each series.
        reasons: how many decisions, one per series and minute, were what they are and why.
        decisions: those of the past that are worth keeping.
        traces: what each change was computed from, by series and minute.
        forgotten: series that the state has dropped, for next to nothing was left of what they had taught.
    """

    state: RuleState
    changes: tuple[Decision, ...]
    latest: Mapping[str, Decision]
    reasons: Mapping[Reason, int]
    decisions: tuple[Decision, ...] = ()
    traces: Mapping[tuple[str, int], Trace] = field(default_factory=dict)
    forgotten: tuple[str, ...] = ()


def read_counts(rule: Rule, state: RuleState, minutes: Mapping[int, Mapping[str, Bucket]], until: int) -> Counts:
    """Return the counts of the rule's series: those known first, then new ones as they appear.

    Args:
        minutes: minute -> series -> bucket, from ``state.evaluated - rule.test.lookback`` on.
        until: the minute after the last one.
    """
    first = state.evaluated - rule.detector.lookback
    there = set[str]().union(*(minutes.get(minute, {}) for minute in range(first, until)))
    new = [name for name in there.difference(state.names) if rule.watches(name)]
    counts = collect_counts(minutes, [*state.names, *new], first, until)
    return (counts.ordered_after(state.names) if new else counts).resampled(rule.detector.step)


def advance(
    rule: Rule,
    state: RuleState,
    counts: Counts,
    until: int,
    errors: ClassifierErrors | None = None,
    *,
    keep: bool = True,
) -> Outcome:
    """Decide on each minute ``state.evaluated <= m < until``, each when it is closed, on what came before its end.

    Args:
        rule: of the shape that ``state`` has.
        state: stays as it is.
        counts: by ``rule.test.step`` minutes or finer, as of :func:`read_counts`; its first rows are ``state.names``.
        until: the first minute that is not closed yet.
        errors: the classifier's; None where they were not measured.
        keep: whether decisions of the past are wanted.
    """
    run = _Run(rule, state, counts, errors or ClassifierErrors(), keep)
    last = until - until % rule.detector.every
    for ends in _pieces(state.evaluated, last, rule.detector.every):
        run.decide(ends)
    return run.outcome(max(last, state.evaluated))


def _pieces(evaluated: int, last: int, every: int) -> Iterator[NDArray[np.int64]]:
    """Yield the ends of minutes to decide on, in pieces between which the detector learns: at the end of each cell."""
    cell = max(CELL, every)
    at = evaluated
    while at < last:
        stop = min(at - at % cell + cell, last)
        ends = np.arange(at + 1, stop + 1)
        if len(ends := ends[ends % every == 0]):
            yield ends
        at = stop


class _Run:
    """One call of :func:`advance`."""

    def __init__(self, rule: Rule, state: RuleState, counts: Counts, errors: ClassifierErrors, keep: bool) -> None:
        self._rule, self._before, self._errors, self._keep = rule, state, errors, keep
        self._learned = state.baselines.copy()
        self._take(counts)
        self._alert_states = dict(state.alert_states)
        self._reasons: Counter[Reason] = Counter()
        self._changes: list[Decision] = []
        self._kept: list[Decision] = []
        self._traces: dict[tuple[str, int], Trace] = {}
        self._view: Decider | None = None
        self._last: dict[int, tuple[Reason, AlertState | None]] = {}
        self._forgotten: set[str] = set()

    def _take(self, counts: Counts) -> None:
        """Go on with these counts, whose first rows are those of what was learned."""
        self._counts, self._names, self._known = counts, counts.names, len(self._learned)
        self._sums = cumulate(counts, drift=self._rule.detector.kind is Kind.DRIFT)
        self._appear = _first_minutes(counts, self._known)
        self._rows = {name: row for row, name in enumerate(counts.names)}

    def decide(self, ends: NDArray[np.int64]) -> None:
        """Decide at ``ends``, which lie in one cell, and learn when the last of them is the cell's end."""
        self._welcome(int(ends[-1]))
        rule, baselines = self._rule, self._learned
        sums = self._sums if len(baselines) == len(self._names) else _part(self._sums, len(baselines))
        scores = score_windows(rule.detector, baselines, sums, ends, self._errors)
        self._view = view = Decider(rule, self._names, baselines, sums, scores, self._errors)
        lively = np.flatnonzero((scores.score >= baselines.threshold[:, None]).any(axis=1)).tolist()
        at_work = sorted({*lively, *(self._rows[name] for name in self._alert_states if name in self._rows)})
        at_work = [row for row in at_work if row < len(baselines)]
        self._count(view, at_work)
        self._last = {}
        for column in range(len(ends)):
            for row in at_work:
                self._step(view, row, column)
            if self._keep and int(ends[column]) % KEEP_EVERY == 0:
                heard = scores.n[:, :, column].any(axis=1) | (int(ends[column]) % KEEP_SILENT_EVERY == 0)
                quiet = [row for row in np.flatnonzero(heard).tolist() if row not in self._last]
                self._kept += view.decisions(quiet, column)
        self._learn(sums, scores)

    def _welcome(self, end: int) -> None:
        """Take in the series whose first minute has come."""
        known = len(self._learned)
        new = int(np.searchsorted(self._appear, end)) - (known - self._known)
        if new <= 0:
            return
        more = new_baselines(self._rule.detector, new, 0)
        offset = known - self._known
        more.since[:] = self._appear[offset : offset + new]
        inherit(more, self._learned, known + new, self._rule.budget)
        self._learned = append_rows(self._learned, more)

    def _step(self, view: Decider, row: int, column: int) -> None:
        name = self._names[row]
        minute = int(view.scores.ends[column])
        doubt = view.doubt(row, column)
        if minute <= self._before.silent_until:
            doubt = Reason.WARMING_UP
        now = Assessment(minute, view.score(row, column), view.threshold(row), doubt, self._rule.muted(minute))
        before = self._alert_states.get(name)
        reason, after = next_state(self._rule, before, now)
        self._reasons[reason] += 1
        self._last[row] = reason, before if after is None or after.fired is None else after
        if after is None:
            self._alert_states.pop(name, None)
        else:
            self._alert_states[name] = after
        if reason in CHANGES:
            trace = self._trace(view, row, column, before)
        if reason is Reason.ACCEPTED:
            accept_as_usual(self._rule.detector, self._learned, self._sums, row, minute)
        decision = view.decision(row, column, reason, self._last[row][1])
        if reason in CHANGES:
            self._changes.append(decision)
            self._traces[name, minute] = trace
        if self._keep and (before or after or minute % KEEP_EVERY == 0):
            self._kept.append(decision)

    def _trace(self, view: Decider, row: int, column: int, before: AlertState | None) -> Trace:
        """Return what the decision was computed from, before anything is learned from it."""
        minute = int(view.scores.ends[column])
        counts = self._counts.between(minute - self._rule.detector.lookback, minute)
        arrays = (counts.documents, counts.negatives, counts.positives)
        one, two, three = (tuple(array[row].tolist()) for array in arrays)
        baselines = pack(select_rows(self._learned, row))
        return Trace(view.ground(row, column), baselines, before, counts.first, (one, two, three), counts.step)

    def _count(self, view: Decider, at_work: list[int]) -> None:
        """Count the reasons of the series in which nothing is going on."""
        quiet = np.ones(len(self._learned), bool)
        quiet[at_work] = False
        for reason, count in view.plain_reasons(quiet).items():
            self._reasons[reason] += count

    def _learn(self, sums: CumulativeCounts, scores: WindowScores) -> None:
        baselines = self._learned
        fired = np.full(len(baselines), NEVER)
        for name, incident in self._alert_states.items():
            if incident.fired is not None and self._rows.get(name, len(baselines)) < len(baselines):
                fired[self._rows[name]] = incident.fired
        note_scores(self._rule.detector, baselines, scores, fired)
        end = int(scores.ends[-1])
        if end % self._rule.detector.cell == 0:
            learn_cell(self._rule.detector, baselines, sums, scores, self._rule.accept, fired)
        if end % DAY == 0:
            self._forget(end)
            baselines = self._learned
            refit(self._rule.detector, baselines, _pools(self._names[: len(baselines)]), self._rule.budget)

    def _forget(self, end: int) -> None:
        """Drop the series of which next to nothing is left; one that comes back is new."""
        test, known = self._rule.detector, len(self._learned)
        dead = expired(test, self._learned, end)
        dead[[row for name in self._alert_states if (row := self._rows.get(name, known)) < known]] = False
        if not dead.any():
            return
        kept = np.flatnonzero(~dead)
        self._forgotten |= {self._names[row] for row in np.flatnonzero(dead)}
        names = [self._names[row] for row in kept]
        self._learned = select_rows(self._learned, kept)
        self._take(self._counts.between(end - test.lookback, self._counts.last).ordered_after(names))

    def outcome(self, evaluated: int) -> Outcome:
        """Return what came of it."""
        state = replace(
            self._before,
            evaluated=evaluated,
            names=self._names[: len(self._learned)],
            alert_states=self._alert_states,
            baselines=self._learned,
        )
        gone = tuple(sorted(self._forgotten.difference(state.names)))
        latest = {name: decision for name, decision in self._latest().items() if name not in gone}
        return Outcome(state, tuple(self._changes), latest, self._reasons, tuple(self._kept), self._traces, gone)

    def _latest(self) -> dict[str, Decision]:
        if self._view is None:
            return {}
        column = len(self._view.scores.ends) - 1
        quiet = [row for row in range(len(self._view)) if row not in self._last]
        found = {decision.observation.series: decision for decision in self._view.decisions(quiet, column)}
        for row, (reason, incident) in self._last.items():
            decision = self._view.decision(row, column, reason, incident)
            found[decision.observation.series] = decision
        return found


def _first_minutes(counts: Counts, known: int) -> NDArray[np.int64]:
    """Return the first minute of each new series."""
    any_ = counts.documents[known:] > 0
    return np.asarray(counts.first + any_.argmax(axis=1) * counts.step)


def _part(sums: CumulativeCounts, rows: int) -> CumulativeCounts:
    return replace(sums, k=sums.k[:rows], n=sums.n[:rows], negatives=sums.negatives[:rows])


def _pools(names: Iterable[str]) -> NDArray[np.int64]:
    """Series learn from those whose names begin alike up to the colon: topics from topics, entries from entries."""
    kinds: dict[str, int] = {}
    return np.array([kinds.setdefault(name.partition(":")[0], len(kinds)) for name in names], np.int64)
