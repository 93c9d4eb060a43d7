"""One run per folder: two Valkeys that append to one file would spoil it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from stream.errors import EmbeddedError

# After a kill a server's own children may live for a moment longer.
PATIENCE = 3.0


class FolderLock:
    """A lock on a folder. Servers inherit it, so it holds as long as one of them lives, whoever started it is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "lock"
        self._descriptor: int | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a child process has to inherit."""
        return () if self._descriptor is None else (self._descriptor,)

    def take(self) -> None:
        """Take it, within three seconds.

        Raises:
            EmbeddedError: servers are at work in the folder; the message names their processes.
            OSError: the folder may not be written.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                os.close(descriptor)
                raise EmbeddedError(self._taken()) from None
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
            return

    def tell(self, processes: Sequence[int]) -> None:
        """Write down who holds it."""
        self._path.write_text(" ".join(map(str, processes)))

    def release(self) -> None:
        """Let it go; servers that still live hold it on."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _taken(self) -> str:
        processes = self._path.read_text(errors="replace").split()
        named = f" (processes {', '.join(processes)})" if processes else ""
        return (
            f"servers are at work in {self._folder}{named}: stop the `bellwether up` that runs there, or what a killed "
            "one has left behind, or take another folder"
        )
