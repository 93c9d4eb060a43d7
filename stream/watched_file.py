"""Files that people edit while the worker runs: read again when they changed, and the old content kept while wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from stream.errors import SettingsError

T = TypeVar("T")
Stamp = tuple[int, int, int] | None


class WatchedFile(Generic[T]):
    """What a file says.

    Args:
        read: reads it; raises SettingsError when it is wrong.
        paths: the files that what was read depends on; of None, those known before the first reading.

    Raises:
        SettingsError: the file is wrong at the start.
    """

    def __init__(self, read: Callable[[], T], paths: Callable[[T | None], Sequence[Path]]) -> None:
        self._read, self._paths = read, paths
        self._take({path: _stamp(path) for path in paths(None)})

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether it says something else now.

        Raises:
            SettingsError: it changed and is wrong; said once per change, and what was read before stays.
        """
        stamps = {path: _stamp(path) for path in self._seen}
        if stamps == self._seen:
            return False
        before = self.current
        self._take(stamps)
        return before != self.current

    def _take(self, stamps: dict[Path, Stamp]) -> None:
        self._seen = stamps
        self.current = self._read()
        # The stamps from before reading, so that a change meanwhile is seen next time; of new files, those of now.
        self._seen = {path: stamps[path] if path in stamps else _stamp(path) for path in self._paths(self.current)}


def read_limited(path: Path, most: int) -> str:
    """Return the text of a file of at most ``most`` bytes.

    Raises:
        SettingsError: it is missing, larger, or not UTF-8.
    """
    try:
        if path.stat().st_size > most:
            raise SettingsError(f"{path}: {path.stat().st_size} bytes, at most {most} are read")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path}: {reason}") from None


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
