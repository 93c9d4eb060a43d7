"""Limits: a bucket per caller, which fills at a steady rate and lets a burst through; and so many things at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

MAX_CALLERS = 10_000  # so that made-up addresses fill no memory; the one that called least recently is forgotten


class Limiter:
    """A token bucket per caller: ``rate`` calls a second, and ``burst`` at once."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        # Calls that a caller has left, and when that was true.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, count: float = 1) -> float:
        """Take ``count`` from the caller's bucket; return 0, or after how many seconds it may try again.

        >>> limiter = Limiter(2, 1, lambda: 0.0)
        >>> limiter.take("a"), limiter.take("a"), limiter.take("b")
        (0.0, 0.5, 0.0)
        """
        now = self._clock()
        left, at = self._buckets.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        wait = max(0.0, (1 - left) / self._rate)
        self._buckets[caller] = (left if wait else left - count, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        return wait


class Slots:
    """So many requests at once; ``with slots.one() as free:`` says whether there was room."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Take a place while it lasts.

        >>> slots = Slots(1)
        >>> with slots.one() as first, slots.one() as second:
        ...     (first, second)
        (True, False)
        """
        free = self._free > 0
        self._free -= free
        try:
            yield free
        finally:
            self._free += free
