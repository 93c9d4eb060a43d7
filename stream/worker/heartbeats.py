"""When each loop of the worker last ended a tick: read by the health check, the metrics and the watchdog.

A task can end or hang without an error that anybody sees. So each loop says when a tick begins and ends, and whoever
reads this finds the one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from threading import Lock
from time import monotonic

ON_DEMAND = inf  # the pace of a loop that ticks only when work comes, as one that takes batches does


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What is known of one loop, in seconds.

    Attributes:
        every: its pace; :data:`ON_DEMAND` for one that ticks only when work comes, whose silence says nothing.
        silent: since its last tick ended or said that it got on, or since its start.
        ticking: whether a tick is under way.
        busy: how long the oldest tick under way has run without saying that it gets on; 0 if there is none.
    """

    name: str
    every: float
    silent: float
    ticking: bool
    busy: float = 0.0

    @property
    def overdue(self) -> float:
        """Seconds by which it is late: a tick that does not end, or one that does not begin; 0 if it is in time.

        >>> Heartbeat("detect", 1.0, 5.0, False).overdue
        4.0
        >>> Heartbeat("classify", ON_DEMAND, 500.0, True, 2.0).overdue
        2.0
        """
        return max(self.busy, self.silent - self.every, 0.0)


class Heartbeats:
    """The loops of a process, by name. Threads may read it while the event loop writes.

    >>> now = [0.0]
    >>> beats = Heartbeats(lambda: now[0])
    >>> beats.expect("detect", every=1.0)
    >>> now[0] = 5.0
    >>> beats.all()
    [Heartbeat(name='detect', every=1.0, silent=5.0, ticking=False, busy=0.0)]
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._every: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._began: dict[str, dict[object, float]] = {}

    def expect(self, name: str, every: float) -> None:
        """Say that loop ``name`` is to tick each ``every`` seconds from now on."""
        with self._lock:
            self._every[name], self._ended[name] = every, self._clock()
            self._began.setdefault(name, {})

    def forget(self, name: str) -> None:
        """Say that loop ``name`` ended because it was asked to."""
        with self._lock:
            for state in (self._every, self._ended, self._began):
                state.pop(name, None)

    @contextmanager
    def tick(self, name: str) -> Iterator[Callable[[], None]]:
        """Hold while a tick of ``name`` runs; only one that does not raise counts as a sign of life.

        Yields:
            What a long tick calls each time it has got on; that is a sign of life, too.
        """
        tick = object()

        def progress() -> None:
            with self._lock:
                if tick in self._began.get(name, {}):
                    self._began[name][tick] = self._ended[name] = self._clock()

        with self._lock:
            if name in self._began:
                self._began[name][tick] = self._clock()
        try:
            yield progress
            progress()
        finally:
            with self._lock:
                self._began.get(name, {}).pop(tick, None)

    def all(self) -> list[Heartbeat]:
        """Return the state of every loop, by name."""
        with self._lock:
            now = self._clock()
            return [self._state(name, now) for name in sorted(self._every)]

    def _state(self, name: str, now: float) -> Heartbeat:
        under_way = self._began[name].values()
        busy = now - min(under_way, default=now)
        return Heartbeat(name, self._every[name], now - self._ended[name], bool(under_way), busy)
