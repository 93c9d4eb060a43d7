"""The records of the log of record: what stands there of a document that is scored, not read, or withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from models.classifier import Prediction
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.entities import EntitySentiment
from stream.pipeline.documents.parts import PartWeights


class ArtifactRef(Struct, frozen=True):
    """Which model scored a document."""

    name: str
    hash: str


class Origin(Struct, frozen=True):
    """Where the raw document stood in Kafka; ``timestamp`` is the broker's, in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int


class LoggedDocument(Document, frozen=True, kw_only=True, omit_defaults=True):
    """A document as it stands in the log of record.

    ``language`` is its code (ISO 639-1) where the publisher gave it or it could be told; ``origin`` is given when the
    document came through Kafka; ``scored_at`` is the wall clock at which it was looked at. ``erased`` says that its
    text is gone, and a hash of it stands there.
    """

    language: str = ""
    origin: Origin | None = None
    scored_at: datetime | None = None
    history: bool = False
    erased: bool = False


class ScoredDocument(LoggedDocument, frozen=True, kw_only=True, omit_defaults=True):
    """The raw document plus what the classifier says.

    ``parts`` is given when headline and body were read apart, and says how much each counts in the probabilities;
    ``chunks`` when a part was read in several pieces. ``story`` is what near-duplicates have in common.
    ``entities`` are those of the watchlist that it names, as the watchlist was when it was classified.
    ``history`` says that it was brought in from the past (``bellwether backfill``), and did not come with the stream.
    """

    sentiment: Prediction
    topic: Prediction
    artifact: ArtifactRef
    chunks: int = 1
    parts: PartWeights | None = None
    story: str = ""
    entities: tuple[EntitySentiment, ...] = ()

    def sentiment_of(self, entry: str) -> Prediction:
        """Return the sentiment that it gives an entry; the document's where it gives none, as in older records."""
        return next((one.sentiment for one in self.entities if one.entry == entry), self.sentiment)

    def relevance_of(self, entry: str) -> float:
        """Return how much it is about an entry, 0 to 1; in full where it does not say, as in older records.

        For entries that came to the watchlist later see :mod:`stream.pipeline.documents.named_since`.
        """
        return next((one.relevance for one in self.entities if one.entry == entry), 1.0)


class UnreadDocument(LoggedDocument, frozen=True, kw_only=True, omit_defaults=True):
    """A document in a language that the model does not read: it has no sentiment, and counts in no window of one."""

    language: Annotated[str, Meta(min_length=1)]
    not_read: Literal[True]


class WithdrawnDocument(LoggedDocument, frozen=True, kw_only=True, omit_defaults=True):
    """Says that the document of this id was withdrawn by its source. It counts nowhere."""

    withdrawn: Literal[True]
