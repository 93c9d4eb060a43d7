"""Lines of a file, a gzip file or standard input, as bytes, with a limit to everything that somebody may put there."""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, NamedTuple, cast

from stream.errors import SettingsError
from stream.pipeline.documents.limits import MAX_RECORD_BYTES

BLOCK = 1 << 20  # bytes that are read at a time
# More than this without a line's end, or without anything but spaces and line ends, is no file of documents. A small
# gzip file may unpack to any amount, so there has to be an end.
MAX_UNBROKEN_BYTES = 256 << 20
GZIP_PIECE = 1 << 12  # bytes that are unpacked at a time: of a piece that is damaged, nothing is given
GZIP_MAGIC = b"\x1f\x8b"
# Files of other forms that people have, by their first bytes, which stand in no text.
_OTHER_FORMS = {
    b"PK\x03\x04": "is a ZIP file; unpack it (an Excel file is read where its name ends in .xlsx or .xlsm)",
    b"\xd0\xcf\x11\xe0": "is an old Excel file (.xls); save it as .xlsx, or as CSV (UTF-8)",
    b"PAR1": "is a Parquet file; save it as CSV or as JSON lines",
    b"BZh": "is packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zX": "is packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it, or pack it with gzip",
    b"7z\xbc\xaf": "is packed with 7z; unpack it, or pack it with gzip",
    b"%PDF": "is a PDF file; its text has to be copied out of it",
}
_ENCODING_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"{\x00": "UTF-16",
    b"\x00{": "UTF-16",
}
LONGEST_MARK = 4  # bytes
UTF8_MARK = b"\xef\xbb\xbf"
_NOT_BLANK = re.compile(rb"\S")


class Line(NamedTuple):
    """A line that is not blank, without its end; ``number`` counts from 1, with the blank ones.

    ``length`` is how many bytes it had. Of one over the limit ``content`` is the beginning, one byte longer than the
    limit, so that whoever reads it refuses it and memory stays bounded. ``refusal`` says why it is no document, where
    that is known already; what is no line of JSON has no content then.
    """

    number: int
    content: bytes
    length: int
    refusal: str = ""


def read_lines(file: str, most: int = MAX_RECORD_BYTES) -> Iterator[Line]:
    """Yield the lines of ``file`` that are not blank; ``-`` is standard input, gzip is unpacked.

    Args:
        file: its path, or ``-``.
        most: bytes of a line; of a longer one the beginning is given, one byte more.

    Raises:
        SettingsError: the file cannot be read; the message names the line that was reached.
    """
    lines = LineCutter(file, most)
    with opened(file, lambda: lines.number + 1) as content:
        yield from lines.cut(content)


@contextmanager
def opened(file: str, line: Callable[[], int]) -> Iterator[BufferedReader]:
    """Open ``file`` (``-`` is standard input), unpacked; what goes wrong within is a SettingsError.

    ``line`` tells which one is being read, for the message.
    """
    try:
        with ExitStack() as stack:
            plain = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
            yield _unpacked(file, cast(BufferedReader, plain), stack)
    except EOFError as error:
        raise SettingsError(f"{file}: line {line()}: the gzip file is cut off there") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SettingsError(f"{file}: line {line()}: the gzip file is damaged: {error}") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SettingsError(f"{file}: {reason}") from error


def without_mark(file: str, head: bytes) -> bytes:
    """Return the first bytes of a file without UTF-8's mark. Raises SettingsError for any other encoding."""
    for mark, name in _ENCODING_MARKS.items():
        if head.startswith(mark):
            raise SettingsError(f"{file}: is {name}, not UTF-8; convert it: iconv -f {name} -t UTF-8")
    return head.removeprefix(UTF8_MARK)


def _unpacked(file: str, plain: BufferedReader, stack: ExitStack) -> BufferedReader:
    """Return what is in ``plain``, by what it begins with: a name says little, and standard input has none."""
    head = plain.read1(BLOCK)
    while 0 < len(head) < LONGEST_MARK and (more := plain.read1(BLOCK)):
        head += more
    if other := next((what for mark, what in _OTHER_FORMS.items() if head.startswith(mark)), None):
        raise SettingsError(f"{file}: {other}")
    if head.startswith(GZIP_MAGIC):
        packed = cast(BufferedReader, _Rejoined(head, plain, GZIP_PIECE))
        return cast(BufferedReader, stack.enter_context(gzip.open(packed)))
    if file.endswith(".gz") and head:
        raise SettingsError(f"{file}: is named .gz, but is no gzip file")
    return rejoined(head, plain)


def rejoined(head: bytes, content: BufferedReader) -> BufferedReader:
    """Return ``content`` with bytes in front that were read of it."""
    return BufferedReader(_Rejoined(head, content))


class _Rejoined(RawIOBase):
    def __init__(self, head: bytes, content: BufferedReader, most: int = BLOCK) -> None:
        self._head, self._content, self._most = head, content, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self._most)
        piece = self._head[:size] or self._content.read1(size)
        self._head = self._head[size:]
        buffer[: len(piece)] = piece
        return len(piece)


class LineCutter:
    """Cuts blocks into lines; ``number`` is that of the last line whose end was seen."""

    def __init__(self, file: str, most: int) -> None:
        self._file, self._most, self.number = file, most, 0
        # Of the line whose end has not been read: its beginning (the rest is dropped) and its length so far.
        self._open_line, self._open_length = b"", 0
        self._blank = 0  # bytes since the last line that was not blank

    def cut(self, content: BufferedReader) -> Iterator[Line]:
        """Yield the lines of ``content``."""
        # What is there now, not whole blocks: somebody may be writing.
        head = content.read1(BLOCK)
        while 0 < len(head) < LONGEST_MARK and (more := content.read1(BLOCK)):
            head += more
        yield from self._cut_block(without_mark(self._file, head))
        while block := content.read1(BLOCK):
            yield from self._cut_block(block)
        if self._open_length:
            yield from self._end_line()

    def _cut_block(self, block: bytes) -> Iterator[Line]:
        at = 0
        if self._open_length:
            end = block.find(b"\n")
            self._extend_line(block if end < 0 else block[:end])
            if end < 0:
                return
            yield from self._end_line()
            at = end + 1
        while text := _NOT_BLANK.search(block, at):
            start = max(at, block.rfind(b"\n", at, text.start()) + 1)
            self.number += block.count(b"\n", at, start)
            at, end = start, block.find(b"\n", text.start())
            if end < 0:
                break
            self.number += 1
            yield self._line(block[start:end].strip())
            at = end + 1
        else:
            self._skip(block, at)
            at = max(at, block.rfind(b"\n", at) + 1)
        self._extend_line(block[at:])

    def _skip(self, block: bytes, at: int) -> None:
        """Pass over what is blank, of which a small gzip file may hold any amount."""
        self.number += block.count(b"\n", at)
        self._blank += len(block) - at
        if self._blank > MAX_UNBROKEN_BYTES:
            raise SettingsError(
                f"{self._file}: line {self.number}: nothing but line ends for {MAX_UNBROKEN_BYTES >> 20} MiB"
            )

    def _extend_line(self, part: bytes) -> None:
        self._open_line += part[: self._most + 1 - len(self._open_line)]
        self._open_length += len(part)
        if self._open_length > MAX_UNBROKEN_BYTES:
            where = f"{self._file}: line {self.number + 1}"
            raise SettingsError(f"{where}: no line end in {MAX_UNBROKEN_BYTES >> 20} MiB; are these JSON lines?")

    def _end_line(self) -> Iterator[Line]:
        content, length = self._open_line, self._open_length
        self._open_line, self._open_length = b"", 0
        self.number += 1
        if length > self._most:
            yield self._line(content, length)
        elif stripped := content.strip():
            yield self._line(stripped)

    def _line(self, content: bytes, length: int = 0) -> Line:
        self._blank = 0
        return Line(self.number, content[: self._most + 1], length or len(content))
