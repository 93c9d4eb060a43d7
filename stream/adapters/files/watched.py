"""Files that people edit while the worker runs: read again when they changed, and the old content kept while wrong."""

from __future__ import annotations

import os
import re
import stat
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from stream.errors import BellwetherError, SettingsError

T = TypeVar("T")
Stamp = tuple[int, ...] | None  # what of a file changes with its content; None where it cannot be looked at
# A wrong file is tried again every so many looks, though it did not change: what it names may be there by now. Workers
# look every two seconds, so that is every half minute.
RETRY_LOOKS = 15
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_UTF16, _UTF32 = (b"\xff\xfe", b"\xfe\xff"), (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")


class WatchedFile(Generic[T]):
    """What a file says, read again when it changed.

    Attributes:
        current: what the file said when it was last right.

    Args:
        read: reads the file; raises SettingsError when it is wrong.
        paths: returns the files that a value read depends on; given None, those known before the first reading.

    Raises:
        SettingsError: the file is wrong at the start.
    """

    def __init__(self, read: Callable[[], T], paths: Callable[[T | None], Sequence[Path]]) -> None:
        self._read, self._paths = read, paths
        self._refusal, self._looks = "", 0
        self._load({path: _stamp(path) for path in paths(None)})

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether it says something else now.

        Raises:
            SettingsError: it changed and is wrong; said once per reason, and what was read before stays.
        """
        stamps = {path: _stamp(path) for path in self._stamps}
        changed = stamps != self._stamps
        self._looks += 1
        if not changed and not (self._refusal and self._looks % RETRY_LOOKS == 0):
            return False
        before = self.current
        try:
            self._load(stamps)
        except SettingsError as error:
            last_refusal, self._refusal = self._refusal, str(error)
            if changed or last_refusal != self._refusal:
                raise
            return False
        return before != self.current

    def _load(self, stamps: dict[Path, Stamp]) -> None:
        self._stamps = stamps
        self.current = self._read()
        self._refusal = ""
        # The stamps from before reading, so that a change meanwhile is seen next time; of new files, those of now.
        self._stamps = {path: stamps[path] if path in stamps else _stamp(path) for path in self._paths(self.current)}


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Turn every error that nobody thought of into one that says ``what`` cannot be read.

    What people write must never end a worker. The message tells where it happened, and not the error's own words: they
    may hold a secret of the file.

    Raises:
        SettingsError: anything but an error of Bellwether was raised within.
    """
    try:
        yield
    except BellwetherError:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        raise SettingsError(f"{what}: it cannot be read, in a way that was not foreseen ({where})") from None


def error_at(path: Path, line: int, problem: str) -> SettingsError:
    """Return the error that says what is wrong on a line, itself in one line, whatever of the file it quotes."""
    printable = "".join(sign if sign.isprintable() else " " for sign in problem)
    return SettingsError(f"{path}, line {line}: {' '.join(printable.split())}")


def read_limited(path: Path, most: int) -> str:
    """Return the text of a plain file of at most ``most`` bytes, without a byte order mark.

    Raises:
        SettingsError: it is missing, no plain file, larger, not UTF-8, or holds a control character.
    """
    content = _content(path, most)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = "UTF-32" if content.startswith(_UTF32) else "UTF-16" if content.startswith(_UTF16) else None
        found = "it is not UTF-8" if wide is None else f"it is {wide}"
        raise error_at(path, _line_number(content, error.start), f"{found}; save it as UTF-8") from None
    if control := _CONTROL.search(text):
        hint = "; is it UTF-16? Save it as UTF-8" if control[0] == "\0" else ""
        problem = f"the control character U+{ord(control[0]):04X} may not stand in a text{hint}"
        raise error_at(path, _line_number(text[: control.start()].encode()), problem)
    return text


def _content(path: Path, most: int) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SettingsError(f"{path}: it is {'a folder' if stat.S_ISDIR(mode) else 'a pipe or device'}, no file")
        # Without blocking, so that a pipe that took the file's place meanwhile cannot hold us.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            content = file.read(most + 1)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise SettingsError(f"{str(path)!r}: a path holds no control character") from None
    if len(content) > most:
        raise SettingsError(f"{path}: at most {most} bytes are read")
    return content


def _line_number(content: bytes, end: int | None = None) -> int:
    """Return the line, from 1, of the byte at ``end``."""
    return content.count(b"\n", 0, end) + 1


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    # The change time, too: content that is copied with its time, or a file that can be read from now on.
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev
