"""The password of an embedded server: random, in a file beside its data that nobody else may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


class Password:
    """The password of the server in a folder; whoever starts it there again finds the same.

    ``text`` has no sign that a URL or a quoted string would have to escape.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "password"
        self.text = self.path.read_text().strip() if self.kept else secrets.token_urlsafe(24)

    @property
    def kept(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()

    def keep(self) -> None:
        """Write the file, unless it is there."""
        if not self.kept:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(self.path, flags, 0o600), "w") as file:
                file.write(self.text)
