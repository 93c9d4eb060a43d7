"""Signatures of scored documents, with the entries of the watchlist that they name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stream.pipeline.documents.document import Document
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.stories.signature import Signature, signature_of


def signature_of_scored(document: ScoredDocument) -> Signature:
    """Return the signature of a document that was scored just now: it holds the entries that were found in it."""
    return signature_of(document, [entity.entry for entity in document.entities])


def signature_by(document: Document, entries_in: Callable[[str], Sequence[Entry]]) -> Signature:
    """Return the signature of a document of the log: older records do not hold what they name, so it is looked for."""
    return signature_of(document, [entry.name for entry in entries_of(document, entries_in)])
