"""From minutes to decisions, and the state that carries them on.

``advance`` is the whole of it: state and counts in, state and decisions out. It reads no clock, so a replay of the same
minutes gives the same decisions in whatever pieces they come, and a worker that takes the stored state over goes on
where the last one stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import Counts, collect_counts
from stream.pipeline.detect.score import score_windows
from stream.pipeline.detect.spec import CELL
from stream.pipeline.detect.state import NEVER
from stream.pipeline.rules.decider import Decider
from stream.pipeline.rules.decision import CHANGES, Decision, Reason
from stream.pipeline.rules.learner import Learner
from stream.pipeline.rules.life import AlertState, Assessment, max_life, next_state
from stream.pipeline.rules.outcome import Journal, Outcome, Trace
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState
from stream.pipeline.windows.bucket import Bucket

# Of what happened each fifth minute is kept, and every one while something is going on; of a series without a document
# in its windows one an hour: most of thousands of series are silent most of the time.
KEEP_EVERY, KEEP_SILENT_EVERY = 5, 60


def read_counts(rule: Rule, state: RuleState, minutes: Mapping[int, Mapping[str, Bucket]], until: int) -> Counts:
    """Return the counts of the rule's series: those known first, then new ones as they appear.

    Args:
        rule: says which series, and how far back it looks.
        state: where it stands.
        minutes: minute -> series -> bucket, from ``state.evaluated - rule.detector.lookback`` on.
        until: the minute after the last one.
    """
    first = state.evaluated - rule.detector.lookback
    present = set[str]().union(*(minutes.get(minute, {}) for minute in range(first, until)))
    new = [name for name in present.difference(state.names) if rule.watches(name)]
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
        counts: by ``rule.detector.step`` minutes or finer, as of :func:`read_counts`; its first rows are
            ``state.names``.
        until: the first minute that is not closed yet, since 1970.
        errors: the classifier's; None where they were not measured.
        keep: whether decisions of the past are wanted.

    Three days of one series with 30 documents an hour, a fifth of them negative; in the last half hour all are.

    >>> from stream.pipeline.windows.independence import UNIT  # counts are in parts of a document
    >>> documents = np.zeros((1, 3 * 1440), np.int64)
    >>> documents[0, ::2] = UNIT
    >>> negatives = np.zeros_like(documents)
    >>> negatives[0, ::10] = UNIT
    >>> negatives[0, -30:] = documents[0, -30:]
    >>> counts = Counts(("topic:Macro",), 0, documents, negatives, np.zeros_like(documents))
    >>> from stream.pipeline.rules import begin
    >>> rule = Rule()
    >>> for change in advance(rule, begin(rule, 0, names=counts.names), counts, counts.last).changes:
    ...     seen = change.observation
    ...     counted = f"{seen.negatives:g} of {seen.documents:g} negative in {seen.window} min"
    ...     print(f"{counted}, score {seen.score:.1f}, threshold {seen.threshold:.1f}: {change.reason}")
    8 of 8 negative in 15 min, score 5.6, threshold 5.3: firing
    14 of 15 negative in 30 min, score 8.7, threshold 5.3: severity rose
    """
    run = _Run(rule, state, counts, errors or ClassifierErrors(), keep)
    last = until - until % rule.detector.every
    for piece in _pieces(state.evaluated, last, rule.detector.every):
        for ends in run.in_parts(piece):
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
        self._learner = Learner(rule, state.baselines, counts)
        self._alert_states = state.going_on()
        self._journal = Journal()
        self._decider: Decider | None = None
        self._listed = np.zeros(0, np.bool_)
        # Of the series in which something is going on: why the latest decision is what it is, and its alert.
        self._last: dict[int, tuple[Reason, AlertState | None]] = {}

    def in_parts(self, ends: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Yield ``ends`` in parts; a minute at which an alert is accepted is one, for the next has learned from it."""
        lives = max_life(self._rule)
        over = [state.fired + lives for state in self._alert_states.values() if state.fired is not None]
        cuts = {cut for at in np.searchsorted(ends, over).tolist() for cut in (at, at + 1)}
        yield from filter(len, np.split(ends, sorted(cuts)))

    def decide(self, ends: NDArray[np.int64]) -> None:
        """Decide at ``ends``, which lie in one cell, and learn when the last of them is the cell's end."""
        learner = self._learner
        known = learner.admit(ends)
        sums = learner.sums
        scores = score_windows(self._rule.detector, learner.baselines, sums, ends, self._errors)
        decider = Decider(self._rule, learner.names, learner.baselines, sums, scores, self._errors)
        self._listed = self._before.are_listed(learner.names)
        quiet = (np.arange(len(decider))[:, None] < known) & self._listed[:, None]
        over = quiet & (scores.score >= learner.baselines.threshold[:, None])
        fired = np.full(over.shape, NEVER)
        self._decider = decider
        for column in range(len(ends)):
            active = sorted({*np.flatnonzero(over[:, column]).tolist(), *learner.rows(self._alert_states)})
            quiet[active, column] = False
            self._last = {}
            for row in active:
                after = self._decide_on(decider, row, column)
                if after is not None and after.fired is not None:
                    fired[row, column] = after.fired
            if self._keep and int(ends[column]) % KEEP_EVERY == 0:
                self._keep_quiet(decider, column, quiet[:, column])
        self._journal.reasons.update(decider.plain_reasons(quiet))
        learner.learn(sums, scores, fired, self._alert_states)

    def _decide_on(self, decider: Decider, row: int, column: int) -> AlertState | None:
        """Decide on a series in which something is going on, at one minute; return what goes on after it."""
        minute, name = int(decider.scores.ends[column]), self._learner.names[row]
        before = self._alert_states.get(name)
        assessment = self._assess(decider, row, column)
        reason, after = next_state(self._rule, before, assessment)
        self._set_state(name, after)
        self._last[row] = reason, before if after is None or after.fired is None else after
        # Before anything is learned from it.
        trace = self._trace(decider, row, column, before) if reason in CHANGES else None
        if reason is Reason.ACCEPTED:
            self._learner.accept(row, minute)
        if reason is Reason.TOLD:
            self._withhold(decider, row, column, before, assessment)
        decision = decider.decision(row, column, *self._last[row])
        self._journal.reasons[reason] += 1
        if trace is not None:
            self._journal.note_change(decision, trace)
        if self._keep and (before or after or minute % KEEP_EVERY == 0):
            self._journal.decisions.append(decision)
        return after

    def _withhold(
        self, decider: Decider, row: int, column: int, before: AlertState | None, assessment: Assessment
    ) -> None:
        """Note by what an alert would have fired, were it not held back."""
        reason, fired = next_state(self._rule, before, msgspec.structs.replace(assessment, told=False))
        decision = decider.decision(row, column, reason, fired)
        self._journal.note_withheld(decision, self._trace(decider, row, column, before))

    def _assess(self, decider: Decider, row: int, column: int) -> Assessment:
        minute = int(decider.scores.ends[column])
        past = minute <= self._before.silent_until
        doubt = Reason.WARMING_UP if past else decider.doubt(row, column)
        score, threshold = decider.score(row, column), decider.threshold(row)
        told = any(first <= minute < last for first, last in self._before.told.get(self._learner.names[row], ()))
        return Assessment(minute, score, threshold, doubt, self._rule.muted(minute), decider.fresh(row, column), told)

    def _set_state(self, name: str, after: AlertState | None) -> None:
        if after is None or (after.fired is None and name in self._before.unlisted):
            self._alert_states.pop(name, None)
        else:
            self._alert_states[name] = after

    def _trace(self, decider: Decider, row: int, column: int, before: AlertState | None) -> Trace:
        """Return what the decision was computed from."""
        minute = int(decider.scores.ends[column])
        counts = self._learner.counts.between(minute - self._rule.detector.lookback, minute)
        documents, negatives, positives = (
            tuple(array[row].tolist()) for array in (counts.documents, counts.negatives, counts.positives)
        )
        return Trace(
            ground=decider.ground(row, column),
            baselines=self._learner.packed(row),
            alert_state=before,
            first=counts.first,
            counts=(documents, negatives, positives),
            step=counts.step,
        )

    def _keep_quiet(self, decider: Decider, column: int, quiet: NDArray[np.bool_]) -> None:
        """Keep the decisions on series in which nothing is going on, of those without a document once an hour."""
        scores = decider.scores
        kept = scores.n[:, :, column].any(axis=1) | (int(scores.ends[column]) % KEEP_SILENT_EVERY == 0)
        self._journal.decisions += decider.decisions(np.flatnonzero(quiet & kept).tolist(), column)

    def outcome(self, evaluated: int) -> Outcome:
        """Return what the decisions so far gave; ``evaluated`` is the minute after the last one."""
        learner, journal = self._learner, self._journal
        state = replace(
            self._before,
            evaluated=evaluated,
            names=learner.names,
            alert_states=self._alert_states,
            baselines=learner.baselines,
            told={},
            unlisted=frozenset(),
        )
        gone = tuple(sorted(learner.forgotten.difference(state.names)))
        return Outcome(
            state=state,
            changes=tuple(journal.changes),
            latest={name: decision for name, decision in self._latest().items() if name not in gone},
            reasons=journal.reasons,
            decisions=tuple(journal.decisions),
            traces=journal.traces,
            forgotten=gone,
            withheld=tuple(journal.withheld),
        )

    def _latest(self) -> dict[str, Decision]:
        """Return the decision at the last minute on each series."""
        if self._decider is None:
            return {}
        decider, column = self._decider, len(self._decider.scores.ends) - 1
        quiet = [row for row in np.flatnonzero(self._listed).tolist() if row not in self._last]
        decisions = decider.decisions(quiet, column)
        decisions += [decider.decision(row, column, *last) for row, last in self._last.items()]
        return {decision.observation.series: decision for decision in decisions}
