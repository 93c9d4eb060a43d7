"""Documents and texts to measure with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

import msgspec

from models.errors import DatasetError
from stream.adapters.files.lines import read_lines
from stream.demo.scenario import NEWS, Published, generate
from stream.errors import DocumentError
from stream.pipeline.documents.document import Document, parse_document
from stream.pipeline.documents.json_record import decode_record, encode_record

SEED = 7
T = TypeVar("T")


def invented_documents(count: int, seed: int = SEED) -> list[Published]:
    """Return invented documents, of several scenarios when one is too short."""
    documents: list[Published] = []
    while len(documents) < count:
        documents += generate(seed + 1000 * len(documents), datetime.now(UTC))
    return documents[:count]


def file_documents(file: Path, count: int) -> list[Published]:
    """Return ``count`` documents of a file with ids of their own; from its beginning again when it is short.

    Raises:
        DatasetError: the file holds no document.
    """
    return [_as_published(record) for record in bench_records(file, count)]


def different_documents(file: Path, least: int, most: int) -> list[Published]:
    """Return up to ``most`` documents of a file, no text twice: what was read once is answered from memory.

    Raises:
        DatasetError: they are fewer than ``least``.
    """
    by_text = {document.content: raw for raw, document in read_documents(file)}
    records = [_numbered(raw, number) for number, raw in enumerate(islice(by_text.values(), most))]
    if len(records) < least:
        raise DatasetError(f"{file}: {least} documents of different texts are needed, and it has {len(records)}")
    return [_as_published(record) for record in records]


def _as_published(record: bytes) -> Published:
    return Published(NEWS, datetime.now(UTC), msgspec.json.decode(record))


def bench_texts(file: Path | None, count: int) -> list[str]:
    """Return ``count`` texts: the headlines of a file of documents (from its beginning again when it is short), or
    invented ones.

    Raises:
        DatasetError: the file holds no document.
    """
    if file is None:
        return [text_of(item) for item in invented_documents(count)]
    return _repeated(file, (document.title or document.content for _, document in read_documents(file)), count)


def bench_records(file: Path, count: int) -> list[bytes]:
    """Return ``count`` records of a file of documents, with ids of their own; from its start if it is short.

    Raises:
        DatasetError: the file holds no document.
    """
    records = _repeated(file, (raw for raw, _ in read_documents(file)), count)
    return [_numbered(raw, number) for number, raw in enumerate(records)]


def _repeated(file: Path, items: Iterator[T], count: int) -> list[T]:
    """Return ``count`` items, from their beginning again when they are too few. Raises DatasetError where none is."""
    repeated = list(islice(cycle(items), count))
    if not repeated:
        raise DatasetError(f"{file} holds no document")
    return repeated


def _numbered(raw: bytes, number: int) -> bytes:
    return encode_record(decode_record(raw), id=f"bench {number}")


def read_documents(file: Path) -> Iterator[tuple[bytes, Document]]:
    """Yield the records of a file that are documents, each as it came and as it was read."""
    for line in read_lines(str(file)):
        try:
            document = parse_document(line.content, datetime.now(UTC))
        except DocumentError:
            continue
        yield line.content, document


def text_of(item: Published) -> str:
    """Return what the classifier reads of an invented document."""
    document = item.document
    return str(document.get("text") or "\n".join(document[name] for name in ("title", "body") if name in document))
