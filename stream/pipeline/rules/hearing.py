"""What could be heard now: of each series, how many negatives in which window would fire. Never silently deaf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.expect import Expectation, expect
from stream.pipeline.detect.score import score_evidence
from stream.pipeline.detect.sparse import heard_series
from stream.pipeline.detect.spec import Kind
from stream.pipeline.detect.state import Baselines, select_rows
from stream.pipeline.rules.rule import Rule
from stream.pipeline.rules.state import RuleState
from stream.translation import _

MOST = 100_000  # documents in a window up to which it is looked for how many would fire
# A series is heard where so few would fire, or no more than the window usually brings. Of more, few events write.
HEARD_FROM = 12


class Hearing(msgspec.Struct, frozen=True):
    """The least that would fire in a series now.

    Attributes:
        count: negatives (documents, by a rule of kind volume) that would fire, all in a window of ``minutes``; None:
            nothing would.
        usual: documents that such a window brings.
    """

    series: str
    rule: str
    count: int | None
    minutes: int
    usual: float

    @property
    def heard(self) -> bool:
        """Whether an event of a size that happens would fire."""
        return self.count is not None and self.count <= max(HEARD_FROM, self.usual)

    @property
    def words(self) -> str:
        """What would fire, in words."""
        count = self.count or _("more than {count}").format(count=f"{MOST:,}")
        return _("{count} in {minutes} min").format(count=count, minutes=self.minutes)


def hearing_of(rule: Rule, state: RuleState, errors: ClassifierErrors | None = None) -> dict[str, list[Hearing]]:
    """Return by series what would fire in each window of ``rule`` now; without the series that it leaves alone."""
    rows = np.flatnonzero(heard_series(rule.detector, state.baselines))
    one = select_rows(state.baselines, rows)
    of = expect(one, rule.detector, np.array([state.evaluated]))
    counts, usual = _least(rule, one, of, _support(rule, errors)).tolist(), of.usual[:, :, 0].tolist()
    return {
        state.names[row]: [
            Hearing(state.names[row], rule.name, None if count > MOST else count, minutes, often)
            for minutes, count, often in zip(rule.detector.windows, counts[place], usual[place], strict=True)
        ]
        for place, row in enumerate(rows.tolist())
    }


def sharpest(rules: Iterable[tuple[Rule, RuleState]], errors: ClassifierErrors | None = None) -> list[Hearing]:
    """Return of each series, by name, the window in which the fewest would fire, by whichever rule."""
    best: dict[str, Hearing] = {}
    for rule, state in rules:
        for series, windows in hearing_of(rule, state, errors).items():
            best[series] = min([*windows, *(one for one in (best.get(series),) if one)], key=_order)
    return [best[series] for series in sorted(best)]


def hearing_words(all_: Sequence[Hearing]) -> str:
    """Say how many series can be heard, and what the others would need.

    >>> hearing_words([Hearing("topic:Macro", "r", 4, 360, 2.0), Hearing("topic:Gold", "r", 40, 30, 0.1)])
    'can hear: 1 of 2 series; the others would need 40 in 30 min'
    """
    deaf = sorted((one for one in all_ if not one.heard), key=_order)
    said = _("can hear: {heard} of {all} series").format(heard=len(all_) - len(deaf), all=len(all_))
    if not deaf:
        return said
    least, most = deaf[0].words, deaf[-1].words
    needed = least if least == most else _("{least} to {most}").format(least=least, most=most)
    return said + _("; the others would need {needed}").format(needed=needed)


def _order(one: Hearing) -> tuple[int, int]:
    return one.count or MOST + 1, one.minutes


def _support(rule: Rule, errors: ClassifierErrors | None) -> int:
    """Return the least count worth a decision: where the classifier's errors are known, what is sure to be as many."""
    least = int(np.ceil(rule.detector.support))
    if errors is None or rule.detector.kind is not Kind.NEGATIVE or rule.detector.sparse:
        return least
    return next((k for k in range(least, 100 * least) if errors.correct(k, k)[1] >= rule.detector.support), MOST + 1)


def _least(rule: Rule, baselines: Baselines, of: Expectation, support: int) -> NDArray[np.int64]:
    """Return the least count that fires, series by windows; above MOST where none does. Halving finds it."""
    shape = of.usual.shape[:2]
    low, high = np.full(shape, support), np.full(shape, MOST + 1)
    while (low < high).any():
        middle = (low + high) // 2
        fires = _fires(rule, baselines, of, middle)
        low, high = np.where(fires, low, np.minimum(middle + 1, high)), np.where(fires, middle, high)
    return low


def _fires(rule: Rule, baselines: Baselines, of: Expectation, count: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether ``count`` would fire among the usual number of documents, or alone where they are more."""
    k = count[:, :, None].astype(np.float64)
    n = np.maximum(np.maximum(np.round(of.usual), k), 1.0)
    return np.asarray(score_evidence(rule.detector, k, n, of)[:, :, 0] >= baselines.threshold[:, None])
