"""The parts of the detector: tails against sums, thresholds that hold on peaks of a known law, errors, counts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stream.bench.detect import measure
from stream.bench.series import bench_series, detect, score
from stream.bench.simulation import Scenario, Simulation
from stream.errors import SettingsError
from stream.pipeline.detect import ClassifierErrors, Kind, collect_counts, cumulate
from stream.pipeline.detect.expect import Expectation, hour_slots
from stream.pipeline.detect.score import score_counts
from stream.pipeline.detect.tails import beta_binomial_score, negative_binomial_score
from stream.pipeline.detect.threshold import BINS, MONTH_DAYS, bin_peaks, cautious_threshold, thresholds
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.independence import UNIT


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.floats(0.01, 0.9), st.floats(0.0001, 0.3), st.data())
def test_the_share_s_score_is_the_beta_binomial_tail(
    n: int, share: float, together: float, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, n))
    weight = 1 / together - 1
    # Not its sf, which is 1 - cdf and loses what is small.
    tail = stats.betabinom.pmf(np.arange(k, n + 1), n, share * weight, (1 - share) * weight).sum()
    (found,) = beta_binomial_score(*(np.array([float(x)]) for x in (k, n, share, together)))
    if 1e-12 < tail < 0.999:
        assert found == pytest.approx(-np.log10(tail), rel=1e-4, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.floats(0.05, 200), st.floats(0.001, 2))
def test_the_count_is_scored_by_the_negative_binomial_tail(k: int, mean: float, apart: float) -> None:
    size = 1 / apart
    tail = stats.nbinom.sf(k - 1, size, size / (size + mean))
    (found,) = negative_binomial_score(*(np.array([float(x)]) for x in (k, mean, apart)))
    if 1e-12 < tail < 0.999:
        assert found == pytest.approx(-np.log10(tail), rel=1e-4, abs=1e-4)


def test_scores_of_fractions_lie_between_those_of_whole_counts() -> None:
    k = np.linspace(5, 12, 29)
    same = np.ones_like(k)
    found = beta_binomial_score(k, 20 * same, 0.2 * same, 0.02 * same)
    assert (np.diff(found) > 0).all()


def _expected(share: float, usual: float) -> Expectation:
    return Expectation(*(np.array([value]) for value in (share, 0.002, usual, 0.05)))


def test_the_guard_asks_for_a_count_that_is_unusual_too() -> None:
    # Ten of twelve are negative; where a hundred documents with twenty negatives are usual, that is no surge.
    k, n = np.array([10.0]), np.array([12.0])
    assert score_counts(Kind.NEGATIVE, k, n, _expected(0.2, 100.0))[0] < 1
    assert score_counts(Kind.NEGATIVE, k, n, _expected(0.2, 12.0))[0] > 4
    assert score_counts(Kind.NEGATIVE, 0 * k, 0 * n, _expected(0.2, 12.0))[0] == 0


def _peaks(series: int, days: int, slope: float, surges: int, seed: int) -> np.ndarray:
    """Histograms of the highest of what comes in each three hours: exponential scores, and surges far above."""
    pick = np.random.default_rng(seed)
    peaks = np.zeros((series, BINS))
    for row in range(series):
        scores_ = 1.0 + slope * pick.gumbel(size=days * 8)
        high = pick.uniform(4, 15, size=surges * days // 30)
        kept = bin_peaks(np.concatenate([scores_, high]))
        np.add.at(peaks[row], kept[kept >= 0], 1)
    return peaks


@pytest.mark.parametrize("slope", [0.35, 0.45, 0.6])
@pytest.mark.parametrize("surges", [0, 2, 8])
@pytest.mark.parametrize("budget", [3.0, 10.0])
def test_thresholds_hold_the_budget_whatever_the_slope_and_the_surges(slope: float, surges: int, budget: float) -> None:
    ratios = []
    for seed in range(12):
        days = np.full(20, 60.0)
        found, _ = thresholds(_peaks(20, 60, slope, surges, seed), days, budget, 20)
        # The law is known: of each cluster's highest score the part above x.
        passed = 8 * -np.expm1(-np.exp(-(found - 1.0) / slope))
        ratios.append(passed.sum() * MONTH_DAYS / budget)
    assert 0.5 <= np.mean(ratios) <= 2.0


def test_a_bursty_series_gets_a_threshold_of_its_own() -> None:
    calm, bursty = _peaks(19, 60, 0.4, 0, 1), _peaks(1, 60, 1.2, 0, 2)
    found, slope = thresholds(np.concatenate([calm, bursty]), np.full(20, 60.0), 3.0, 20)
    assert found[-1] > found[:-1].max() + 1
    assert slope[-1] > 1.5 * slope[:-1].mean()
    alone, _ = thresholds(calm, np.full(19, 60.0), 3.0, 20)
    assert np.abs(found[:-1] - alone).max() < 1.0


def test_without_a_past_the_threshold_is_the_cautious_guess() -> None:
    found, _ = thresholds(np.zeros((5, BINS)), np.zeros(5), 3.0, 5)
    assert found.tolist() == [cautious_threshold(5, 3.0)] * 5
    assert cautious_threshold(1, 3.0) == cautious_threshold(20, 3.0) < cautious_threshold(1000, 3.0)
    assert cautious_threshold(20, 1.0) > cautious_threshold(20, 10.0)


def test_a_correction_for_errors_finds_the_truth_within_its_interval() -> None:
    errors, pick = ClassifierErrors.of([[800, 200], [100, 1900]], 0), np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        truth = 40
        said = pick.binomial(truth, 0.8) + pick.binomial(100 - truth, 0.05)
        found, low, high = errors.correct(float(said), 100.0)
        inside += low <= truth <= high
        assert low <= found <= high
    assert 0.86 <= inside / 400 <= 0.96
    assert ClassifierErrors.of([[50, 50], [50, 50]], 0).correct(30, 60) == (30, 0.0, 60)
    assert ClassifierErrors.of((), 0) == ClassifierErrors()


def test_sums_of_weights_are_exact_in_any_piece() -> None:
    pick = np.random.default_rng(4)
    minutes = {
        minute: {
            "s": Bucket(independent=int(pick.integers(0, 3 * UNIT)), independent_negative=int(pick.integers(0, UNIT)))
        }
        for minute in range(200)
    }
    whole = cumulate(collect_counts(minutes, ["s"], 0, 200), drift=False)
    part = cumulate(collect_counts(minutes, ["s"], 100, 200), drift=False)
    ends = np.arange(140, 201)
    for one, other in zip(whole.window(ends, 30), part.window(ends, 30), strict=True):
        assert (one == other).all()


def test_the_profile_goes_straight_from_hour_to_hour() -> None:
    # Minute 0 is midnight on a Thursday; the next Saturday begins two days later.
    one, other, near = hour_slots(np.array([90, 120, 150, 2 * DAY + 90]))
    assert one.tolist() == [1, 1, 2, 25]
    assert other.tolist() == [2, 2, 3, 26]
    assert near.tolist() == [0.0, 0.5, 0.0, 0.0]


def test_a_simulation_is_its_seed_s_and_holds_its_events() -> None:
    of = Scenario(streams=1, series=3, days=(3, 1), surges=(0.0, 60.0), seed=9)
    first, second = list(Simulation(of).days()), list(Simulation(of).days())
    assert all((a.negatives == b.negatives).all() for a, b in zip(first, second, strict=True))
    other = list(Simulation(Scenario(streams=1, series=3, days=(3, 1), surges=(0.0, 60.0), seed=10)).days())
    assert any((a.negatives != b.negatives).any() for a, b in zip(first, other, strict=True))
    simulation = Simulation(of)
    assert simulation.events
    counts = list(simulation.days())[-1]
    event = simulation.events[0]
    span = slice(event.start - counts.first, event.start - counts.first + event.length)
    assert counts.negatives[event.row, span].sum() >= 8 * UNIT


def test_the_bench_counts_what_is_found_and_what_is_false() -> None:
    cell = measure(Scenario(streams=1, series=4, days=(3, 3), surges=(0.0, 20.0), seed=3), 3.0)
    assert cell.happened > 0
    assert cell.found is not None
    assert 0.5 < cell.found <= 1
    assert cell.months == 0 or cell.alarms >= 0
    assert 0.9 < cell.coverage <= 1


def _daily(days: int = 12) -> np.ndarray:
    pick = np.random.default_rng(5)
    return pick.poisson(40 + 20 * np.sin(np.arange(days * 288) * 2 * np.pi / 288)).astype(float)


def test_a_burst_in_a_file_is_found_online_once() -> None:
    values = _daily()
    values[3000:3020] += 300
    found = detect(score(values))
    assert [at for at in found if 3000 <= at < 3020]
    assert len([at for at in found if 3000 <= at < 3288]) == 1
    # Nothing depends on what comes after.
    assert [at for at in detect(score(values[:3010])) if at < 3010] == [at for at in found if at < 3010]


def test_a_file_of_counts_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,minus\n")
    with pytest.raises(SettingsError, match="line 3"):
        bench_series([path])
    path.write_text("time,count\n1,2\n")
    with pytest.raises(SettingsError, match="columns timestamp and value"):
        bench_series([path])
    path.write_text("timestamp,value\n2015-02-26 21:42:53,104\n")
    assert bench_series([path])[0].detections == ()
