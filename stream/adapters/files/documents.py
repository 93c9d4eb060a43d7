"""Files of documents as people have them: JSON lines, arrays, CSV, Excel, as the JSON lines that the stream takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BufferedReader
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from models.tables import UnreadableLineError, delimiter_of, delimiter_said, table_rows
from stream.adapters.files import notes
from stream.adapters.files.arrays import ArrayReader
from stream.adapters.files.beginnings import Form, begun
from stream.adapters.files.lines import Line, LineCutter, opened
from stream.adapters.files.tables import TextLines
from stream.batches import looked_ahead
from stream.errors import DocumentError, SettingsError, UsageError
from stream.pipeline.documents.columns import (
    TEXTS,
    Columns,
    check_chosen,
    guess_by_row,
    guess_columns,
    listed,
    parse_choices,
    renamed_columns,
    time_names,
)
from stream.pipeline.documents.conversion import Conversion, read_object
from stream.pipeline.documents.document import Read
from stream.pipeline.documents.limits import MAX_RECORD_BYTES
from stream.pipeline.documents.logged import is_logged, is_logged_record
from stream.pipeline.documents.masking import Acceptance

LOOKED_AT = 100  # rows of an array whose names are gathered and told before the first is converted
_SPREADSHEETS = (".xlsx", ".xlsm")
_OTHER_SPREADSHEETS = (".xls", ".ods", ".xlsb", ".numbers")


def parse_line(line: Line, now: datetime, accepted: Acceptance) -> Read | DocumentError:
    """Return what a line holds as if it came at ``now``, not masked, or the error that says why that is no document."""
    if line.refusal:
        return DocumentError(line.refusal)
    if line.length > MAX_RECORD_BYTES:
        return DocumentError(f"record: {line.length} bytes, at most {MAX_RECORD_BYTES} are read")
    try:
        return accepted.read(line.content, now)
    except DocumentError as error:
        return error


class DocumentFile(NamedTuple):
    """A file of documents, ``-`` is standard input, and how it is to be read.

    Attributes:
        columns: words like ``text=Headline``.
        time_zone: of times that name none, such as ``Europe/Zurich``.
        source: of documents without one.
    """

    file: str
    columns: tuple[str, ...] = ()
    time_zone: str | None = None
    source: str | None = None

    def lines(self, say: Callable[[str], None]) -> Iterator[Line]:
        """Yield the documents as lines of JSON: those of JSON lines as they are, where the stream takes them.

        Args:
            say: is told, once each, how columns are taken, in which unit times are, that a document has other fields
                than those of a text, and that there are no documents.

        Raises:
            SettingsError: the file cannot be read.
            UsageError: a column or a zone is wrong.
        """
        empty = True
        for line in self._lines(_Reader(self, say)):
            empty = False
            yield line
        if empty:
            say(notes.of_nothing(self.file))

    def _lines(self, reader: _Reader) -> Iterator[Line]:
        if self.file.lower().endswith(_OTHER_SPREADSHEETS):
            raise SettingsError(f"{self.file}: of spreadsheets only .xlsx is read; save it so, or as CSV (UTF-8)")
        if self.file.lower().endswith(_SPREADSHEETS):
            from stream.adapters.files.spreadsheets import sheet_rows  # here, since openpyxl loads numpy

            yield from reader.of_rows(sheet_rows(self.file))
            return
        with opened(self.file, lambda: reader.line()) as content:
            yield from reader.read(content)


class _Reader:
    def __init__(self, given: DocumentFile, say: Callable[[str], None]) -> None:
        self._given, self._say = given, say
        self._chosen = parse_choices(given.columns)
        self._zone = None if given.time_zone is None else _zone(given.time_zone)
        self._units: set[str] = set()
        self.line: Callable[[], int] = lambda: 1

    def read(self, content: BufferedReader) -> Iterator[Line]:
        name = self._given.file.lower().removesuffix(".gz")
        if name.endswith((".csv", ".tsv")):
            return self._of_table(content, "\t" if name.endswith(".tsv") else None)
        form, content = begun(content, self._chosen.values())
        if form is Form.TABLE:
            return self._of_table(content, None)
        return self._of_lines(content) if form is Form.LINES else self._of_array(content, form)

    def _of_table(self, content: BufferedReader, delimiter: str | None) -> Iterator[Line]:
        lines = TextLines(self._given.file, content)
        self.line = lambda: lines.number + 1
        try:
            head = next(lines, "")
            if said := delimiter_said(head):
                delimiter, head = said, next(lines, "")
        except UnreadableLineError as error:
            raise SettingsError(f"{self._given.file}: line {lines.number}: {error}") from None
        rows = table_rows(chain([head], lines), delimiter or delimiter_of(head), max(lines.number, 1))
        return self.of_rows(rows)

    def of_rows(self, rows: Iterator[tuple[int, list[str] | str]]) -> Iterator[Line]:
        """Yield the documents of a table, whose first row has the names of the columns."""
        first, names = next(rows, (1, list[str]()))
        if isinstance(names, str):
            raise SettingsError(f"{self._given.file}: line {first}: {names}")
        if not any(names):
            raise SettingsError(f"{self._given.file}: line {first}: empty; the names of the columns are expected")
        if twice := {name for name in names if name and names.count(name) > 1}:
            raise SettingsError(f"{self._given.file}: column '{min(twice)}' stands twice")
        if {"sentiment", "artifact"} <= set(names):
            self._say(notes.of_scores())
        columns = guess_columns(names, self._chosen)
        self._check(columns, names)
        conversion = Conversion(columns, self._zone, self._given.source)
        for line, fields in rows:
            if isinstance(fields, str):
                yield Line(line, b"", 0, fields)
            elif any(fields[len(names) :]):
                yield Line(line, b"", 0, "more fields than columns; is a quotation mark missing?")
            elif any(fields):
                yield self._converted(conversion, line, dict(zip(names, fields, strict=False)))

    def _of_array(self, content: BufferedReader, form: Form) -> Iterator[Line]:
        reader = ArrayReader(self._given.file, content, self._chosen.values())
        self.line = lambda: reader.line
        head, rows = looked_ahead(reader.elements() if form is Form.ARRAY else reader.objects(), LOOKED_AT)
        names = list(dict.fromkeys(chain.from_iterable(row for _, row in head if isinstance(row, dict))))
        check_chosen(names, self._chosen)
        columns_of = guess_by_row(self._chosen)
        if names:
            self._check(columns_of(tuple(names)), names)
        conversion = Conversion(columns_of, self._zone, self._given.source)
        for line, row in rows:
            if isinstance(row, dict) and is_logged(row):
                yield self._as_it_is(line, row)
            elif isinstance(row, dict):
                yield self._converted(conversion, line, row)
            else:
                yield Line(line, b"", 0, "the element is no JSON object")

    def _of_lines(self, content: BufferedReader) -> Iterator[Line]:
        cutter = LineCutter(self._given.file, MAX_RECORD_BYTES)
        self.line = lambda: cutter.number + 1
        lines = cutter.cut(content)
        columns: Columns | None = None
        if self._chosen:
            head, lines = looked_ahead(lines, LOOKED_AT)
            columns = self._renamed(head)
        conversion = Conversion(columns, self._zone, self._given.source)
        told = bool(self._chosen)
        for line in lines:
            told = told or self._tells_other_fields(line)
            # What is scored already (a backtest reads it) is no raw document.
            if line.length > MAX_RECORD_BYTES or is_logged_record(line.content):
                yield line
                continue
            try:
                converted = conversion.convert_line(line.content, datetime.now(UTC))
            except DocumentError as error:
                yield line._replace(refusal=str(error))
            else:
                self._say_units(conversion)
                yield Line(line.number, converted, len(converted))

    def _renamed(self, head: Iterable[Line]) -> Columns:
        """Return the fields that were chosen, by the first lines."""
        rows = (read_object(line.content) or {} for line in head)
        names = list(dict.fromkeys(chain.from_iterable(rows)))
        check_chosen(names, self._chosen)
        self._tell_other_times(names)
        return renamed_columns(self._chosen, names)

    def _tells_other_fields(self, line: Line) -> bool:
        """Say which other field of a document without a text may hold it; return whether that was said."""
        if any(field in line.content for field in (b'"text"', b'"title"', b'"body"')):
            return False
        columns = guess_columns(list(read_object(line.content) or ()), {}).fields
        field = next((one for one in TEXTS if one in columns), None)
        if field is None:
            return False
        self._say(notes.of_text(line.number, field, columns[field][0]))
        return True

    def _tell_other_times(self, names: Collection[str]) -> None:
        """Say which other field may be the time: conversion leaves it out, and so nobody behind it can."""
        others = time_names(names)
        if others and "published_at" not in {*names, *self._chosen}:
            self._say(notes.of_time(others[0]))

    def _check(self, columns: Columns, names: Collection[str]) -> None:
        """Tell the columns. Raises SettingsError: none is known for what a document needs; withdrawals need no text."""
        if not columns.fields.keys() & {*TEXTS, "withdrawn"}:
            raise self._unknown("text", names, "--column text=NAME")
        if "source" not in columns.fields and not self._given.source:
            raise self._unknown("source", names, "--source NAME, or --column source=NAME")
        self._say(notes.of_columns(columns))

    def _unknown(self, needed: str, names: Collection[str], option: str) -> SettingsError:
        problem = f"no column was known as the {needed}; there are {listed(names)}; write {option}"
        return SettingsError(f"{self._given.file}: {problem}")

    def _as_it_is(self, line: int, row: Mapping[str, Any]) -> Line:
        try:
            content = msgspec.json.encode(row)
        except UnicodeEncodeError:
            return Line(line, b"", 0, "record: a field holds half a character")
        return Line(line, content[: MAX_RECORD_BYTES + 1], len(content))

    def _converted(self, conversion: Conversion, line: int, row: Mapping[str, Any]) -> Line:
        try:
            content = conversion.convert(row)
        except DocumentError as error:
            return Line(line, b"", 0, str(error))
        self._say_units(conversion)
        return Line(line, content[: MAX_RECORD_BYTES + 1], len(content))

    def _say_units(self, conversion: Conversion) -> None:
        if conversion.units != self._units:
            for unit in sorted(conversion.units - self._units - {"milliseconds"}):
                self._say(notes.of_unit(unit))
            self._units = set(conversion.units)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"--time-zone {name}: there is no such zone; write one like Europe/Zurich or UTC") from None
