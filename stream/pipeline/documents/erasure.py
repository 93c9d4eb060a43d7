"""Texts that are to go: what stands in their place, and the ports of the stores that hold them. Pure.

Two things make a text go. Its source withdraws it: a record ``{"id", "source", "withdrawn": true}`` on the topic that
the document came on. Or a person asks for it (``bellwether documents erase``). The counts stay: a decision was made on
them, and they name nobody. In place of a text stands its hash, so whoever has the text can show that it was this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import LoggedDocument

# Of the whole text where the log of record has it; of what was kept of it elsewhere. PostgreSQL makes the same.
MARK = "[erased, sha256 {}]"
BEGINNING = MARK.partition("{")[0]


class Erasure(msgspec.Struct, frozen=True, array_like=True):
    """A document whose text is to go.

    ``millisecond`` is its event time since 1970, where that is known. With a ``source``, only a document of that source
    is meant, or of an account behind it ("network/account"): whoever withdraws one must not reach others'.
    """

    id: str
    source: str = ""
    millisecond: int | None = None


class Erased(NamedTuple):
    """How many rows lost their text, and the minutes, since 1970, of which each document stood in the pool."""

    evidence: int
    pool: int
    deliveries: int
    minutes: Mapping[str, frozenset[int]]


class ErasureStore(Protocol):
    """The port: alerts, their evidence and what was sent of it. Raises StoreError; call it again."""

    async def erase(self, erasures: Sequence[Erasure], reason: str, now: datetime) -> Erased:
        """Put marks in place of texts, and keep it so: what is written of these documents later loses its text, too."""

    async def of_author(self, author: str) -> list[Erasure]:
        """Return the documents of an author."""


class ErasureQueue(Protocol):
    """The port: what was found in the log and is to go, and the windows' evidence. Raises StoreError; call it again."""

    async def note(self, erasures: Sequence[Erasure]) -> None:
        """Remember what is to go; what is known already is not there twice."""

    async def due(self, limit: int) -> list[tuple[Erasure, bool]]:
        """Return up to ``limit`` of those that are due, and of each whether it is for the second time."""

    async def done(self, erasures: Sequence[tuple[Erasure, bool]]) -> None:
        """Forget those that were done a second time; the others are due again after a while."""

    async def remove(self, minutes: Mapping[str, frozenset[int]]) -> int:
        """Take the documents out of the evidence of their minutes; return how many texts went."""


async def forget_texts(noted: Sequence[Erasure]) -> None:
    """Do nothing with what was found in the log: where a log is read that nobody stores from."""


def mark_of(text: str) -> str:
    """Return what stands in place of a text.

    >>> mark_of("Up")
    '[erased, sha256 55490a4bf3a8e8cb5eed69720293a700ff01ef7da2bfc749f332f626cb584916]'
    """
    return MARK.format(hashlib.sha256(text.encode()).hexdigest())


def without_text(document: LoggedDocument) -> LoggedDocument:
    """Return a document of the log without its text, author and address.

    It is one of the past: read again, it counts in its own minute, is never late, and moves no event time.
    """
    if document.erased:
        return document
    mark = mark_of(document.content)
    gone = {"title": None, "body": None, "author": None, "url": None}
    return msgspec.structs.replace(document, text=mark, **gone, history=True, erased=True)


def erasure_of(document: LoggedDocument) -> Erasure | None:
    """Return what a record of the log says is to go; None: nothing."""
    if document.withdrawn:
        return Erasure(document.id, document.source, milliseconds(document.published_at))
    return Erasure(document.id, "", milliseconds(document.published_at)) if document.erased else None
