"""What people have, rows of tables and JSON of other systems, as records that the stream takes.

The stream itself stays strict (:func:`~stream.pipeline.documents.document.read_raw`); commands that read files
convert before they send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.columns import FIELDS, TEXTS, Columns
from stream.pipeline.documents.document import ANY_AHEAD, parse_document
from stream.pipeline.documents.json_record import LENIENT
from stream.pipeline.documents.limits import check_text, quoted
from stream.pipeline.documents.placeholders import is_placeholder
from stream.pipeline.documents.times import is_clock, read_time, with_clock

# What pandas, databases and spreadsheets leave of a value that is not there.
_MISSING = {"", "NaN", "nan", "NaT", "<NA>", "NULL", "null", "None", "\\N", "N/A", "n/a", "#N/A"}
_OF_WITHDRAWN = ("id", "source", "published_at", "withdrawn")
_TRUE, _FALSE = {"true", "1", "1.0"}, {"false", "0", "0.0"}


class Conversion:
    """Converts rows.

    Attributes:
        units: what numbers in ``published_at`` were so far: "seconds", "milliseconds" ...

    Args:
        columns: the columns of each field, or what tells them by a row's names, see
            :mod:`stream.pipeline.documents.columns`; None: each field has its own name.
        zone: of times that name none; without it these are refused.
        source: of rows that have none.
    """

    def __init__(
        self,
        columns: Columns | Callable[[tuple[str, ...]], Columns] | None = None,
        zone: tzinfo | None = None,
        source: str | None = None,
    ) -> None:
        self._renames = columns is not None
        self._columns = Columns({field: (field,) for field in FIELDS}) if columns is None else columns
        self._zone, self._source = zone, source
        self.units: set[str] = set()

    def convert(self, row: Mapping[str, Any]) -> bytes:
        """Return a row as a record: its fields by their names, times in RFC 3339, nothing for what is missing.

        Whether the record is a document says :func:`~stream.pipeline.documents.document.read_raw`.

        Raises:
            DocumentError: the time cannot be read, or there is no source.
        """
        try:
            return self._convert(row)
        except DocumentError:
            raise
        except UnicodeEncodeError as error:
            raise DocumentError("record: a field holds half a character") from error
        except Exception as error:
            # Nobody knows one that comes here; but one odd row must not end the reading of a file.
            raise DocumentError.unforeseen("conversion", error) from error

    def convert_line(self, raw: bytes, received_at: datetime) -> bytes:
        """Return a line of JSON as it is where the stream takes it, else converted.

        Raises:
            DocumentError: it is no JSON object, or cannot be converted.
        """
        try:
            parse_document(raw, received_at, ANY_AHEAD)  # a time ahead is none that conversion could mend
            if not self._renames:
                return raw
        except DocumentError:
            if read_object(raw) is None:
                raise
        return self.convert(read_object(raw) or {})

    def _convert(self, row: Mapping[str, Any]) -> bytes:
        # What is not ours stays with JSON lines, as it would without conversion; of a table it is left out.
        record = {} if self._renames else {name: value for name, value in row.items() if name not in FIELDS}
        columns = self._columns if isinstance(self._columns, Columns) else self._columns(tuple(row))
        for field, names in columns.fields.items():
            if (column := _taken(field, names, row)) is not None:
                record[field] = self._value(field, column, row, columns)
        clock = row.get(columns.clock) if columns.clock else None
        if "published_at" not in record and not (is_missing(clock) or is_clock(clock)):
            record["published_at"] = self._time(clock, None)  # of a column ``time`` beside an empty ``date``
        if "source" not in record:
            if self._source is None:
                raise DocumentError("source: missing; name one for all such rows with --source")
            record["source"] = self._source
        if record.get("withdrawn") is True:  # what is taken back is not told again
            record = {name: record[name] for name in _OF_WITHDRAWN if name in record}
        elif self._renames:
            record.pop("withdrawn", None)
            _leave_one_text(record)
        return _encode(record)

    def _value(self, field: str, column: str, row: Mapping[str, Any], columns: Columns) -> Any:
        if field == "published_at":
            clock = columns.clock_of(column)
            return self._time(row[column], row.get(clock) if clock else None)
        if field == "withdrawn":
            return _flag(row[column]) if self._renames else row[column]
        return _text(field, row[column])

    def _time(self, value: object, clock: object) -> datetime:
        moment, unit = read_time(value if is_missing(clock) else with_clock(value, clock), self._zone)
        if unit:
            self.units.add(unit)
        return moment


def _taken(field: str, names: Iterable[str], row: Mapping[str, Any]) -> str | None:
    """Return the column that a row's field is taken from; None: it is missing in all of them."""
    there = [name for name in names if not is_missing(row.get(name))]
    if field in TEXTS and len(there) > 1:  # what only stands for a text, such as "[removed]", where there is no other
        there.sort(key=lambda name: _stands_for_none(row[name]))
    return there[0] if there else None


def _leave_one_text(record: dict[str, Any]) -> None:
    """Leave either a text, or a title and a body, of a record that may have all three: a text is the fullest.

    A ``description`` beside it may be the author's.
    """
    if "text" not in record or not record.keys() & {"title", "body"}:
        return
    text = record.pop("text")
    if _stands_for_none(text) and not _stands_for_none(record.get("body")):
        return
    record.pop("body", None)
    record["body" if "title" in record else "text"] = text


def _stands_for_none(value: object) -> bool:
    return value is None or (isinstance(value, str) and is_placeholder(value))


def _flag(value: object) -> bool:
    """Return whether a table says yes. Raises DocumentError: it says neither yes nor no."""
    said = str(value).strip().casefold()
    if said not in _TRUE | _FALSE:
        raise DocumentError(f"withdrawn: true or false is expected, and not {quoted(value)}")
    return said in _TRUE


def is_missing(value: object) -> bool:
    """Tell whether a value stands for none: null, NaN, or nothing but spaces."""
    return value is None or value != value or (isinstance(value, str) and value.strip() in _MISSING)


def read_object(raw: bytes) -> dict[str, Any] | None:
    """Return a JSON object, with None for NaN; None where it is no object."""
    try:
        row = LENIENT.decode(raw.decode())
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _text(field: str, value: Any) -> Any:
    """Return a value as a text where that is plain; what is none stays as it is, for the strict reader to refuse."""
    if isinstance(value, dict) and field in ("source", "author"):
        return value.get("name") if isinstance(value.get("name"), str) else value  # as newsapi.org writes a source
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # half a character, which can neither be stored nor sent
        for field, value in record.items():
            if isinstance(value, str):
                check_text(field, value)
        raise
