"""Invented months of many series, with what is known to be in them: the ground that the detector is measured on.

Documents of a minute are Poisson around a rate with a daily and weekly rhythm, a level that drifts from day to day, and
noise: of every five minutes on its own (gamma, so that counts are negative binomial), or with a memory of one hour
(log-normal). The share of negatives has noise of the same memory. All follows from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect import CELL, Counts
from stream.pipeline.units import DAY, HOUR
from stream.pipeline.windows.independence import UNIT

Floats = NDArray[np.float64]
Pace = Literal["busy", "slow", "sparse"]
# Documents per five minutes of the slowest and the fastest series. Busy: from two an hour to one in six seconds. Slow:
# 25 to 200 a day. Sparse: of 200, 150 have fewer than five a day, the busiest thirteen.
RATES: dict[Pace, tuple[float, float]] = {
    "busy": (0.2, 50.0),
    "slow": (25 / 288, 200 / 288),
    "sparse": (0.3 / 288, 12.8 / 288),
}
# Of bad news, on average. In a slow series it is above the eleven negatives that are sure to be eight.
HEADLINES = {"busy": 14, "slow": 14, "sparse": 7}
GAP_EVERY, GAP_AT = 7, 8 * HOUR  # days from one gap to the next, from the second judged day on; its first minute
EVENING = (17, 22)  # hours between which the share can rise each day; it is highest in the middle
# None of these is fitted to a stream: they are what a detector of news must bear, with a memory and without one.
VOLUME_NOISE, SHARE_NOISE = 0.3, 0.25  # standard deviations: of the log rate, of the logit share
DRIFT = 0.05  # of the log level, from day to day
WEEKEND = 0.4  # of a working day's traffic
MEMORY = 60  # minutes after which the noise has forgotten all but a part e of itself
# Traffic by hour; a working day's.
HOURS = np.array([2, 2, 2, 2, 3, 4, 6, 9, 13, 16, 17, 16, 15, 16, 18, 18, 17, 15, 12, 9, 7, 5, 4, 3]) / 9.625


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to one series (a row) from minute ``start`` on."""

    row: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated.

    Attributes:
        streams: how many months run side by side, each of ``series`` series that know nothing of the other months.
        days: of history, then of the months that are judged.
        memory: whether the noise has one.
        surges: a series-month, in the history and in the judged month.
        kind: of the events: "surge" (three times the negatives, at least twenty extra), "share" (20 % become 50 % at
            the same volume), "neutral" (three to ten times the volume at the same share), "headlines" (seven negatives
            more, of slow series fourteen), "new" (the same of a series that brought nothing before).
        pace: how many documents the series bring.
        gap: minutes, once a week of the judged month, in which no series brings anything.
        evening: by how much the logit of the share rises at the height of each evening; 1.1 makes 20 % into 43 %.
    """

    streams: int = 10
    series: int = 20
    days: tuple[int, int] = (30, 30)
    memory: bool = False
    surges: tuple[float, float] = (0.0, 2.0)
    kind: str = "surge"
    length: int = 30
    seed: int = 1
    factors: tuple[float, float] = (3.0, 10.0)
    pace: Pace = "busy"
    gap: int = 0
    evening: float = 0.0

    @property
    def label(self) -> str:
        """What happens, in words."""
        return f"{self.kind}, gaps" if self.gap else f"{self.kind}, evenings" if self.evening else self.kind

    @property
    def lookback(self) -> int:
        """Minutes of the day before that come with each day: as far as the windows reach."""
        return 2 * HOUR if self.pace == "busy" else DAY + HOUR


@dataclass(slots=True)
class Simulation:
    """One run of a scenario: rates, shares and events are drawn at once, documents day by day."""

    scenario: Scenario
    rates: Floats = field(init=False)
    shares: Floats = field(init=False)
    events: list[Event] = field(init=False)
    _pick: np.random.Generator = field(init=False)
    _noise: Floats = field(init=False)
    _level: Floats = field(init=False)

    def __post_init__(self) -> None:
        scenario = self.scenario
        self._pick = np.random.default_rng(scenario.seed)
        rows = scenario.streams * scenario.series
        rates = np.geomspace(*RATES[scenario.pace], scenario.series)
        self.rates = np.tile(rates, scenario.streams) / CELL
        self.shares = np.full(rows, 0.2) if scenario.kind == "share" else self._pick.uniform(0.1, 0.35, rows)
        self.events = [
            *self._draw(scenario.surges[0], 0, scenario.days[0]),
            *self._draw(scenario.surges[1], scenario.days[0], sum(scenario.days)),
        ]
        self._noise = self._pick.normal(size=(2, rows))
        self._level = np.zeros(rows)

    @property
    def names(self) -> tuple[str, ...]:
        """One per row; those of one month share what stands before the colon."""
        scenario = self.scenario
        return tuple(
            f"month{row // scenario.series}:{row % scenario.series}"
            for row in range(scenario.streams * scenario.series)
        )

    @property
    def judged(self) -> int:
        """The first minute that is judged."""
        return self.scenario.days[0] * DAY

    def _draw(self, monthly: float, first: int, last: int) -> Iterator[Event]:
        """Draw events of every series, at least four hours apart; none on the first two days."""
        for row in range(self.scenario.streams * self.scenario.series):
            count = self._pick.poisson(monthly * (last - first) / 30)
            starts: list[int] = []
            for start in self._pick.integers(max(first, 2) * DAY, last * DAY - 4 * HOUR, size=count).tolist():
                if all(abs(start - other) >= 4 * HOUR for other in starts) and not (
                    starts and self.scenario.kind == "new"
                ):
                    starts.append(start)
                    yield Event(row, start, self.scenario.length)

    def days(self) -> Iterator[Counts]:
        """Yield the documents of one day after the other; each begins with the end of those before."""
        before: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        for day in range(sum(self.scenario.days)):
            documents, negatives = self._day(day)
            if before is not None:
                documents = np.concatenate([before[0], documents], axis=1)
                negatives = np.concatenate([before[1], negatives], axis=1)
            first = (day + 1) * DAY - documents.shape[1]
            yield Counts(self.names, first, documents * UNIT, negatives * UNIT, np.zeros_like(documents))
            before = documents[:, -self.scenario.lookback :], negatives[:, -self.scenario.lookback :]

    def _day(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        self._level = 0.98 * self._level + self._pick.normal(0, DRIFT, len(self._level))
        volume, logit = self._noises()
        usual = (self.rates * np.exp(self._level))[:, None] * _rhythm(day)[None, :]
        rate = usual * volume
        self._silence(day, rate)
        logit += self.scenario.evening * _evening()
        share = 1 / (1 + np.exp(-(np.log(self.shares / (1 - self.shares))[:, None] + logit)))
        extra = np.zeros_like(rate)
        for event in self.events:
            span = slice(max(event.start - day * DAY, 0), max(event.start + event.length - day * DAY, 0))
            if span.start < DAY and span.stop > 0:
                self._happen(event, span, rate, share, extra, usual)
        documents = self._pick.poisson(rate)
        negatives = self._pick.binomial(documents, share)
        more = self._pick.poisson(extra)
        return documents + more, negatives + more

    def _silence(self, day: int, rate: Floats) -> None:
        """Take away what a gap hides, and what a new name did not bring before its event."""
        since = day - self.scenario.days[0] - 1
        if self.scenario.gap and since >= 0 and since % GAP_EVERY == 0:
            rate[:, GAP_AT : GAP_AT + self.scenario.gap] = 0.0
        if self.scenario.kind == "new":
            for event in self.events:
                rate[event.row, : max(event.start - day * DAY, 0)] = 0.0

    def _happen(self, event: Event, span: slice, rate: Floats, share: Floats, extra: Floats, usual: Floats) -> None:
        row, kind = event.row, self.scenario.kind
        if kind == "share":
            share[row, span] = 0.5
        elif kind in ("headlines", "new"):
            extra[row, span] = HEADLINES[self.scenario.pace] / event.length
        elif kind == "neutral":
            low, high = self.scenario.factors
            rate[row, span] *= low if event.start % 2 else high
        else:
            negatives = usual[row, span].mean() * self.shares[row] * event.length
            extra[row, span] = max(2 * negatives, 20.0) / event.length

    def _noises(self) -> tuple[Floats, Floats]:
        """Return factors of the rate and shifts of the logit of the share, per minute."""
        rows, cells = len(self.rates), DAY // CELL
        drawn = self._pick.normal(size=(2, rows, cells))
        if not self.scenario.memory:
            variance = np.expm1(VOLUME_NOISE**2)
            factor = self._pick.gamma(1 / variance, variance, size=(rows, cells))
            return np.repeat(factor, CELL, axis=1), np.repeat(SHARE_NOISE * drawn[1], CELL, axis=1)
        keep = np.exp(-CELL / MEMORY)
        walk = np.empty_like(drawn)
        for cell in range(cells):
            self._noise = keep * self._noise + np.sqrt(1 - keep**2) * drawn[:, :, cell]
            walk[:, :, cell] = self._noise
        factor = np.exp(VOLUME_NOISE * walk[0] - VOLUME_NOISE**2 / 2)
        return np.repeat(factor, CELL, axis=1), np.repeat(SHARE_NOISE * walk[1], CELL, axis=1)


def _rhythm(day: int) -> Floats:
    """Return the traffic of each minute of ``day``; day 0 is a Thursday, as 1 January 1970 was."""
    middles = np.arange(DAY) / HOUR - 0.5
    smooth = np.interp(middles, np.arange(-1, 25), np.concatenate([HOURS[-1:], HOURS, HOURS[:1]]))
    return np.asarray(smooth * (WEEKEND if (day + 3) % 7 >= 5 else 1.0))


def _evening() -> Floats:
    """Return, for each minute of a day, how much of the evening's rise there is: from 0 to 1 and back."""
    first, last = EVENING
    return np.asarray(np.sin(np.pi * np.clip((np.arange(DAY) / HOUR - first) / (last - first), 0.0, 1.0)))


def rhythm(minute: int) -> float:
    """Return the traffic at ``minute`` beside a middling one."""
    return float(_rhythm(minute // DAY)[minute % DAY])
