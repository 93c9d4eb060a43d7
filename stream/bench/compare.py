"""``bellwether bench compare``: the detector beside what others use, on one feed, at the same number of alerts a month.

Each of the others is given what the detector counts, the independent negatives of a day by entry, every two hours, and
its past at the same hour of the days before. An entry is told of at most once a day, and below LEAST negatives not at
all. The threshold of each is the one at which it gives as many alerts as asked for, with all of the feed in view.

References:
    - EARS C1 to C3: L. Hutwagner et al. (2003), The bioterrorism preparedness and response Early Aberration Reporting
      System, Journal of Urban Health 80.
    - Negative binomial CUSUM: M. Hoehle, M. Paul (2008), Count data regression charts for the monitoring of
      surveillance time series, Computational Statistics and Data Analysis 52.
    - Farrington flexible: A. Noufaily et al. (2013), An improved algorithm for outbreak detection in multiple
      surveillance systems, Statistics in Medicine 32. Without its trend and seasons, for which it wants years.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.errors import SettingsError
from stream.pipeline.backtest import BacktestResult, DocumentHistory
from stream.pipeline.rules import Reason
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Floats = NDArray[np.float64]
STEP = 2 * HOUR
WARM_UP = 31 * DAY  # what comes before is past alone
MONTH = 30.4375 * DAY
LEAST = 4.0
FALL, FALL_DOCUMENTS, CALM = -0.05, 10, -0.02  # a change of the price; documents that were written of it
# The least standard deviation of the z-score and of EARS, in negatives: a silent month would divide by nothing.
LEAST_DEVIATION = 0.5
DISPERSION, RISE = 0.6, 2.0  # of the CUSUM: of counts of a day; how many times the usual it looks for
OUTLIER = 2.58  # standard deviations from which on Farrington's past weighs less


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
    """

    statistic: str
    monthly: float
    found: int
    falls: int
    alerts: int
    calm: int
    hours: float | None


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
    history: DocumentHistory, result: BacktestResult, moves: Sequence[Move], monthly: Sequence[float]
) -> list[Row]:
    """Return a row for each statistic and number of alerts a month.

    Args:
        history: the feed.
        result: of the rules over it.
        moves: of what is judged; only their series are looked at.
        monthly: alerts a month, over all these series.
    """
    names = sorted({move.series for move in moves}.intersection(history.members))
    days, ends = _days(history, names)
    scores = {"this detector": _of_rules(result, names)}
    for name, statistic in STATISTICS.items():
        values = np.where(days >= LEAST, statistic(days), 0.0)
        scores[name] = [Score(int(ends[at]), names[row], float(values[row, at])) for row, at in np.argwhere(values > 0)]
    first = history.first + WARM_UP
    judged = [move for move in moves if move.begin >= first]
    rows = []
    for name, found in scores.items():
        later = [score for score in found if score.minute >= first]
        rows += [_judge(name, wanted, _alerts(later, wanted, history.last - first), judged) for wanted in monthly]
    return rows


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


def _past(days: Floats, first: int, last: int) -> Floats:
    """Return the same hour of ``first`` to ``last`` days before: days, series, minutes; nothing before the feed."""
    shifted = np.zeros((last - first + 1, *days.shape))
    for place, back in enumerate(range(first, last + 1)):
        steps = back * DAY // STEP
        shifted[place, :, steps:] = days[:, : max(days.shape[1] - steps, 0)]
    return shifted


def _deviations(days: Floats, first: int, last: int) -> Floats:
    past = _past(days, first, last)
    return np.asarray((days - past.mean(axis=0)) / np.maximum(past.std(axis=0, ddof=1), LEAST_DEVIATION))


def _ears_c3(days: Floats) -> Floats:
    above = np.maximum(_deviations(days, 3, 9) - 1, 0.0)
    return np.asarray(above + _past(above, 1, 2).sum(axis=0))


def _cusum(days: Floats) -> Floats:
    mean = np.maximum(_past(days, 1, 30).mean(axis=0), 0.05)
    spread, risen = 1 + DISPERSION * mean, 1 + DISPERSION * RISE * mean
    gain = days * np.log(RISE * spread / risen) - np.log(risen / spread) / DISPERSION
    total, day = np.zeros_like(days), DAY // STEP
    for at in range(days.shape[1]):
        total[:, at] = np.maximum((total[:, at - day] if at >= day else 0.0) + gain[:, at], 0.0)
    return total


def _farrington(days: Floats) -> Floats:
    past = _past(days, 1, 30)
    mean = np.maximum(past.mean(axis=0), 0.05)
    # Anscombe residuals of Poisson counts; what was unusual by itself weighs less.
    residual = 1.5 * (past ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
    weight = np.where(residual > OUTLIER, np.maximum(residual, OUTLIER) ** -2.0, 1.0)
    mean = np.maximum((weight * past).sum(axis=0) / weight.sum(axis=0), 0.05)
    scatter = np.maximum((weight * (past - mean) ** 2 / mean).sum(axis=0) / (len(past) - 1), 1.0)
    deviation = np.sqrt(4 / 9 * mean ** (1 / 3) * scatter * (1 + 1 / len(past)))
    return np.asarray((days ** (2 / 3) - mean ** (2 / 3)) / deviation)


STATISTICS: dict[str, Callable[[Floats], Floats]] = {
    "z-score of a day against the 30 before": lambda days: _deviations(days, 1, 30),
    "EARS C1": lambda days: _deviations(days, 1, 7),
    "EARS C2": lambda days: _deviations(days, 3, 9),
    "EARS C3": _ears_c3,
    "negative binomial CUSUM": _cusum,
    "Farrington flexible": _farrington,
}


def _alerts(scores: Sequence[Score], monthly: float, minutes: int) -> list[Score]:
    """Return the alerts of the lowest threshold at which there are no more than ``monthly`` of them a month."""
    ordered = sorted(scores)
    levels = sorted({score.value for score in ordered})
    most, low, high = monthly * minutes / MONTH, 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if len(_told(ordered, levels[middle])) > most:
            low = middle + 1
        else:
            high = middle
    return _told(ordered, levels[low]) if low < len(levels) else []


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
    falls = [move for move in moves if move.change <= FALL and move.documents >= FALL_DOCUMENTS]
    hits = [[alert.minute - fall.begin for alert in alerts if _within(alert, fall)] for fall in falls]
    found = [min(minutes) / HOUR for minutes in hits if minutes]
    lost = [move for move in moves if move.change <= CALM]
    calm = sum(not any(_within(alert, move) for move in lost) for alert in alerts)
    hours = round(float(np.mean(found)), 1) if found else None
    return Row(statistic, monthly, len(found), len(falls), len(alerts), calm, hours)


def _within(alert: Score, move: Move) -> bool:
    return alert.series == move.series and move.begin <= alert.minute < move.end
