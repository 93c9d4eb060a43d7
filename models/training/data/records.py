"""Rows of a file of texts: CSV or JSON lines, plain or gzip, as people's spreadsheets and scripts write them.

The names of columns count in lower case, they and the fields without spaces around. What stands between the fields of
CSV is told by its first line. No row is taken into another one, and no field is cut off: what cannot be read is refused
by its line.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

from models.errors import DatasetError
from models.tables import delimiter_of, delimiter_said, table_rows
from models.text import normalise

# The columns that are read; only they must stand once and hold one value.
READ = ("text", "title", "entity", "label", "split", "source", "licence")
TABLES, LINES = (".csv", ".tsv"), (".jsonl", ".ndjson")
_LISTED = 10
_HALF = re.compile("[\ud800-\udfff]")  # of a character, as JSON may hold it: it can neither be written nor printed


class Record(NamedTuple):
    """A row: its number, counted from 1 without the names of the columns, and its fields that are not empty."""

    number: int
    fields: Mapping[str, str]
    columns: tuple[str, ...]

    def check(self, path: Path, needed: Sequence[str]) -> None:
        """Refuse the row where one of these fields is missing. Raises DatasetError."""
        missing = next((name for name in needed if name not in self.fields), None)
        if missing is not None:
            there = ", ".join(repr(name[:40]) for name in self.columns[:_LISTED])
            more = f" and {len(self.columns) - _LISTED} more" if len(self.columns) > _LISTED else ""
            raise DatasetError(
                f"{path}: row {self.number} has no '{missing}'; columns needed: {', '.join(needed)}; it has the columns"
                f" {there}{more}"
            )

    def text(self, path: Path) -> str:
        """Return the field ``text``, normalised. Raises DatasetError: nothing in it can be read."""
        text = normalise(self.fields["text"])
        if not text:
            raise DatasetError(f"{path}: row {self.number}: 'text' holds nothing to read; take the row out")
        return text


def records(path: Path) -> Iterator[Record]:
    """Yield the rows of a CSV or JSON lines file, told apart by the file's name.

    Raises:
        DatasetError: there is no such file, it cannot be read, or a row cannot.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: {'is a folder; give a file of it' if path.is_dir() else 'no such file'}")
    try:
        yield from _records(path)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} cannot be read; save it as UTF-8: {error}") from error
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} cannot be read; compress it again with gzip: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def _records(path: Path) -> Iterator[Record]:
    opener = gzip.open if path.suffix == ".gz" else open
    stem = path.name.removesuffix(".gz")
    with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
        if stem.endswith(TABLES):
            rows = _table(path, lines)
        elif stem.endswith(LINES):
            rows = _json_lines(path, lines)
        else:
            raise DatasetError(f"{path}: the name must end in {', '.join((*TABLES, *LINES))}, optionally with .gz")
        for number, (line, row) in enumerate(rows, start=1):
            named = _named(path, line, row)
            fields = {name: text for name, value in named if (text := _text(path, line, name, value))}
            yield Record(number, fields, tuple(name for name, _ in named if name))


def _table(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Yield each row's line and its columns with their fields."""
    first, head = 1, next(lines, "")
    said = delimiter_said(head)
    if said is not None:
        first, head = 2, next(lines, "")
    rows = table_rows(chain([head], lines), said or delimiter_of(head), first)
    columns: list[str] = []
    for line, fields in rows:
        if isinstance(fields, str):
            raise DatasetError(f"{path}: line {line}: {fields}")
        if any(fields[len(columns) :]) and columns:
            raise DatasetError(
                f"{path}: line {line}: {len(fields)} fields, but {len(columns)} columns; put a text that holds what"
                " stands between the fields in quotation marks"
            )
        if not columns:
            columns = fields if any(fields) else []
        elif any(fields):
            yield line, list(zip(columns, chain(fields, repeat("")), strict=False))


def _json_lines(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{path}: line {number} is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise DatasetError(f"{path}: line {number} is not a JSON object")
        yield number, list(record.items())


def _named(path: Path, line: int, row: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return a row with its columns' names in the one form; Raises DatasetError: one that is read stands twice."""
    named = [(name.strip().casefold(), value) for name, value in row]
    names = [name for name, _ in named]
    twice = next((name for name in READ if names.count(name) > 1), None)
    if twice is not None:
        raise DatasetError(f"{path}: line {line}: column '{twice}' stands twice; give one of them another name")
    return named


def _text(path: Path, line: int, name: str, value: Any) -> str:
    """Return a field as text that can be written, "" for none: pandas writes NaN for a missing one."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (list, dict)) and name in READ:
        raise DatasetError(f"{path}: line {line}: '{name}' is a {type(value).__name__}; one text is expected")
    return _HALF.sub("\ufffd", str(value)).strip()
