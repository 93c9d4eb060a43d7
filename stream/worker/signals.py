"""SIGTERM and SIGINT of a worker, taken by a thread of their own.

What the event loop takes is not seen while the loop hangs, and what Python's main thread takes not while it is in a
library. And a worker takes a second to begin, in which a signal would just kill it. So the signals are taken from the
process's first moment on; nothing heavy is imported here.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import NoReturn

TAKEN = (signal.SIGTERM, signal.SIGINT)
Handler = Callable[[signal.Signals], None]


def end(code: int, line: str) -> NoReturn:
    """End the process at once with ``code``, and with ``line`` on standard error."""
    try:
        os.write(2, f"bellwether: {line}\n".encode())
    finally:
        os._exit(code)


class StopSignals:
    """SIGTERM and SIGINT as they come. At the second one the process ends at once, with that signal's exit code."""

    def __init__(self) -> None:
        self._lock, self._count = threading.RLock(), 0
        self._handler: Handler | None = None
        self._taking = False

    def take(self) -> None:
        """Take the signals from now on; call it in the main thread, before any other thread is started."""
        with self._lock:
            if self._taking:
                return
            self._taking = True
        # Where a thread that was started before does not block them, Python's own handler is called instead.
        for number in TAKEN:
            signal.signal(number, lambda got, _: self._got(signal.Signals(got)))
        signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    @property
    def received(self) -> bool:
        """Whether a signal has come."""
        return self._count > 0

    def on_first(self, handler: Handler) -> None:
        """Call ``handler`` at the first signal, from another thread; until then the process has nothing to stop."""
        with self._lock:
            self._handler = handler

    def _wait(self) -> None:
        while True:
            self._got(signal.Signals(signal.sigwait(TAKEN)))

    def _got(self, number: signal.Signals) -> None:
        with self._lock:
            self._count += 1
            count, handler = self._count, self._handler
        if count > 1:
            end(128 + number, f"ended at once: {number.name} came while it was stopping")
        if handler is None:
            end(0, f"{number.name} came before the worker had begun; nothing was to be stopped")
        handler(number)


STOP_SIGNALS = StopSignals()  # of the process, as signals are
