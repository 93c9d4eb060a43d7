"""Ends the process when nothing else does: a thread beside the event loop, so that it works while the loop hangs.

A worker lives or ends, never between. A supervisor starts it again, and it goes on from what is stored; one that is up
and does nothing helps nobody. Each way of ending has an exit code and one line on standard error, see
docs/operations.md.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath
from typing import Protocol

from stream.worker.heartbeats import Heartbeats
from stream.worker.signals import StopSignals, end

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds: the limits are of many, and a look costs next to nothing
# Longer between two looks means that the whole process stood still: stopped, suspended, or without a processor. That
# time is nobody's fault, and what was to happen in it has to get its time anew.
FROZEN = 5.0


class Exit(IntEnum):
    """Exit codes of a worker beside 0 (asked to stop), 1 (an error), 2 (settings), 130 and 143 (asked twice)."""

    NOT_STOPPED = 3
    LOOP_HANGS = 4
    NO_TICK = 5
    NOTHING_MOVES = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for stopping, of an event loop that does not turn, of a loop or a partition in which nothing moves."""

    stopping: float = 15.0
    turning: float = 60.0
    moving: float = 300.0


class Worker(Protocol):
    """What is watched; mode's worker."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Its event loop."""

    @property
    def should_stop(self) -> bool:
        """Whether it is stopping, or has crashed."""


class Watchdog:
    """Watches a worker, from :meth:`watch` on until the process has ended.

    Args:
        beats: of the worker's loops.
        standing: sentences on what has not moved for longer than ``limits.moving``; called from the thread.
    """

    def __init__(self, beats: Heartbeats, standing: Callable[[], list[str]], limits: Limits) -> None:
        self._beats, self._standing, self._limits = beats, standing, limits
        self._now = 0.0  # seconds in which the process was not frozen
        self._turned = self._patient_until = 0.0
        self._stopping: float | None = None
        self._why = "an error"

    def watch(self, worker: Worker, signals: StopSignals, stop: Callable[[signal.Signals], object]) -> None:
        """Begin; ``stop`` is called in the worker's event loop when a signal asks for it."""
        loop = worker.loop

        def stop_soon(number: signal.Signals) -> None:
            self._why, self._stopping = number.name, self._now
            with suppress(RuntimeError):  # the loop is closed: it has stopped already
                loop.call_soon_threadsafe(stop, number)

        signals.on_first(stop_soon)
        threading.Thread(target=self._run, args=(worker, loop), name="watchdog", daemon=True).start()

    def _run(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        looked = time.monotonic()
        while True:
            time.sleep(LOOK_EVERY)
            now = time.monotonic()
            frozen = now - looked > FROZEN
            self._now += LOOK_EVERY if frozen else now - looked
            if frozen:
                self._patient_until = self._now + self._limits.moving
            looked = now
            try:
                self._look(worker, loop)
            except Exception:
                # Whoever watches must not be the first to go. What it reads changes under it; the next look tells.
                logger.exception("the watchdog could not look")

    def _look(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        if self._stopping is None and worker.should_stop:
            self._stopping = self._now
        if self._stopping is not None:
            if self._now - self._stopping > self._limits.stopping:
                reason = f"it did not stop within {self._limits.stopping:.0f} s of {self._why}"
                end(Exit.NOT_STOPPED, f"ended by its watchdog: {reason}; it was {_where()}")
            return
        self._look_at_the_loop(loop)
        if self._now < self._patient_until:
            return
        for beat in self._beats.all():
            if beat.overdue > self._limits.moving:
                reason = f"{beat.name}: no tick has ended for {beat.overdue:.0f} s"
                end(Exit.NO_TICK, f"ended by its watchdog: {reason}")
        if standing := self._standing():
            end(Exit.NOTHING_MOVES, f"ended by its watchdog: {standing[0]}")

    def _look_at_the_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_running():
            self._turned = self._now
            return
        if self._now - self._turned > self._limits.turning:
            reason = f"the event loop has not turned for {self._now - self._turned:.0f} s"
            end(Exit.LOOP_HANGS, f"ended by its watchdog: {reason}; it was {_where()}")
        with suppress(RuntimeError):  # closed since
            loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        self._turned = self._now


def _where() -> str:
    """Say where the main thread is: function, file and line of its innermost frames."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    places: list[str] = []
    while frame is not None and len(places) < 3:
        path = PurePath(*PurePath(frame.f_code.co_filename).parts[-2:])
        places.append(f"{frame.f_code.co_name} ({path}:{frame.f_lineno})")
        frame = frame.f_back
    return "in " + " < ".join(places) if places else "nowhere"
