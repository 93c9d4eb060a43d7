"""The parameters of a test; times in minutes."""

from __future__ import annotations

from enum import StrEnum
from math import gcd

import msgspec

from stream.pipeline.units import DAY

CELL = 5  # minutes that are learned at once where a rule is decided on at least so often


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
    """What is compared with what.

    Attributes:
        windows: minutes; the highest score of them counts.
        every: minutes between decisions.
        warm_up: minutes of a series' own past before it is decided on.
        support: the least count (negatives; documents where the kind is volume) worth a decision.
        level, share: half-lives of the expected volume and of the expected share.
        time_zone: of the IANA database; hours of the day and weekends are those of its clocks.
    """

    __test__ = False  # no test class, whatever pytest makes of the name

    kind: Kind = Kind.NEGATIVE
    windows: tuple[int, ...] = (15, 30)
    every: int = 1
    warm_up: int = DAY
    support: float = 8.0
    level: int = 2 * DAY
    share: int = 3 * DAY
    time_zone: str = "UTC"

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
        """Minutes that make one peak of the score: what is high in a long window stays so for as long."""
        return max(180, max(self.windows))

    @property
    def step(self) -> int:
        """Minutes of which only the sum is ever asked: all windows and times of decisions are multiples of it."""
        return gcd(self.every, self.cell, *self.windows)

    @property
    def pending(self) -> int:
        """How many residuals wait until it is known whether they are to be learned."""
        return self.lag // self.cell + 1

    @property
    def lookback(self) -> int:
        """Minutes before a decision's own that it needs."""
        return self.lag + self.cell
