"""Rows of CSV, with a line's number each, and a limit to what one may hold: of documents and of labelled texts."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

# Between fields: a comma, or what spreadsheets write where the comma is the decimal point.
DELIMITERS = ",;\t"
_SAID = re.compile(r'"?sep=([^"])"?', re.IGNORECASE)
_IN_MARKS = re.compile(r'"[^"]*"')
# Characters that are read again, behind rows that could not be read: so many in any file, and of a larger one so many
# for each that it holds. A file can be made so that each line of it begins such a row.
MAX_GIVEN_BACK, GIVEN_BACK_FOR_EACH = 64 << 20, 4
MAX_ROW = 512 * 1024  # characters of a row of several lines


def delimiter_of(head: str) -> str:
    """Return what stands between the fields of a table, by its first line: a comma may stand in a column's name, too.

    >>> delimiter_of('Headline;Source;"Date, UTC, of the day"'), delimiter_of("Headline;Source;Date, UTC")
    (';', ';')
    """
    bare = _IN_MARKS.sub("", head)
    return max(DELIMITERS, key=bare.count)


def delimiter_said(head: str) -> str | None:
    """Return the delimiter of a first line like ``sep=;``, which Excel writes and reads; None for any other line."""
    match = _SAID.fullmatch(head.strip("\ufeff\r\n"))
    return match[1] if match else None


def table_rows(lines: Iterable[str], delimiter: str, first: int = 1) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row's first line, counted from ``first``, and its fields without spaces around; or why it cannot be.

    A field may be in quotation marks behind a space, too. Strict: a quotation mark that is never closed must not take
    the rest of the table into one field. Where a row of several lines cannot be read, it is the first of them that is
    refused, and the next is a row again. A field holds at most 131,072 characters, the limit of Python's csv.
    """
    taken = _RowLines(lines, first)
    reader = csv.reader(taken, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = taken.begin_row()
        try:
            fields = next(reader, None)
        except csv.Error as error:
            refused = _not_csv(error, taken.give_back())
            yield line, _plain_row(taken.first_line, delimiter) or refused
        except UnreadableLineError as error:
            if taken.give_back(error):
                # Lines before it were a row's only for a quotation mark that is not closed.
                yield line, _plain_row(taken.first_line, delimiter) or "not CSV: a quotation mark is not closed"
            else:
                yield line, str(error)
        else:
            if fields is None:
                return
            yield line, [field.strip() for field in fields]


def _plain_row(line: str, delimiter: str) -> list[str] | None:
    """Return the fields of a line in which a quotation mark behind a space belongs to the text; None: it has none."""
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None
    return fields and [field.strip() for field in fields]


def _not_csv(error: csv.Error, over_lines: bool) -> str:
    if str(error).startswith("new-line character seen"):  # the rest of it differs between versions of Python
        return "not CSV: a carriage return stands alone; are these line ends of an old Mac? save it with others"
    said = str(error) if str(error).startswith("record:") else f"not CSV: {error}"
    return said + ("; is a quotation mark not closed?" if over_lines or "end of data" in said else "")


class UnreadableLineError(Exception):
    """A line of a table cannot be read; those behind it can."""


class _RowLines:
    """Lines of which those of a row can be given back, but for its first."""

    def __init__(self, lines: Iterable[str], first: int) -> None:
        self._lines, self._next = iter(lines), first
        self._row: list[str] = []
        self._size = 0
        self._again: deque[str | UnreadableLineError] = deque()
        self._characters, self._given_back = 0, 0

    @property
    def first_line(self) -> str:
        """The first line of the row, "" where it was not read."""
        return self._row[0] if self._row else ""

    def begin_row(self) -> int:
        """Begin a row, and return the number of its first line."""
        self._row, self._size = [], 0
        return self._next

    def give_back(self, unread: UnreadableLineError | None = None) -> bool:
        """Have the lines behind the row's first read again, ``unread`` with them; say whether there are any."""
        over_lines = len(self._row) + (unread is not None) > 1
        most = max(MAX_GIVEN_BACK, GIVEN_BACK_FOR_EACH * self._characters)
        if not over_lines or self._given_back + self._size > most:
            return over_lines
        self._given_back += self._size
        behind: list[str | UnreadableLineError] = [*self._row[1:]]
        if unread is not None:
            behind.append(unread)
        self._again.extendleft(reversed(behind))
        self._next -= len(behind)
        return True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self._next += 1
        if isinstance(line, UnreadableLineError):
            raise line
        self._row.append(line)
        self._size += len(line)
        if self._size > MAX_ROW and len(self._row) > 1:
            raise csv.Error(f"record: over {MAX_ROW} characters")
        return line

    def _read(self) -> str | UnreadableLineError:
        try:
            line = next(self._lines)
        except UnreadableLineError as error:
            return error
        self._characters += len(line)
        return line
