"""Workers under a supervisor, as a deployment has them: what ends is started again, and all that they say is kept."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from stream.embedded.worker import WorkerProcess

RESTART_AFTER, SAMPLE_EVERY = 1.0, 0.5


class Supervised:
    """One worker.

    Attributes:
        ends: the exit codes with which it ended by itself.
        said: what /healthz complained of.
    """

    def __init__(self, settings: Mapping[str, str], log: Path, extra: Mapping[str, str] | None = None) -> None:
        self.worker, self.ends, self.said = WorkerProcess(settings, log), list[int](), dict[str, None]()
        self._extra, self._stopping = extra or {}, Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, *, kill: bool = False) -> int | None:
        """Ask it to end, or kill it; return its exit code."""
        self._stopping.set()
        self._thread.join(10)
        if kill:
            self.worker.kill()
        return self.worker.stop()

    def kill(self) -> None:
        """End it at once; the supervisor starts it again."""
        if (pid := self.worker.pid) is not None:
            os.kill(pid, signal.SIGKILL)

    def healthy(self) -> bool:
        """Whether /healthz and /readyz both answer 200."""
        return not self._problems("healthz") and not self._problems("readyz")

    def _problems(self, path: str) -> list[str]:
        try:
            with urllib.request.urlopen(f"{self.worker.url}/{path}", timeout=10):
                return []
        except urllib.error.HTTPError as error:
            return error.read().decode().splitlines()
        except OSError as error:
            return [f"no answer: {type(error).__name__}"]

    def _start(self) -> None:
        before = {name: os.environ.get(name) for name in self._extra}
        os.environ.update(self._extra)
        try:
            self.worker.start()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def _watch(self) -> None:
        while not self._stopping.wait(SAMPLE_EVERY):
            if (code := self.worker.ended) is not None:
                self.ends.append(code)
                time.sleep(RESTART_AFTER)
                self._start()
            for line in self._problems("healthz"):
                if not line.startswith("no answer"):
                    self.said[line] = None
