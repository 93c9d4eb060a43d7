"""The broker, Valkey and PostgreSQL together."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

from stream.embedded.broker import Broker
from stream.embedded.lock import FolderLock
from stream.embedded.postgres import Postgres
from stream.embedded.server import Server, stop_all
from stream.embedded.valkey import Valkey
from stream.errors import EmbeddedError


class Ports(NamedTuple):
    """Where the servers listen; None is a free port each time."""

    kafka: int | None = None
    redis: int | None = None
    postgres: int | None = None


ANY = Ports()


class Servers:
    """All three, each in a folder of its own under ``folder``, which they alone may use; stopped side by side."""

    def __init__(self, folder: Path, ports: Ports = ANY) -> None:
        self.folder = folder
        self.broker = Broker(folder / "broker", ports.kafka)
        self.valkey, self.postgres = (
            Valkey(folder / "valkey", ports.redis),
            Postgres(folder / "postgres", ports.postgres),
        )
        self._lock = FolderLock(folder)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that reach them, by name; see :class:`stream.settings.Settings`."""
        # The embedded broker lets the members of a group wait for half the session timeout before it lets them in.
        waits = {"session_timeout": "6"}
        # Said by name: the caller's own variables may tell how to log in at another broker.
        kafka = {"kafka": self.broker.url, "kafka_security_protocol": "PLAINTEXT"}
        return {**kafka, "redis": self.valkey.url, "postgres": self.postgres.url, **waits}

    def __enter__(self) -> Self:
        try:
            self._prepare_folder()
        except OSError as error:
            raise EmbeddedError(f"the folder {self.folder} cannot be used: {error.strerror}; take another") from error
        try:
            for server in self._all:
                server.inherits = self._lock.descriptors
                server.start()
            self._lock.tell([server.pid for server in self._all if server.pid is not None])
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_all(self._all)
        self._lock.release()

    def watch(self) -> NoReturn:
        """Wait, until something interrupts it.

        Raises:
            EmbeddedError: one of the servers has ended.
        """
        while True:
            for server in self._all:
                server.check()
            time.sleep(0.5)

    def _prepare_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # PostgreSQL runs as a user of its own, which must be able to pass.
            self.folder.chmod(0o711)
        self._lock.take()

    @property
    def _all(self) -> tuple[Server, ...]:
        return self.broker, self.valkey, self.postgres
