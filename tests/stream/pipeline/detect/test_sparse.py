"""Series of few documents: bad news of a few voices is heard, a neutral event is not, and no event teaches."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream.pipeline.detect import ClassifierErrors, Counts, new_baselines
from stream.pipeline.detect.expect import expected_level, expected_share
from stream.pipeline.detect.sparse import own_series
from stream.pipeline.rules import DecisionRecord, Outcome, Reason, Rule, advance, begin, replay
from stream.pipeline.rules.book import BookSpec, rules_of
from stream.pipeline.rules.parted import SPARSE_LIMIT
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Whole = NDArray[np.int64]
BUSY, SPARSE = rules_of(BookSpec())
DAYS = 12
NAMES = (*(f"entry:{row}" for row in range(8)), "entry:silent", "entry:new")
EVENT = (DAYS - 2) * DAY


def _feed() -> tuple[Whole, Whole]:
    """Return documents and negatives by quarter of an hour: two a day of each series, a sixth of them negative."""
    pick = np.random.default_rng(5)
    documents = pick.poisson(2 * 15 / DAY, (len(NAMES), DAYS * DAY // 15))
    documents[-2:] = 0
    documents[-2, 40] = 1  # On the first day somebody wrote of it, and nobody since.
    return documents, pick.binomial(documents, 1 / 6)


def _spell(array: Whole, row: int, *counts: int) -> None:
    """Add counts to the quarters of an hour from the event on."""
    array[row, EVENT // 15 : EVENT // 15 + len(counts)] += np.array(counts)


def _run(documents: Whole, negatives: Whole, until: int = DAYS * DAY, rule: Rule = SPARSE) -> Outcome:
    first = 0
    counts = Counts(NAMES, first, documents * UNIT, negatives * UNIT, np.zeros_like(documents), step=15)
    return advance(rule, begin(rule, 0), counts.ordered_after(()), until, keep=False)


def _usual(outcome: Outcome) -> dict[str, tuple[float, float]]:
    """Return by series the documents a day and the share of negatives that are expected."""
    baselines = outcome.state.baselines
    rates, shares = (expected_level(baselines) * DAY).tolist(), expected_share(baselines).tolist()
    return dict(zip(outcome.state.names, zip(rates, shares, strict=True), strict=True))


def _fired(outcome: Outcome) -> list[str]:
    return [change.observation.series for change in outcome.changes if change.reason is Reason.FIRING]


def test_a_few_bad_headlines_are_heard_where_few_are_written_also_of_who_is_silent_or_new() -> None:
    documents, negatives = _feed()
    assert _fired(_run(documents, negatives)) == []
    for row in (0, 8, 9):
        _spell(documents, row, 2, 1, 2, 1)
        _spell(negatives, row, 2, 1, 1, 1)
    outcome = _run(documents, negatives)
    assert sorted(_fired(outcome)) == ["entry:0", "entry:new", "entry:silent"]
    assert all(EVENT < change.observation.minute <= EVENT + HOUR for change in outcome.changes[:3])
    # Each can be decided again from what was recorded of it, also that of who had no past.
    for change in outcome.changes:
        trace = outcome.traces[change.observation.series, change.observation.minute]
        assert replay(DecisionRecord(SPARSE, ClassifierErrors(), trace, change)) == change
    # The test of minutes hears none of it.
    assert _fired(_run(documents, negatives, rule=msgspec.structs.replace(BUSY, name="busy"))) == []


def test_a_neutral_event_is_no_bad_news() -> None:
    documents, negatives = _feed()
    for row, many in ((0, 3), (1, 6), (2, 10)):
        _spell(documents, row, *(many,) * 4)
        _spell(negatives, row, *(many // 3, 0, 1, 0))
    assert _fired(_run(documents, negatives)) == []


def test_a_running_event_teaches_nothing() -> None:
    documents, negatives = _feed()
    before, quiet = _usual(_run(documents, negatives, EVENT)), _usual(_run(documents, negatives))
    _spell(documents, 0, *[2, 1] * 60)
    _spell(negatives, 0, *[2, 1] * 60)
    outcome = _run(documents, negatives)
    assert "entry:0" in _fired(outcome)
    (rate, share), was, else_ = (found["entry:0"] for found in (_usual(outcome), before, quiet))
    assert rate <= max(was[0], else_[0]) * 1.05
    assert share <= max(was[1], else_[1]) + 0.01


def test_a_sparse_series_borrows_its_level_and_a_busy_one_is_left_alone() -> None:
    documents, negatives = _feed()
    rates = {name: rate for name, (rate, _) in _usual(_run(documents, negatives)).items()}
    assert [rates[name] for name in NAMES[:8]] == pytest.approx([2.0] * 8, rel=0.5)
    # What nobody writes of is expected less than the mean of all, and more than nothing.
    assert 0.05 < rates["entry:silent"] < 0.7
    two = new_baselines(SPARSE.detector, 2, 0)
    two.level_exposure[:] = DAY
    two.level_documents[:] = [SPARSE_LIMIT - 1, SPARSE_LIMIT + 1]
    assert own_series(SPARSE.detector, two).tolist() == [True, False]
    assert own_series(BUSY.detector, two).tolist() == [False, True]
    assert own_series(Rule().detector, two).all()


def test_what_waits_to_be_learned_of_a_day_s_window_is_little() -> None:
    # Four numbers of four windows for each hour of a day: with each quarter of an hour 10,000 series would take 124 MB.
    assert SPARSE.detector.pending == 25
    assert new_baselines(SPARSE.detector, 1, 0).pending_residuals.nbytes == 25 * 4 * 4 * 8
