"""What a document may hold: how much of each field, and no sign that cannot be stored or sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stream.errors import DocumentError

if TYPE_CHECKING:
    from stream.pipeline.documents.document import Document
    from stream.pipeline.documents.json_record import RawDocument

# A scored document holds the raw one and what the classifier says, and has to fit into a record, which brokers refuse
# from about 1 MB on.
MAX_RECORD_BYTES = 512 * 1024
MAX_TEXT_BYTES = 64 * 1024  # all of it is matched and stored, of which the beginning is read
MAX_ID_BYTES = 256
MAX_FIELD_BYTES = 2048  # of an author, an address, a source: each is kept in Redis and in PostgreSQL, and shown
QUOTED = 100  # characters of a value that an error repeats: enough to find it, and it fits on two lines
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def quoted(value: object) -> str:
    """Return ``value`` as an error quotes it: cut, and without signs that do not print.

    >>> quoted("x" * 101) == repr("x" * 100) + " and 1 characters more"
    True
    """
    text = value if isinstance(value, str) else str(value)
    rest = f" and {len(text) - QUOTED} characters more" if len(text) > QUOTED else ""
    return (repr(text[:QUOTED]) if isinstance(value, str) else text[:QUOTED]) + rest


def check_texts(record: RawDocument | Document) -> None:
    """Refuse a document whose text is missing, or one of whose fields is too long or cannot be stored or sent.

    Raises:
        DocumentError: the message names the field.
    """
    if record.text is not None and (record.title is not None or record.body is not None):
        raise DocumentError("text: give either 'text', or 'title' and 'body', not both")
    content = record.text if record.text is not None else "\n".join(p for p in (record.title, record.body) if p)
    if not content.strip():
        raise DocumentError("text: missing or empty; give 'text', or 'title' and 'body'")
    for name in ("id", "source", "text", "title", "body", "author", "url", "lang"):
        value = getattr(record, name)
        if value is not None:
            check_text(name, value)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise DocumentError(f"text: {len(content.encode())} bytes, at most {MAX_TEXT_BYTES} are read")


def check_text(name: str, value: str) -> None:
    """Refuse the field ``name`` when it is too long, or holds what cannot be stored or sent. Raises DocumentError."""
    if "\x00" in value:
        raise DocumentError(f"{name}: holds a null byte")
    # As an emoji that was cut in half leaves; it can neither be stored nor sent.
    if not value.isascii() and (lone := _SURROGATE.search(value)):
        raise DocumentError(f"{name}: holds half a character, \\u{ord(lone[0]):04x}, at {lone.start()}")
    limit = {"id": MAX_ID_BYTES, "text": MAX_TEXT_BYTES, "title": MAX_TEXT_BYTES, "body": MAX_TEXT_BYTES}
    size, most = len(value.encode()), limit.get(name, MAX_FIELD_BYTES)
    if size > most:
        raise DocumentError(f"{name}: {size} bytes, at most {most} are read")
    if name in ("id", "source") and not value.strip():
        raise DocumentError(f"{name}: empty")
