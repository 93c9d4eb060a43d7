"""The broker, Valkey and PostgreSQL together."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.embedded.broker import Broker
from stream.embedded.postgres import Postgres
from stream.embedded.server import Server, stop_all
from stream.embedded.valkey import Valkey


class Servers:
    """All three, each in a folder of its own under ``folder``; stopped side by side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker, self.valkey = Broker(folder / "broker"), Valkey(folder / "valkey")
        self.postgres = Postgres(folder / "postgres")

    @property
    def settings(self) -> dict[str, str]:
        """The settings that reach them, by name; see :class:`stream.settings.Settings`."""
        # The embedded broker lets the members of a group wait for half the session timeout before it lets them in.
        waits = {"session_timeout": "6"}
        return {"kafka": self.broker.url, "redis": self.valkey.url, "postgres": self.postgres.url, **waits}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # PostgreSQL runs as a user of its own, which must be able to pass.
            self.folder.chmod(0o711)
        try:
            for server in self._all:
                server.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_all(self._all)

    @property
    def _all(self) -> tuple[Server, ...]:
        return self.broker, self.valkey, self.postgres
