"""``bellwether bench series``: surges of volume in one bursty series, found online in a file of five-minute counts.

This is the profile for single series whose past is a string of bursts, as tweets about a company are; the budgeted test
of :mod:`stream.pipeline.detect` is for many series that are watched together. The score is a mean of z-scores: of the
mean of the last 15, 30 and 60 minutes against the buckets of the 3.5 to 10 days before them, on a log and on a root
scale. An alarm needs THRESHOLD, and 80 % of what the highest scores of the last two weeks' days have reached: in a
series that bursts every day a burst is no news. After an alarm there is none for a day.

No score uses anything after its own bucket, and none vouches for itself: the past ends where the window begins.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.errors import SettingsError

Floats = NDArray[np.float64]
# All that follows was tried on five of NAB's realTweets files, on which differences under five points mean nothing
# (docs/detection.md); 30 minutes and ten days alone did as well as several windows and pasts together.
WINDOWS = (3, 6, 12)  # buckets of five minutes: 15, 30 and 60 minutes
PASTS = (1008, 1440, 2016, 2880)  # buckets: 3.5, 5, 7 and 10 days
SCALES: tuple[Callable[[Floats], Floats], ...] = (np.log1p, lambda x: np.sqrt(x + 3 / 8))
# Added to the standard deviation, on either scale, so that a silent past does not give an endless score.
FLOOR = 0.1
# The threshold was chosen with all five files in view. A part of what nine of ten days of the last two weeks reached is
# asked for, too: in a series that bursts every day a burst is no news.
THRESHOLD, RECENT, DAYS, QUANTILE = 2.1, 0.8, 14, 0.9
DAY = 288  # buckets
REFRACTORY = DAY  # a day instead of six hours was worth 2.5 to 7 points of NAB's score
LEAST_PAST = DAY  # of buckets, before anything is scored: each hour once
MAX_ROWS = 5_000_000  # 47 years; more is no file of five-minute counts


class Series(msgspec.Struct, frozen=True):
    """A file's detections, and how many a day."""

    file: str
    rows: int
    days: float
    detections: tuple[str, ...]


def read_series(path: Path) -> tuple[list[str], Floats]:
    """Read a CSV with the columns timestamp and value.

    Raises:
        SettingsError: it cannot be read; the message gives the line and the reason.
    """
    times, values = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if not {"timestamp", "value"} <= set(reader.fieldnames or ()):
                raise SettingsError(f"{path}, line 1: the columns timestamp and value are expected")
            for row in reader:
                times.append(datetime.fromisoformat(row["timestamp"]).isoformat(" "))
                values.append(_count(row["value"]))
                if len(times) > MAX_ROWS:
                    raise SettingsError(f"{path}: more than {MAX_ROWS} rows are not read")
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{path}, line {reader.line_num}: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    return times, np.array(values)


def _count(text: str) -> float:
    value = float(text)
    if not 0 <= value < np.inf:
        raise ValueError(f"value {text} is no count")
    return value


def score(values: Floats) -> Floats:
    """Return the score of each bucket, 0 where there is not a day of past yet.

    >>> float(score(np.full(400, 5.0)).max())
    0.0
    """
    each = [_z(scale(values), window, past) for scale in SCALES for past in PASTS for window in WINDOWS]
    return np.asarray(np.mean(each, axis=0))


def _z(values: Floats, window: int, past: int) -> Floats:
    """Return the trailing mean of ``window`` buckets against the ``past`` ones before it, in standard deviations."""
    # Shifted by the first value, for the sake of the sums' precision.
    shifted = values - values[0]
    total, squares = _sums(shifted), _sums(shifted**2)
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    firsts = np.maximum(starts - past, 0)
    counts = np.maximum(starts - firsts, 1)
    now = (total[ends] - total[starts]) / np.maximum(ends - starts, 1)
    mean = (total[starts] - total[firsts]) / counts
    spread = np.sqrt(np.maximum((squares[starts] - squares[firsts]) / counts - mean**2, 0.0))
    return np.where(starts - firsts >= LEAST_PAST, (now - mean) / (spread + FLOOR), 0.0)


def _sums(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


def detect(scores: Floats, threshold: float = THRESHOLD) -> list[int]:
    """Return the buckets at which an alarm is raised."""
    alarms: list[int] = []
    maxima: list[float] = []
    asked = threshold
    for at, value in enumerate(scores.tolist()):
        if at % DAY == 0 and at:
            maxima.append(float(scores[at - DAY : at].max()))
            asked = max(threshold, RECENT * float(np.quantile(maxima[-DAYS:], QUANTILE)))
        if value >= asked and (not alarms or at - alarms[-1] >= REFRACTORY):
            alarms.append(at)
    return alarms


def bench_series(files: Sequence[Path], threshold: float = THRESHOLD) -> list[Series]:
    """Run the test over ``files``, each on its own, online.

    Raises:
        SettingsError: a file cannot be read.
    """
    results = []
    for path in files:
        times, values = read_series(path)
        alarms = detect(score(values), threshold) if len(values) else []
        results.append(Series(path.name, len(times), len(times) / DAY, tuple(times[at] for at in alarms)))
    return results
