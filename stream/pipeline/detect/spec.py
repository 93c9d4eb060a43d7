"""What a detector is to look for, how often, and against how much of the past; times in minutes."""

from __future__ import annotations

from enum import StrEnum
from math import gcd

import msgspec

from stream.pipeline.units import DAY

# Minutes that are learned at once where a rule is decided on at least so often. Five were the buckets of the trials on
# simulated months; fewer would cost time in each tick, more would blur the hours and the ends of surges.
CELL = 5
# Minutes within which high scores are one peak, at least: what clusters by chance, in windows that overlap and with a
# noise that has a memory of an hour, lies within three hours in the simulated months.
CLUSTER = 180
# Of slow and sparse series so many residuals are learned while the longest window lasts: those of each quarter of an
# hour say nearly the same, and would take four times the memory.
RESIDUALS = 24


class Kind(StrEnum):
    """What a rule looks for.

    - negative: a share of negatives that is too high for its volume, and a count that is higher than usual
    - volume: more documents than usual, of any sentiment
    - drift: the mean sentiment of a day moves away from that of the weeks before
    """

    NEGATIVE = "negative"
    VOLUME = "volume"
    DRIFT = "drift"


class DetectorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a detector; the defaults are those of the rule of kind ``negative``.

    Attributes:
        kind: what is looked for.
        windows: lengths of the windows that end at a decision, in minutes; the highest score of them counts. With 15
            and 30 minutes a 30-minute surge of the simulated months is found after 14 to 16 minutes.
        every: minutes between decisions.
        warm_up: minutes of a series' own past before it is decided on; a day holds each hour once.
        support: the least count (negatives; documents where the kind is volume) worth a decision. Eight in half an hour
            are worth somebody's attention; fewer are not, however unusual they are.
        level: half-life of the expected volume, in minutes. With two days the budget held on simulated months whose
            level drifts by 5 % a day. A shorter one follows noise, a longer one is late where the world changes.
        share: half-life of the expected share of negatives, in minutes; likewise.
        time_zone: of the IANA database; hours of the day and weekends are those of its clocks.
        sparse: whether the test is that for series of few documents; see :mod:`stream.pipeline.detect.sparse`.
        limit: documents a day from which on a test has its series, or up to which a sparse one has. Of the budget each
            test has the part of its own series. 0: there is no other test.
        ceiling: documents a day from which on another test has them; 0: none has.
        spares: documents a day from which on, up to ``limit``, the test of minutes leaves series alone; it has an eye
            on those of fewer. 0: it leaves none alone.

    >>> spec = DetectorSpec(windows=(60, 360), every=5)
    >>> spec.step, spec.lag, spec.cluster
    (5, 360, 360)
    """

    kind: Kind = Kind.NEGATIVE
    windows: tuple[int, ...] = (15, 30)
    every: int = 1
    warm_up: int = DAY
    support: float = 8.0
    level: int = 2 * DAY
    share: int = 3 * DAY
    time_zone: str = "UTC"
    sparse: bool = False
    limit: float = 0.0
    ceiling: float = 0.0
    spares: float = 0.0

    @property
    def leaves_others(self) -> bool:
        """Whether every series that is not its own is left alone."""
        return self.sparse or self.ceiling > 0

    @property
    def lag(self) -> int:
        """Minutes after which a cell has left every window and may be learned; a multiple of the cell."""
        return -(-max(self.windows) // self.cell) * self.cell

    @property
    def cell(self) -> int:
        """Minutes that are learned at once."""
        return max(CELL, self.every)

    @property
    def cluster(self) -> int:
        """Minutes that make one peak of the score: what is high in a long window stays so for as long.

        Of sparse series twice as long: an event is written of for days, and is one alert.
        """
        return max(CLUSTER, max(self.windows) * (2 if self.sparse else 1))

    @property
    def step(self) -> int:
        """Minutes of which only the sum is ever asked: all windows and times of decisions are multiples of it."""
        return gcd(self.every, self.cell, *self.windows)

    @property
    def spacing(self) -> int:
        """Minutes between two residuals that are learned."""
        return max(self.cell, self.lag // RESIDUALS) // self.cell * self.cell if self.leaves_others else self.cell

    @property
    def pending(self) -> int:
        """How many residuals wait until it is known whether they are to be learned."""
        return self.lag // self.spacing + 1

    @property
    def lookback(self) -> int:
        """Minutes before a decision's own that it needs."""
        return self.lag + self.cell
