"""A picture of the screen at the moment that matters: an alert fires, and its webhook has arrived."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from stream.errors import SettingsError
from stream.view import Snapshot
from stream.view.live import screen

# Columns and lines: as wide as a README's column shows well, and so low that all of it is read at once.
WIDTH, HEIGHT = 100, 32
TITLE = "bellwether demo"
# Rich names a font on somebody's server. A picture in a README asks nobody for anything.
FORMAT = re.sub(r"\s*@font-face \{\{.*?\n    \}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


class Picture:
    """Draws the first screen on which an alert fires and its webhook has arrived, as SVG, into ``path``."""

    def __init__(self, path: Path) -> None:
        self._path, self._drawn = path, False

    def look(self, snapshot: Snapshot, title: str, notes: Sequence[str]) -> None:
        """Draw what is shown now, if it is the time.

        Raises:
            SettingsError: the file cannot be written.
        """
        told = any(item.delivered_at for row in snapshot.alerts if row.firing for item in row.deliveries)
        if self._drawn or not told or not any("alert.firing" in note for note in notes):
            return
        console = Console(record=True, width=WIDTH, height=HEIGHT, force_terminal=True, file=io.StringIO())
        console.print(screen(snapshot, title, notes))
        try:
            self._path.write_text(console.export_svg(title=TITLE, code_format=FORMAT, unique_id="demo"))
        except OSError as error:
            raise SettingsError(f"{self._path}: cannot be written: {error.strerror}") from error
        self._drawn = True
