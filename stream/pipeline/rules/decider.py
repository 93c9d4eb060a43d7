"""The scores of a few minutes as decisions: numbers out of arrays, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import CumulativeCounts
from stream.pipeline.detect.expect import Expectation
from stream.pipeline.detect.observation import Observation
from stream.pipeline.detect.score import WindowScores, expected_interval, score_evidence
from stream.pipeline.detect.spec import DetectorSpec, Kind
from stream.pipeline.detect.state import Baselines
from stream.pipeline.rules.decision import ENDS, Decision, Ground, Reason
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.words import AS_USUAL, FELL, LASTED, NO_NEGATIVE, detail_of, ending_of

# With a window of a day an alert would be on for a day, whatever became of its event. Half an hour is the longest
# window of the test of minutes, so that nothing changes there.
FRESH_MINUTES = 30
# Of a slow series negatives come all the time, and a window of six hours remembers: its alert is kept up only by what
# is unusual by itself, the last hour at one time in five. On simulated events of three and six hours in series of 25
# to 200 documents a day, nine of ten alerts then end within 1.4 to 1.9 h of their event, where it was 1.6 to 4.1 h;
# as many end before it (38 and 34 of some 470).
NEWEST_MINUTES, NEWEST_SCORE = 60, 0.7


class Decider:
    """Turns the scores of a few minutes into decisions, one by one. A row is a series, a column the end of a minute."""

    def __init__(
        self,
        rule: Rule,
        names: Sequence[str],
        baselines: Baselines,
        sums: CumulativeCounts,
        scores: WindowScores,
        errors: ClassifierErrors,
    ) -> None:
        self._rule, self._names, self._sums, self._errors = rule, names, sums, errors
        self.scores, self._levels = scores, rule.levels
        # Copies: what is learned later must not change what was decided.
        self._threshold, self._since = baselines.threshold.copy(), baselines.since.copy()

    def __len__(self) -> int:
        return len(self._threshold)

    def score(self, row: int, column: int) -> float:
        """Return the score, -log10 of a chance."""
        return float(self.scores.score[row, column])

    def threshold(self, row: int) -> float:
        """Return the score from which on an alert fires."""
        return float(self._threshold[row])

    def doubt(self, row: int, column: int) -> Reason | None:
        """Return what speaks against an alert whatever the score: too little past, too few documents; or None."""
        if self._warming(row, column):
            return Reason.WARMING_UP
        window = int(self.scores.best_window[row, column])
        k, n = float(self.scores.k[row, window, column]), float(self.scores.n[row, window, column])
        return doubt_of_count(self._rule.detector, self._errors, k, n)

    def fresh(self, row: int, column: int) -> bool:
        """Whether a negative came within FRESH_MINUTES: what came before and is only remembered keeps no alert up.

        Of a slow series the last hour must be unusual, too.
        """
        return self._stale(row, column) is None

    def _stale(self, row: int, column: int) -> str | None:
        """Return in words why nothing lately keeps an alert up; None where something does."""
        detector = self._rule.detector
        if detector.kind is not Kind.NEGATIVE:
            return None
        length = max(FRESH_MINUTES, detector.every)
        if not self._sums.any_negative(row, int(self.scores.ends[column]), length):
            return NO_NEGATIVE.format(length=length)
        if detector.ceiling and self._newest_score(row, column) < NEWEST_SCORE:
            return AS_USUAL.format(length=NEWEST_MINUTES)
        return None

    def _newest_score(self, row: int, column: int) -> float:
        """Return the score of the last NEWEST_MINUTES, expected as the shortest window is."""
        detector, of = self._rule.detector, self.scores.expected
        k, n = (both[row, 0] for both in self._sums.window(self.scores.ends[[column]], NEWEST_MINUTES))
        usual = of.usual[row, 0, column] * NEWEST_MINUTES / detector.windows[0]
        expected = of.share[row, 0, column], of.correlation[row, 0, 0], usual, of.overdispersion[row, 0, 0]
        usually = Expectation(*(np.array([number]) for number in expected))
        return float(score_evidence(detector, np.array([k]), np.array([n]), usually)[0])

    def _warming(self, row: int, column: int) -> bool:
        detector = self._rule.detector
        return int(self.scores.ends[column]) - max(detector.windows) - int(self._since[row]) < detector.warm_up

    def plain_reasons(self, quiet: NDArray[np.bool_]) -> Mapping[Reason, int]:
        """Return how many of the decisions that are ``quiet``, rows by columns, have which reason."""
        detector, ends = self._rule.detector, self.scores.ends
        warming = quiet & (ends[None, :] - max(detector.windows) - self._since[:, None] < detector.warm_up)
        few = quiet & ~self.scores.supported & ~warming
        counted = {Reason.WARMING_UP: int(warming.sum()), Reason.TOO_FEW: int(few.sum())}
        return {**counted, Reason.EXPECTED: int(quiet.sum()) - sum(counted.values())}

    def decision(self, row: int, column: int, reason: Reason, incident: AlertState | None) -> Decision:
        """Return the decision on one series, with the words for it."""
        observation = self._observations([row], column)[0]
        fired, rank = (incident.fired, incident.rank) if incident else (None, 0)
        severity = self._rule.severities[rank].name
        words = detail_of(reason, observation)
        if fired is not None and reason in ENDS:
            words = ending_of(reason, observation, fired, self._why_over(row, column, reason))
        return Decision(reason, observation, fired, severity, words, level=self._levels[rank])

    def _why_over(self, row: int, column: int, reason: Reason) -> str:
        """Say in words why an alert is over."""
        if reason is Reason.ACCEPTED:
            return LASTED
        score, threshold = self.score(row, column), self.threshold(row)
        return self._stale(row, column) or FELL.format(score=f"{score:.1f}", threshold=f"{threshold:.1f}")

    def decisions(self, rows: list[int], column: int) -> list[Decision]:
        """Return the decisions on series in which nothing is going on."""
        mildest = self._rule.severities[0].name
        return [
            Decision(self._plain(row, column, observation), observation, None, mildest, level=self._levels[0])
            for row, observation in zip(rows, self._observations(rows, column), strict=True)
        ]

    def _plain(self, row: int, column: int, observation: Observation) -> Reason:
        if self._warming(row, column):
            return Reason.WARMING_UP
        tested = observation.documents if self._rule.detector.kind is Kind.VOLUME else observation.negatives
        return Reason.TOO_FEW if tested < self._rule.detector.support else Reason.EXPECTED

    def ground(self, row: int, column: int) -> Ground:
        """Return what was expected of the window that was decided on."""
        window, of = int(self.scores.best_window[row, column]), self.scores.expected
        return Ground(
            float(of.share[row, window, column]),
            float(of.correlation[row, window, 0]),
            float(of.usual[row, window, column]),
            float(of.overdispersion[row, window, 0]),
        )

    def _observations(self, rows: list[int], column: int) -> list[Observation]:
        if not rows:
            return []
        kind, minute = self._rule.detector.kind, int(self.scores.ends[column])
        columns = self._columns(np.array(rows), column)
        errors = self._errors if self._errors.known and kind is Kind.NEGATIVE else None
        observations = []
        for series, numbers in zip(rows, zip(*(array.tolist() for array in columns), strict=True), strict=True):
            length, n, negatives, share, usual, score, threshold, low, high = numbers
            estimate: tuple[Any, ...] = errors.correct(negatives, n) if errors else (None, None, None)
            head = self._names[series], minute, length, n, negatives, share, usual * share
            observations.append(Observation(*head, score, threshold, low, high, kind.value, usual, *estimate))
        return observations

    def _columns(self, rows: NDArray[np.int64], column: int) -> tuple[NDArray[Any], ...]:
        of, lengths = self.scores.expected, np.array(self._rule.detector.windows)
        window = self.scores.best_window[rows, column]
        n, share = self.scores.n[rows, window, column], of.share[rows, window, column]
        usual = of.usual[rows, window, column]
        _, low, high = expected_interval(
            self._rule.detector.kind,
            n,
            type(of)(share, of.correlation[rows, window, 0], usual, of.overdispersion[rows, window, 0]),
        )
        negatives = self._negatives(rows, window, column)
        score = self.scores.score[rows, column]
        return lengths[window], n, negatives, share, usual, score, self._threshold[rows], low, high

    def _negatives(self, rows: NDArray[np.int64], window: NDArray[np.int64], column: int) -> NDArray[np.float64]:
        if self._rule.detector.kind is Kind.NEGATIVE:
            return np.asarray(self.scores.k[rows, window, column])
        ends = self.scores.ends[column : column + 1]
        each = np.stack([self._sums.negatives_in(ends, length)[:, 0] for length in self._rule.detector.windows], axis=1)
        return np.asarray(each[rows, window])


def doubt_of_count(detector: DetectorSpec, errors: ClassifierErrors, k: float, n: float) -> Reason | None:
    """Return what speaks against an alert by ``k`` tested documents of ``n``, whatever the score: too few, or None.

    What the classifier gets wrong counts: negatives must be enough by the lower end of what they are corrected to, too.
    """
    if k < detector.support:
        return Reason.TOO_FEW
    if detector.kind is Kind.NEGATIVE and not detector.sparse:
        _, low, high = errors.correct(k, n)
        if low < detector.support:
            return Reason.CANNOT_TELL if high >= detector.support else Reason.TOO_FEW
    return None
