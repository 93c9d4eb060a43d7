"""A picture of the screen at the moment that matters: an alert fires, and its webhook has arrived.

As SVG, or as plain text in 80 columns and 24 lines, with what the demo says at its end.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len

from stream.console import plain_console
from stream.errors import SettingsError
from stream.view import Snapshot
from stream.view.live import screen

# Columns and lines: as wide as a README's column shows well, and so low that all of it is read at once. As text, the
# smallest terminal.
SIZES = {".svg": (100, 32), ".txt": (80, 24)}
TITLE = "bellwether demo"
# Rich names a font on somebody's server. A picture in a README asks nobody for anything.
FORMAT = re.sub(r"\s*@font-face \{\{.*?\n    \}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)

TEXT = re.compile(r'(<text class="demo-r[^>]*textLength=")[^"]*("[^>]*>)([^<]*)<')
CHARACTER = 12.2  # the width of a column in Rich's pictures


class Picture:
    """Draws the first screen on which an alert fires and its webhook has arrived into ``path``, .svg or .txt.

    Raises:
        SettingsError: the path ends otherwise, or in no folder; or, from every method, the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._drawn = path, False
        if path.suffix not in SIZES:
            raise SettingsError(f"--picture {path}: the name must end in .svg, or in .txt for plain text")
        if not path.parent.is_dir():
            raise SettingsError(f"--picture {path}: there is no folder {path.parent}")
        self._size = SIZES[path.suffix]

    def look(self, snapshot: Snapshot, title: str, notes: Sequence[str]) -> None:
        """Draw what is shown now, if it is the time."""
        told = any(item.delivered_at for row in snapshot.alerts if row.firing for item in row.deliveries)
        if self._drawn or not told or not any("alert.firing" in note for note in notes):
            return
        width, height = self._size
        console = plain_console(record=True, width=width, height=height, force_terminal=True, file=io.StringIO())
        console.print(screen(snapshot, title, notes))
        if self._path.suffix == ".svg":
            self._write(_spaced(console.export_svg(title=TITLE, code_format=FORMAT, unique_id="demo")))
        else:
            self._write(_trimmed(console.export_text()))
        self._drawn = True

    def end(self, lines: Sequence[str]) -> None:
        """Add what is said at the end, where the picture is text."""
        if self._drawn and self._path.suffix == ".txt":
            self._write(self._path.read_text() + _trimmed("\n".join(lines)))

    def _write(self, content: str) -> None:
        try:
            self._path.write_text(content)
        except OSError as error:
            raise SettingsError(f"{self._path}: cannot be written: {error.strerror}") from error


def _spaced(svg: str) -> str:
    """Return ``svg`` with each text as long as its columns: Rich counts characters, and Chinese ones take two."""
    return TEXT.sub(
        lambda found: f"{found[1]}{CHARACTER * cell_len(html.unescape(found[3])):g}{found[2]}{found[3]}<", svg
    )


def _trimmed(text: str) -> str:
    """Return ``text`` without spaces at the ends of its lines."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
