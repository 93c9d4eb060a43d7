"""When each loop of the worker last ended a tick: read by the health check, the metrics and the watchdog.

A task can end or hang without an error that anybody sees. So each loop says when a tick begins and ends, and whoever
reads this finds the one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What is known of one loop: ``silent`` seconds since its last tick ended, or since its start."""

    name: str
    every: float
    silent: float
    ticking: bool


class Heartbeats:
    """The loops of a process, by name. Threads may read it while the event loop writes.

    >>> now = [0.0]
    >>> beats = Heartbeats(lambda: now[0])
    >>> beats.expect("detect", every=1.0)
    >>> now[0] = 5.0
    >>> beats.all()
    [Heartbeat(name='detect', every=1.0, silent=5.0, ticking=False)]
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._every: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._ticking: dict[str, int] = {}

    def expect(self, name: str, every: float) -> None:
        """Say that loop ``name`` is to tick each ``every`` seconds from now on."""
        with self._lock:
            self._every[name], self._ended[name] = every, self._clock()

    def forget(self, name: str) -> None:
        """Say that loop ``name`` ended because it was asked to."""
        with self._lock:
            for known in (self._every, self._ended, self._ticking):
                known.pop(name, None)

    @contextmanager
    def tick(self, name: str) -> Iterator[None]:
        """Hold while a tick of ``name`` runs; only one that does not raise counts as a sign of life."""
        with self._lock:
            self._ticking[name] = self._ticking.get(name, 0) + 1
        try:
            yield
            with self._lock:
                if name in self._ended:
                    self._ended[name] = self._clock()
        finally:
            with self._lock:
                if name in self._ticking:
                    self._ticking[name] -= 1

    def all(self) -> list[Heartbeat]:
        """Return the state of every loop, by name."""
        now = self._clock()
        with self._lock:
            return [
                Heartbeat(name, every, now - self._ended[name], self._ticking.get(name, 0) > 0)
                for name, every in sorted(self._every.items())
            ]
