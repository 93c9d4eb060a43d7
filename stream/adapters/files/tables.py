"""Rows of CSV, with a line's number each, and a limit to what one may hold."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader

from stream.adapters.files.lines import LONGEST_MARK, without_mark
from stream.pipeline.documents.document import MAX_RECORD_BYTES

# Between fields: a comma, or what spreadsheets write where the comma is the decimal point.
DELIMITERS = ",;\t"


def delimiter_of(head: str) -> str:
    """Return what stands between the fields of a table, by its first line."""
    return next((sign for sign in DELIMITERS if sign in head), ",")


def table_rows(
    lines: Iterable[str], delimiter: str, begin_row: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row's first line, from 1, and its fields without spaces around; or why the row cannot be read.

    Strict: a quotation mark that is never closed must not take the rest of the table into one field. A field holds at
    most 131,072 characters, the limit of Python's csv. ``begin_row`` is called before each row.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line, unreadable = 1, 0  # the reader does not count a line that it did not get
    while True:
        begin_row()
        try:
            fields = next(reader, None)
        except csv.Error as error:
            hint = "; is a quotation mark not closed?" if reader.line_num > line else ""
            yield line, f"not CSV: {error}{hint}"
        except UnreadableLineError as error:
            unreadable += 1
            yield line, str(error)
        else:
            if fields is None:
                return
            yield line, [field.strip() for field in fields]
        line = reader.line_num + unreadable + 1


class UnreadableLineError(Exception):
    """A line of a table cannot be read; those behind it can."""


class TextLines:
    """The lines of a table as text. ``number`` is that of the last one read.

    Raises:
        UnreadableLineError: from each step whose line is too long or not UTF-8; the next step gives the next line.
        SettingsError: the file is UTF-16 or UTF-32.
    """

    def __init__(self, file: str, content: BufferedReader) -> None:
        self._file, self._content, self.number = file, content, 0
        self._row_bytes = 0

    def begin_row(self) -> None:
        """A row may take several lines, but no more bytes than a record."""
        self._row_bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._content.readline(MAX_RECORD_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = without_mark(self._file, line[:LONGEST_MARK]) + line[LONGEST_MARK:]
        if len(line) > MAX_RECORD_BYTES:
            while (rest := self._content.readline(MAX_RECORD_BYTES)) and not rest.endswith(b"\n"):
                pass
            raise UnreadableLineError(f"record: a line of over {MAX_RECORD_BYTES} bytes")
        self._row_bytes += len(line)
        if self._row_bytes > MAX_RECORD_BYTES:
            raise UnreadableLineError(f"record: over {MAX_RECORD_BYTES} bytes; is a quotation mark not closed?")
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise UnreadableLineError(
                f"not UTF-8: byte {error.start} is 0x{line[error.start]:02x}; save the table as UTF-8"
            ) from None
