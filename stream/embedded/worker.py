"""A worker as a child process, for the demo and the benchmark: the same command that users run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.embedded import free_port
from stream.errors import EmbeddedError

MODEL = ("artifact", "topic_artifact", "cache", "provider", "threads")
PASSED_ON = frozenset({*MODEL, "watchlist", "batch", "batch_wait"})
START_TIMEOUT, STOP_TIMEOUT = 60.0, 3.0


class WorkerProcess:
    """``bellwether worker`` with ``settings`` (see :class:`stream.settings.Settings`), of all stages by default."""

    start_timeout, stop_timeout = START_TIMEOUT, STOP_TIMEOUT  # seconds

    def __init__(self, settings: Mapping[str, str], log: Path, stages: Sequence[str] = ()) -> None:
        self.log, self.port = log, free_port()
        self._stages = [f"--stage={stage}" for stage in stages]
        self._settings = {**settings, "http_port": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where health and metrics are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start, without waiting."""
        # Of the caller's own settings only how the model runs and what is watched may reach a worker on embedded
        # servers: an invented alert must not be posted to a real receiver.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("BELLWETHER_") or name.removeprefix("BELLWETHER_").lower() in PASSED_ON
        }
        own = {f"BELLWETHER_{name.upper()}": value for name, value in self._settings.items()}
        with self.log.open("ab") as output:
            # A session of its own, so that Ctrl-C reaches the caller alone, who then stops things in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "stream", "worker", *self._stages],
                env=inherited | own,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> None:
        """Return when ``/readyz`` answers 200.

        Raises:
            EmbeddedError: it ends or is not ready within a minute; the message holds the end of its log.
        """
        deadline = time.monotonic() + self.start_timeout
        while not self.ready():
            self.check()
            if time.monotonic() > deadline:
                raise EmbeddedError(f"the worker is not ready after {self.start_timeout:.0f} s: {self._log_end()}")
            time.sleep(0.1)

    def ready(self) -> bool:
        """Whether ``/readyz`` answers 200."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own URL
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def check(self) -> None:
        """Raise EmbeddedError if it has ended."""
        if (code := self.ended) is not None:
            raise EmbeddedError(f"the worker ended with code {code}: {self._log_end()}")

    @property
    def ended(self) -> int | None:
        """The exit code with which it has ended by itself."""
        return self._process.poll() if self._process is not None else None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def memory(self) -> int:
        """Bytes of resident memory; 0 where the system does not tell (no /proc)."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.is_file():
            return 0
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask_to_stop(self) -> None:
        """Ask it to end without waiting."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> int | None:
        """Ask it to end, kill it after three seconds; return its exit code."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            self._process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
        code, self._process = self._process.wait(), None
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-1500:].strip() or "it printed nothing"
