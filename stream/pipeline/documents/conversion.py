"""What people have, rows of tables and JSON of other systems, as records that the stream takes.

The stream itself stays strict (:func:`~stream.pipeline.documents.document.parse_document`); commands that read files
convert before they send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.columns import FIELDS
from stream.pipeline.documents.document import check_text, parse_document
from stream.pipeline.documents.times import read_time, with_clock

_MISSING = {"", "NaN", "nan", "NaT"}  # what pandas leaves of a value that is not there
_decoder = json.JSONDecoder(parse_constant=lambda _: None)


class Conversion:
    """Converts rows.

    Attributes:
        units: what numbers in ``published_at`` were so far: "seconds", "milliseconds" ...

    Args:
        columns: the column of each field, see :mod:`stream.pipeline.documents.columns`; None: each has its own name.
        zone: of times that name none; without it these are refused.
        source: of rows that have none.
        clock: the column of the time of day, where that of the time has the day alone.
    """

    def __init__(
        self,
        columns: Mapping[str, str] | None = None,
        zone: tzinfo | None = None,
        source: str | None = None,
        clock: str | None = None,
    ) -> None:
        self._renames = columns is not None
        self._columns = dict(zip(FIELDS, FIELDS, strict=True)) if columns is None else columns
        self._zone, self._source, self._clock = zone, source, clock
        self.units: set[str] = set()

    def convert(self, row: Mapping[str, Any]) -> bytes:
        """Return a row as a record: its fields by their names, times in RFC 3339, nothing for what is missing.

        Whether the record is a document says :func:`parse_document`.

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
            parse_document(raw, received_at)
            if not self._renames:
                return raw
        except DocumentError:
            if read_object(raw) is None:
                raise
        return self.convert(read_object(raw) or {})

    def _convert(self, row: Mapping[str, Any]) -> bytes:
        # What is not ours stays with JSON lines, as it would without conversion; of a table it is left out.
        record = {} if self._renames else {name: value for name, value in row.items() if name not in FIELDS}
        for field, column in self._columns.items():
            value = row.get(column)
            if not is_missing(value):
                record[field] = self._time(value, row) if field == "published_at" else _text(field, value)
        if self._renames and "text" in record and record.keys() & {"title", "body"}:
            # A document has either a text, or a title and a body; many tables have a title and a text.
            record.setdefault("body", record["text"])
            del record["text"]
        if "source" not in record:
            if self._source is None:
                raise DocumentError("source: missing; name one for all such rows with --source")
            record["source"] = self._source
        return _encode(record)

    def _time(self, value: object, row: Mapping[str, Any]) -> datetime:
        if self._clock is not None and not is_missing(row.get(self._clock)):
            value = with_clock(value, row[self._clock])
        moment, unit = read_time(value, self._zone)
        if unit:
            self.units.add(unit)
        return moment


def is_missing(value: object) -> bool:
    """Tell whether a value stands for none: null, NaN, or nothing but spaces."""
    return value is None or value != value or (isinstance(value, str) and value.strip() in _MISSING)


def read_object(raw: bytes) -> dict[str, Any] | None:
    """Return a JSON object, with None for NaN; None where it is no object."""
    try:
        row = _decoder.decode(raw.decode())
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
