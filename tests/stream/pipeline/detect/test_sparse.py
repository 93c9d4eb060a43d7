"""Series of few documents: bad news of a few voices is heard, a neutral event is not, and no event teaches."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream.pipeline.detect import ClassifierErrors, Counts, new_baselines
from stream.pipeline.detect.daily import refit
from stream.pipeline.detect.expect import expect, expected_level, expected_share
from stream.pipeline.detect.sparse import own_series, sparse_threshold
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.state import sparse_overdispersion
from stream.pipeline.detect.threshold import BINS, MONTH_DAYS, bin_peaks
from stream.pipeline.rules import DecisionRecord, Outcome, Reason, Rule, advance, begin, replay
from stream.pipeline.rules.book import BookSpec, rules_of
from stream.pipeline.rules.parted import SLOW_LIMIT, SPARSE_LIMIT
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Whole = NDArray[np.int64]
BUSY, SLOW, SPARSE = rules_of(BookSpec())
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


def test_an_alert_ends_when_nothing_more_comes_though_a_window_of_a_day_remembers() -> None:
    documents, negatives = _feed()
    _spell(documents, 0, 2, 1, 2, 1, 0, 0, 1)
    _spell(negatives, 0, 2, 1, 2, 1, 0, 0, 1)
    changes = [change for change in _run(documents, negatives).changes if change.observation.series == "entry:0"]
    last = EVENT + 7 * 15
    assert [change.reason for change in changes if change.reason is not Reason.ESCALATED] == [
        Reason.FIRING,
        Reason.RESOLVED,
    ]
    ended = changes[-1].observation
    assert last < ended.minute <= last + 2 * HOUR
    assert ended.score >= ended.threshold / 2
    # A neutral word is no evidence that it goes on.
    documents[0, EVENT // 15 + 7 : EVENT // 15 + 30] += 1
    (again,) = (change for change in _run(documents, negatives).changes if change.reason is Reason.RESOLVED)
    assert again.observation.minute == ended.minute


@pytest.mark.parametrize(("series", "many", "slope"), [(105, 60, 2.0), (105, 60, 0.5), (30, 12, 1.0), (400, 300, 1.5)])
def test_as_many_alerts_as_the_budget_has_would_have_passed(series: int, many: int, slope: float) -> None:
    # Two months in which nearly every peak is news: were they left out as surges, nothing would be left to go by.
    scores = 2.5 - slope * np.log((np.arange(many) + 0.5) / many)
    peaks = np.bincount(bin_peaks(scores), minlength=BINS).astype(float)
    threshold = sparse_threshold(peaks, 60.0 * series, 3.0, series)
    assert 2.0 <= float(np.sum(scores >= threshold)) / 60 * MONTH_DAYS <= 4.5


def test_what_came_before_anything_was_known_is_no_past_of_the_threshold() -> None:
    pick = np.random.default_rng(7)
    documents = pick.poisson(14 * 15 / DAY, (len(NAMES), 4 * DAY // 15))
    negatives = pick.binomial(documents, 0.4)
    peaks = _run(documents, negatives, 4 * DAY).state.baselines.peaks
    # Five negatives on the first day, where nothing is expected yet, are as unlikely as can be.
    assert peaks[:, bin_peaks(np.array([4.0]))[0] :].sum() == 0


def test_how_bursty_news_is_is_not_learned_from_calm_weeks() -> None:
    documents, negatives = _feed()
    baselines = _run(documents, negatives).state.baselines
    scatter = expect(baselines, SPARSE.detector, np.array([DAYS * DAY])).overdispersion[:, :, 0]
    assert scatter.tolist() == [sparse_overdispersion(SPARSE.detector).tolist()] * len(baselines)


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
    three = new_baselines(SPARSE.detector, 3, 0)
    three.level_exposure[:] = DAY
    three.level_documents[:] = [SPARSE_LIMIT - 1, SPARSE_LIMIT + 1, SLOW_LIMIT + 1]
    # Each series is that of one test.
    assert [own_series(rule.detector, three).tolist() for rule in (SPARSE, SLOW, BUSY)] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    assert own_series(Rule().detector, three).all()


def test_what_waits_to_be_learned_of_a_day_s_window_is_little() -> None:
    # Four numbers of four windows for each hour of a day: with each quarter of an hour 10,000 series would take 124 MB.
    assert SPARSE.detector.pending == 25
    assert new_baselines(SPARSE.detector, 1, 0).pending_residuals.nbytes == 25 * 4 * 4 * 8


@pytest.mark.parametrize("begun", [12 * 60, 23 * 60, DAY - 15, DAY])
@pytest.mark.parametrize("seconds", [30, 90, 900])
def test_a_new_stream_raises_nothing_at_whatever_time_of_day_it_begins(begun: int, seconds: int) -> None:
    pick = np.random.default_rng(begun + seconds)
    quarters = (begun + 4 * DAY) // 15
    documents = pick.poisson(15 * 60 / seconds / 5, (5, quarters))
    documents[:, : begun // 15] = 0
    negatives = pick.binomial(documents, 0.3)
    names = tuple(f"topic:{row}" for row in range(5))
    counts = Counts(names, 0, documents * UNIT, negatives * UNIT, np.zeros_like(documents), step=15)
    outcome = advance(SPARSE, begin(SPARSE, begun), counts.ordered_after(()), quarters * 15, keep=False)
    assert _fired(outcome) == []


def test_a_day_without_any_series_is_passed_over() -> None:
    spec = DetectorSpec(limit=25.0, sparse=True)
    baselines = new_baselines(spec, 0, 0)
    refit(spec, baselines, np.zeros(0, np.int64), 3.0, np.zeros(0, np.bool_))
    assert len(baselines) == 0


def test_groups_have_the_threshold_of_their_names_and_take_none_of_the_budget() -> None:
    spec = DetectorSpec(limit=25.0, sparse=True)
    alone, both = new_baselines(spec, 4, 0), new_baselines(spec, 6, 0)
    for baselines in (alone, both):
        baselines.observed_days[:] = 60.0
        baselines.peaks[:4, 30] = 1.0
    both.peaks[4:, 30] = 40.0
    refit(spec, alone, np.zeros(4, np.int64), 3.0, np.ones(4, np.bool_))
    refit(spec, both, np.array([0, 0, 0, 0, 1, 1]), 3.0, np.array([True] * 4 + [False] * 2))
    assert set(both.threshold) == set(alone.threshold)
