"""The detector beside other statistics: each hears what is plain, and all are judged alike."""

from pathlib import Path

import numpy as np
import pytest

from stream.bench.compare import compare_statistics, read_moves
from stream.bench.draws import compare_draws
from stream.bench.statistics import STATISTICS, STEP
from stream.errors import SettingsError
from stream.pipeline.backtest import BacktestResult, DocumentHistory
from stream.pipeline.backtest.rule_run import Band, Point
from stream.pipeline.rules import Reason
from stream.pipeline.units import DAY, HOUR, MINUTE_MS
from stream.pipeline.windows.independence import UNIT, WindowMember

FIRST = 16_071 * DAY  # 1 January 2014
EVENT = FIRST + 45 * DAY + 14 * HOUR
MOVES = """ticker,day,begin,end,change,tweets
A,2014-02-15,2014-02-14T21:00:00Z,2014-02-15T23:00:00Z,-0.08,12
A,2014-02-16,2014-02-15T23:00:00Z,2014-02-16T23:00:00Z,0.01,12
B,2014-02-15,2014-02-14T21:00:00Z,2014-02-15T23:00:00Z,0.00,12
A,2014-01-03,2014-01-02T21:00:00Z,2014-01-03T23:00:00Z,-0.09,12
"""


def _members(name: str, minutes: list[int], sentiment: str) -> list[WindowMember]:
    return [
        WindowMember(f"{name}{n}", f"{name} {n}", "x", minute * MINUTE_MS, sentiment, weight=UNIT)
        for n, minute in enumerate(minutes)
    ]


def _history() -> DocumentHistory:
    daily = [FIRST + day * DAY + 600 for day in range(60)]
    members = {
        f"entry:ticker {name}": _members(name, daily, "neutral") + _members(f"{name}!", often, "negative")
        for name, often in (("A", daily[::6] + [EVENT + 10 * n for n in range(9)]), ("B", daily[::5]))
    }
    return DocumentHistory({name: sorted(all_, key=lambda one: one.millisecond) for name, all_ in members.items()}, {})


def test_each_hears_what_is_plain_and_is_judged_alike(tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(MOVES)
    history, band = _history(), Band("r", "entry:ticker A")
    for minute, reason, score in (
        (EVENT - 9 * DAY, Reason.TOO_FEW, 9.0),
        (EVENT + 60, Reason.FIRING, 6.0),
        (EVENT + 90, Reason.KEEP_FIRING, 7.0),
    ):
        band.points.append(Point(minute, reason, 30, 6, 0, 0, 1, score, 4.0))
    result = BacktestResult((), (), {("r", band.series): band}, history.first, history.last, {})
    rows = compare_statistics(history, result, read_moves(path), (2.0,))
    assert [row.statistic for row in rows] == ["this detector", *STATISTICS]
    # The fall of January lies in the warm-up; the one of February is told of once.
    assert [(row.found, row.falls, row.alerts, row.calm) for row in rows] == [(1, 1, 1, 0)] * len(rows)
    assert rows[0].hours == 18.0
    assert all(row.hours is not None and 17 <= row.hours <= 26 for row in rows)


def test_of_too_many_alerts_those_above_the_lowest_threshold_that_gives_as_many_are_left(tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(MOVES)
    history, band = _history(), Band("r", "entry:ticker B")
    band.points.extend(
        Point(FIRST + (32 + 3 * n) * DAY, Reason.EXPECTED, 30, 6, 0, 0, 1, 2.0 + n, 4.0) for n in range(9)
    )
    result = BacktestResult((), (), {("r", band.series): band}, history.first, history.last, {})
    ours = compare_statistics(history, result, read_moves(path), (2.0, 4.5, 40.0))[:3]
    assert [(row.alerts, row.calm, row.found, row.hours) for row in ours] == [
        (1, 1, 0, None),
        (4, 4, 0, None),
        (9, 9, 0, None),
    ]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", MOVES.replace("-0.08", "much"), MOVES.replace("T21", "at 21")])
def test_what_is_no_file_of_moves_is_said_by_its_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"moves\.csv: no file of moves"):
        read_moves(path)
    with pytest.raises(SettingsError, match="no file of moves"):
        read_moves(tmp_path / "missing.csv")


def test_months_are_judged_by_the_thresholds_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(MOVES)
    history, band = _history(), Band("r", "entry:ticker B")
    february = [FIRST + (33 + 2 * n) * DAY for n in range(9)]
    # Scores of March, known by one document there, are far higher than those of February.
    history.members["entry:ticker B"].extend(_members("B?", [FIRST + 89 * DAY], "neutral"))
    band.points.extend(Point(at, Reason.EXPECTED, 30, 6, 0, 0, 1, 2.0 + n / 10, 4.0) for n, at in enumerate(february))
    march = [at + 28 * DAY for at in february]
    band.points.extend(Point(at, Reason.EXPECTED, 30, 6, 0, 0, 1, 5.0 + n, 4.0) for n, at in enumerate(march))
    result = BacktestResult((), (), {("r", band.series): band}, history.first, history.last, {})
    in_view, left_out = (compare_statistics(history, result, read_moves(path), (3.0,), out)[0] for out in (0, 1))
    assert in_view.alerts == 5  # three a month, all of March
    assert left_out.alerts == 9  # nothing of February by the threshold of March, all of March by that of February
    assert (left_out.finds_more, left_out.is_calmer) == (None, None)


def test_how_sure_a_difference_is_comes_from_draws_of_months() -> None:
    one = np.array([[1.0, 0.0, 3.0]] + [[0.0, 0.0, 3.0]] * 9)
    same = compare_draws({"one": one, "other": one.copy()}, "one")
    assert same == {"one": (None, None), "other": (0.5, 0.5)}
    more, calmer = compare_draws({"one": one, "other": np.array([[0.0, 1.0, 3.0]] * 10)}, "one")["other"]
    # The one month with a find is in two of three draws: 1 - 0.9^10 = 0.65, and half of the rest.
    assert more == pytest.approx(0.65 + 0.35 / 2, abs=0.03)
    assert calmer == 1.0


def test_trend_and_week_know_a_busy_monday_and_a_growing_series() -> None:
    days = DAY // STEP
    at = np.arange(80 * days) / days
    mondays = np.where(at.astype(int) % 7 == 0, 9.0, 1.0)
    series = np.stack([mondays, 0.2 * at, mondays + np.where(at.astype(int) == 75, 9.0, 0.0)])
    scores = STATISTICS["trend and week, as Prophet"](series)[:, 60 * days :]
    assert np.abs(scores[:2]).max() < 0.1
    assert scores[2].max() > 5
    assert STATISTICS["EARS C1"](series)[0, 60 * days :].max() > 2  # which does not know of Mondays
