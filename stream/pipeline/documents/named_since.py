"""Entries that came to the watchlist, or were renamed, after a document was scored: its text says what it has of them.

Only rules are asked, no model. So a past that is read again weighs a name as the stream would, whatever other names
stood on the list then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from stream.pipeline.documents.entities import EntitySentiment, relevances_of
from stream.pipeline.documents.places import Watched
from stream.pipeline.documents.reading import reading_of
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument
from stream.pipeline.documents.watchlist import Entry

Logged = TypeVar("Logged", bound=LoggedDocument)


def with_named_since(document: Logged, entries: Iterable[Entry], places_in: Watched) -> Logged:
    """Return ``document`` with those of ``entries`` that its record does not have: with the sentiment of the text.

    Args:
        document: of the log.
        entries: those of the watchlist in use that it names.
        places_in: says where a text names them.
    """
    if not isinstance(document, ScoredDocument):
        return document
    known = {one.entry for one in document.entities}
    if not (since := {entry.name for entry in entries} - known):
        return document
    reading = reading_of(document, places_in, frozenset())
    found = relevances_of(reading.headline, reading.rest).items()
    more = (EntitySentiment(name, document.sentiment, about, of_text=True) for name, about in found if name in since)
    return msgspec.structs.replace(document, entities=(*document.entities, *more))
