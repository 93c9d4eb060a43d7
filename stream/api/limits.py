"""Rate limits: a bucket per caller, which fills at a steady rate and lets a burst through."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MAX_CALLERS = 10_000


class Limiter:
    """So many calls a second per caller, and ``burst`` at once."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, count: float = 1) -> float:
        """Take ``count`` from the caller's bucket; return 0, or after how many seconds it may be tried again.

        >>> limiter = Limiter(2, 1, lambda: 0.0)
        >>> limiter.take("a"), limiter.take("a"), limiter.take("b")
        (0.0, 0.5, 0.0)
        """
        now = self._clock()
        left, at = self._left.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        wait = max(0.0, (1 - left) / self._rate)
        self._left[caller] = (left if wait else left - count, now)
        if len(self._left) > MAX_CALLERS:
            self._left.popitem(last=False)
        return wait
