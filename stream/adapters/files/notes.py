"""What a reader is told beside the documents of a file, a sentence each, in the language of the process."""

from __future__ import annotations

from stream.pipeline.documents.columns import Columns, shown_columns
from stream.translation import _


def of_columns(columns: Columns) -> str:
    """Return which columns are taken."""
    return _("columns: {columns} (others: --column FIELD=COLUMN)").format(columns=shown_columns(columns))


def of_scores() -> str:
    """Return that the scores of a table are not read."""
    return _("scores in columns are passed over; those of JSON lines and of a JSON array are taken")


def of_unit(unit: str) -> str:
    """Return in which unit numbers are read as times."""
    return _("published_at: numbers are read as {unit} since 1970, by their size").format(unit=unit)


def of_text(line: int, field: str, column: str) -> str:
    """Return which field may hold the text of a line that has none."""
    said = _("line {line} has no text; if it stands in '{column}': --column {field}={column}")
    return said.format(line=line, field=field, column=column)


def of_time(column: str) -> str:
    """Return which field may hold the time."""
    said = _("no published_at; if the time stands in '{column}': --column published_at={column}")
    return said.format(column=column)


def of_nothing(file: str) -> str:
    """Return that a file has no documents."""
    return _("{file}: no document stands in it").format(file=_("standard input") if file == "-" else file)
