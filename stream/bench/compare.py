"""``bellwether bench compare``: the detector beside what others use, on one feed, at the same number of alerts a month.

Each of the others is given what the detector counts, the independent negatives of a day by entry, every two hours. An
entry is told of at most once a day, and below LEAST negatives not at all. The threshold of each is the one at which it
gives as many alerts as asked for: with all of the feed in view, or on the months that are not judged.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.bench.draws import compare_draws
from stream.bench.statistics import STATISTICS, STEP
from stream.errors import SettingsError
from stream.pipeline.backtest import BacktestResult, DocumentHistory
from stream.pipeline.rules import Reason
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Floats = NDArray[np.float64]
WARM_UP = 31 * DAY  # what comes before is past alone
MONTH = 30.4375 * DAY
LEAST = 4.0
FALL, FALL_DOCUMENTS, CALM = -0.05, 10, -0.02  # a change of the price; documents that were written of it
DETECTOR = "this detector"
Folds = list[list[tuple[int, int]]]  # months, from the first minute to the last (exclusive), by fold


class Move(NamedTuple):
    """What became of a price while an alert could have to do with it: minutes since 1970, the end exclusive."""

    series: str
    begin: int
    end: int
    change: float
    documents: int


class Score(NamedTuple):
    """How unusual a series was at a minute, on whatever scale."""

    minute: int
    series: str
    value: float


class Row(msgspec.Struct, frozen=True):
    """What a statistic found at so many alerts a month.

    Attributes:
        found, falls: days on which a price fell by 5 % with an alert, and how many there were.
        alerts, calm: how many alerts there were, and how many while the price did not lose 2 %.
        hours: mean from the first minute that belongs to such a day to its alert; None where none was found.
        finds_more, is_calmer: of many draws of as many months as there are, with some twice and others not at all, the
            part in which the detector finds more falls than this statistic, and has a smaller part of calm alerts; what
            is equal counts half. 0.5 says nothing, and what lies between 0.05 and 0.95 not much. None: the detector.
    """

    statistic: str
    monthly: float
    found: int
    falls: int
    alerts: int
    calm: int
    hours: float | None
    finds_more: float | None = None
    is_calmer: float | None = None


def read_moves(path: Path) -> list[Move]:
    """Read a CSV of ticker, begin, end, change, tweets; the entry of a ticker is called ``ticker XYZ``.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8", newline="") as lines:
            return [_move(row) for row in csv.DictReader(lines)]
    except (OSError, KeyError, ValueError) as error:
        raise SettingsError(f"{path}: no file of moves: {error}") from error


def _move(row: Mapping[str, str]) -> Move:
    begin, end = (int(datetime.fromisoformat(row[name]).timestamp()) // 60 for name in ("begin", "end"))
    return Move(f"entry:ticker {row['ticker']}", begin, end, float(row["change"]), int(row["tweets"]))


def compare_statistics(
    history: DocumentHistory,
    result: BacktestResult,
    moves: Sequence[Move],
    monthly: Sequence[float],
    left_out: int = 0,
) -> list[Row]:
    """Return a row for each statistic and number of alerts a month.

    Args:
        history: the feed.
        result: of the rules over it.
        moves: of what is judged; only their series are looked at.
        monthly: alerts a month, over all these series.
        left_out: months that are judged at a time, with the thresholds of all others; 0: thresholds with all in view.
    """
    names = sorted({move.series for move in moves}.intersection(history.members))
    first = history.first + WARM_UP
    judged = [move for move in moves if move.begin >= first]
    scores = {
        name: sorted(score for score in found if score.minute >= first)
        for name, found in _scores(history, result, names).items()
    }
    folds = _folds(first, history.last, left_out)
    rows = []
    for wanted in monthly:
        alerts = {name: _left_out_alerts(found, wanted, folds) for name, found in scores.items()}
        sure = compare_draws({name: _by_month(told, judged, folds) for name, told in alerts.items()}, DETECTOR)
        rows += [
            msgspec.structs.replace(
                _judge(name, wanted, told, judged), finds_more=sure[name][0], is_calmer=sure[name][1]
            )
            for name, told in alerts.items()
        ]
    order = list(scores)
    return sorted(rows, key=lambda row: order.index(row.statistic))


def _scores(history: DocumentHistory, result: BacktestResult, names: Sequence[str]) -> dict[str, list[Score]]:
    days, ends = _days(history, names)
    scores = {DETECTOR: _of_rules(result, names)}
    for name, statistic in STATISTICS.items():
        values = np.where(days >= LEAST, statistic(days), 0.0)
        scores[name] = [Score(int(ends[at]), names[row], float(values[row, at])) for row, at in np.argwhere(values > 0)]
    return scores


def _days(history: DocumentHistory, names: Sequence[str]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the negatives of the day before each of some minutes, series by minutes; and the minutes."""
    first = history.first - history.first % DAY
    steps = -(-(history.last - first) // STEP)
    negatives = history.counts(names, first, first + steps * STEP).negatives
    by_step = negatives.reshape(len(names), steps, STEP).sum(axis=2) / UNIT
    total = np.concatenate([np.zeros((len(names), 1)), np.cumsum(by_step, axis=1)], axis=1)
    ends = np.arange(1, steps + 1)
    return total[:, ends] - total[:, np.maximum(ends - DAY // STEP, 0)], first + ends * STEP


def _of_rules(result: BacktestResult, names: Sequence[str]) -> list[Score]:
    silent = {Reason.TOO_FEW, Reason.WARMING_UP, Reason.CANNOT_TELL}
    return [
        Score(point.minute, series, point.score)
        for (_, series), band in result.bands.items()
        if series in names
        for point in band.points
        if point.reason not in silent and point.score > 0
    ]


def _folds(first: int, last: int, left_out: int) -> Folds:
    """Return the months from ``first`` to ``last``, as spans of minutes, in groups that are judged together."""
    begins = sorted({_month(minute) for minute in (*range(first, last, DAY), last - 1)})
    months = [(max(begin, first), min(end, last)) for begin, end in pairwise((*begins, last))]
    size = left_out or len(months)
    return [months[at : at + size] for at in range(0, len(months), size)]


def _month(minute: int) -> int:
    """Return the first minute of the month of ``minute``."""
    day = datetime.fromtimestamp(minute * 60, UTC).replace(day=1, hour=0, minute=0, second=0)
    return int(day.timestamp()) // 60


def _left_out_alerts(scores: Sequence[Score], monthly: float, folds: Folds) -> list[Score]:
    """Return the alerts of each fold by the threshold that the others have; of one fold alone by its own."""
    told: list[Score] = []
    for fold in folds:
        own = [score for score in scores if _lies_in(score.minute, fold)]
        others = [month for other in folds for month in other if other is not fold] or fold
        past = [score for score in scores if _lies_in(score.minute, others)]
        told += _told(own, _level(past, monthly, sum(end - begin for begin, end in others)))
    return told


def _lies_in(minute: int, months: Sequence[tuple[int, int]]) -> bool:
    return any(begin <= minute < end for begin, end in months)


def _level(ordered: Sequence[Score], monthly: float, minutes: int) -> float:
    """Return the lowest threshold at which there are no more than ``monthly`` alerts a month."""
    levels = sorted({score.value for score in ordered})
    most, low, high = monthly * minutes / MONTH, 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if len(_told(ordered, levels[middle])) > most:
            low = middle + 1
        else:
            high = middle
    return levels[low] if low < len(levels) else np.inf


def _told(scores: Sequence[Score], level: float) -> list[Score]:
    """Return the scores from ``level`` on, of a series at most one a day."""
    last: dict[str, int] = {}
    told = []
    for score in scores:
        if score.value >= level and score.minute - last.get(score.series, -DAY) >= DAY:
            last[score.series] = score.minute
            told.append(score)
    return told


def _judge(statistic: str, monthly: float, alerts: Sequence[Score], moves: Sequence[Move]) -> Row:
    hits = [[alert.minute - fall.begin for alert in alerts if _within(alert, fall)] for fall in _falls(moves)]
    found = [min(minutes) / HOUR for minutes in hits if minutes]
    hours = round(float(np.mean(found)), 1) if found else None
    return Row(statistic, monthly, len(found), len(hits), len(alerts), len(_calm(alerts, moves)), hours)


def _falls(moves: Sequence[Move]) -> list[Move]:
    return [move for move in moves if move.change <= FALL and move.documents >= FALL_DOCUMENTS]


def _calm(alerts: Sequence[Score], moves: Sequence[Move]) -> list[Score]:
    lost = [move for move in moves if move.change <= CALM]
    return [alert for alert in alerts if not any(_within(alert, move) for move in lost)]


def _by_month(alerts: Sequence[Score], moves: Sequence[Move], folds: Folds) -> Floats:
    """Return the falls found, the calm alerts and all alerts (columns) of each month (rows)."""
    found = [fall.begin for fall in _falls(moves) if any(_within(alert, fall) for alert in alerts)]
    columns = found, [alert.minute for alert in _calm(alerts, moves)], [alert.minute for alert in alerts]
    months = [month for fold in folds for month in fold]
    return np.array([[sum(begin <= at < end for at in column) for column in columns] for begin, end in months], float)


def _within(alert: Score, move: Move) -> bool:
    return alert.series == move.series and move.begin <= alert.minute < move.end
