"""Documents that somebody hands in: which of them go to the stream, and why the others do not.

The stream itself takes a document that has neither an id nor a time, and makes its id of the record's time. Whoever did
not get our answer sends it again, and it would count twice. So here it needs one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.documents.placeholders import has_text

NO_IDENTITY = "id: missing, as is published_at; without one of them, sending it again counts twice"
NO_TEXT = "text: nothing to read; it only stands for a missing one, as [removed] and null do"
Record = tuple[str, bytes | None, bytes]  # topic, key, value


class Refusal(msgspec.Struct, frozen=True):
    """A line that is not published, counted from 1, and why."""

    line: int
    reason: str


class Published(msgspec.Struct, frozen=True):
    """How many documents the broker has acknowledged, and the lines that were refused."""

    published: int
    refused: list[Refusal]


class Sorted(NamedTuple):
    """The records to send, and the lines that are refused."""

    records: list[Record]
    refused: list[Refusal]


class Intake(Protocol):
    """The port: takes documents for the stream."""

    async def take(self, feed: str, lines: Sequence[bytes]) -> Published:
        """Publish the documents of ``lines`` to the raw topic of ``feed``, news or social; empty lines do not count.

        Returns:
            What became of them, when the broker has acknowledged all that is published.

        Raises:
            BrokerError: the broker did not acknowledge all of them; send all again, each id counts once.
        """


def check_readable(document: Document) -> None:
    """Refuse what the stream would put among the dead letters, since there is nothing to read. Raises DocumentError."""
    if not document.withdrawn and not has_text(document):
        raise DocumentError(NO_TEXT)


def sort_lines(topic: str, lines: Iterable[bytes], received_at: datetime, accepted: Acceptance) -> Sorted:
    """Sort the documents of ``lines``; a record's key is its source, so that a source's documents stay in order.

    Args:
        topic: where the records go.
        lines: a document each, in the format of docs/records.md.
        received_at: now; see :func:`stream.pipeline.documents.document.read_raw`.
        accepted: how records are read, and masked before they are published.

    >>> sort_lines("t", [b"", b'{"source": "a", "text": "b"}'], datetime(2026, 1, 1).astimezone(), Acceptance()).refused
    [Refusal(line=2, reason='id: missing, as is published_at; without one of them, sending it again counts twice')]
    """
    records: list[Record] = []
    refused: list[Refusal] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = accepted.read(line, received_at)
            check_readable(read.document)
            if not read.is_repeatable:
                raise DocumentError(NO_IDENTITY)
        except DocumentError as error:
            refused.append(Refusal(number, str(error)))
        else:
            records.append((topic, read.document.source.encode(), accepted.published(line, read)))
    return Sorted(records, refused)
