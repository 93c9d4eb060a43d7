"""What could be heard: of each series the fewest negatives that would fire, and that so many do fire."""

from dataclasses import replace
from math import ceil

import numpy as np

from stream.cli.rules import _windows
from stream.pipeline.backtest import BacktestResult
from stream.pipeline.detect import ClassifierErrors, new_baselines
from stream.pipeline.detect.expect import expect
from stream.pipeline.detect.score import score_evidence
from stream.pipeline.rules import Rule, RuleState, begin, explain, hearing_words, sharpest
from stream.pipeline.rules.book import BookSpec, rules_of
from stream.pipeline.units import DAY

BUSY, SLOW, SPARSE = rules_of(BookSpec())
NAMES = ("entry:busy", "entry:few", "entry:silent", "entry:slow")
A_DAY = (400.0, 3.0, 0.01, 80.0)  # documents
BROUGHT = {
    name: f"it brings about {words} documents a day"
    for name, words in zip(NAMES, ("400", "3.0", "0.0", "80.0"), strict=True)
}


def _learned(rule: Rule, threshold: float = 4.0) -> RuleState:
    """Return the state of a rule that knows of each series how many documents a day it brings, a fifth negative."""
    baselines = new_baselines(rule.detector, len(NAMES), 0)
    baselines.level_exposure[:] = DAY
    baselines.level_documents[:] = A_DAY
    baselines.prior_share[:] = 0.2
    baselines.threshold[:] = threshold
    return replace(begin(rule, 0), evaluated=30 * DAY, names=NAMES, baselines=baselines)


def test_so_many_would_fire_and_one_less_would_not() -> None:
    for rule, series in ((BUSY, 0), (SPARSE, 1), (SPARSE, 2), (SLOW, 3)):
        state = _learned(rule)
        of = expect(state.baselines, rule.detector, np.array([state.evaluated]))
        explained = explain(rule, state, NAMES[series])
        assert explained is not None
        for place, window in enumerate(explained.windows):
            assert window.fires_at is not None
            k = np.zeros(of.usual.shape)
            scores = []
            for count in (window.fires_at, window.fires_at - 1):
                k[series, place, 0] = count
                scores.append(score_evidence(rule.detector, k, np.maximum(np.round(of.usual), k), of)[series, place, 0])
            assert scores[0] >= 4.0
            assert scores[1] < 4.0 or window.fires_at == ceil(rule.detector.support)


def test_a_series_that_a_test_leaves_alone_is_told_with_the_test_that_decides() -> None:
    for rule in (BUSY, SLOW, SPARSE):
        for series, decides in zip(NAMES, (BUSY, SPARSE, SPARSE, SLOW), strict=True):
            explained = explain(rule, _learned(rule), series)
            assert explained is not None
            assert explained.decided_by == decides.name
            said = list(_windows(explained))
            if rule == decides or (rule == BUSY and decides == SPARSE):  # busy: its test has an eye on the sparse ones
                assert len(said) == len(rule.detector.windows)
            else:
                assert said == [f"  {BROUGHT[series]}: this test leaves it to '{decides.name}'"]


def test_a_sparse_series_of_which_little_is_known_is_told_as_that() -> None:
    state = _learned(SPARSE)
    state.baselines.level_exposure[:] = 60
    state.baselines.level_documents[:] = 0.1
    explained = explain(SPARSE, state, "entry:few")
    assert explained is not None
    assert list(_windows(explained)) == ["  how much it brings is not known well enough yet to decide on it"]


def test_each_series_is_heard_by_the_test_that_needs_fewest_and_who_is_deaf_is_told() -> None:
    tests = [(rule, _learned(rule)) for rule in (BUSY, SLOW, SPARSE)]
    best = {one.series: one for one in sharpest(tests)}
    assert best["entry:busy"].rule == BUSY.name
    assert best["entry:few"].rule == best["entry:silent"].rule == SPARSE.name
    assert best["entry:silent"].count == ceil(SPARSE.detector.support)
    assert (best["entry:few"].count or 0) <= 6
    # By minutes alone, and with a model that errs, the slow ones would need more.
    errors = ClassifierErrors(hits=80, negatives=100, slips=60, others=900)
    alone = {one.series: one for one in sharpest(tests[:1], errors)}
    assert (alone["entry:few"].count or 0) >= 10
    assert hearing_words(list(best.values())) == "can hear: 4 of 4 series"
    deaf = sharpest([(BUSY, _learned(BUSY, 300.0))])
    assert hearing_words(deaf).startswith("can hear: 0 of 3 series; the others would need ")


def test_a_backtest_in_which_nothing_was_ever_expected_is_deaf() -> None:
    silent = BacktestResult((), (), {}, 0, 0, {"too few": 51_000_000, "expected": 0})
    assert silent.deaf
    assert not BacktestResult((), (), {}, 0, 0, {"too few": 5, "expected": 1}).deaf
