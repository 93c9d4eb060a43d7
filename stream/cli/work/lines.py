"""Lines of a file as documents."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from stream.adapters.files.lines import Line
from stream.errors import DocumentError
from stream.pipeline.documents.document import MAX_RECORD_BYTES, Document, parse_document


def parse(line: Line) -> Document | DocumentError:
    """Return a line's document as if it came now, or the error that says why it is none."""
    if line.refusal:
        return DocumentError(line.refusal)
    if line.length > MAX_RECORD_BYTES:
        return DocumentError(f"record: {line.length} bytes, at most {MAX_RECORD_BYTES} are read")
    try:
        return parse_document(line.content, datetime.now(UTC))
    except DocumentError as error:
        return error


def say(note: str) -> None:
    """Print what the reader of a file has to say, on standard error."""
    typer.echo(f"bellwether: {note}", err=True)
