"""Stage 2: documents to scored documents. The port :class:`TextClassifier` is filled by :mod:`models.classifier`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from stream.pipeline.documents import Document


class ArtifactRef(msgspec.Struct, frozen=True):
    """Which model scored a document."""

    name: str
    hash: str


class Origin(msgspec.Struct, frozen=True):
    """Where the raw document stood in Kafka; ``timestamp`` is the broker's, in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int


class ScoredDocument(Document, frozen=True, kw_only=True, omit_defaults=True):
    """The raw document plus what the classifier says.

    ``chunks`` is given when a long text was read in several, ``origin`` when the document came through Kafka.
    ``story`` is what near-duplicates have in common; ``scored_at`` is the wall clock at which it was classified.
    """

    sentiment: Prediction
    topic: Prediction
    artifact: ArtifactRef
    chunks: int = 1
    origin: Origin | None = None
    story: str = ""
    scored_at: datetime | None = None


class TextClassifier(Protocol):
    """The port: a loaded model."""

    name: str
    hash: str

    def classify(self, texts: Sequence[str]) -> list[Classified | TextError]:
        """Return one answer per text, in their order."""


def score(documents: Sequence[Document], classifier: TextClassifier) -> list[ScoredDocument | TextError]:
    """Classify ``documents`` in one go; the answer stands in their order, with an error in place of a bad text."""
    reference = ArtifactRef(classifier.name, classifier.hash)
    answers = classifier.classify([document.content for document in documents])
    return [
        answer if isinstance(answer, TextError) else _scored(document, answer, reference)
        for document, answer in zip(documents, answers, strict=True)
    ]


def _scored(document: Document, answer: Classified, artifact: ArtifactRef) -> ScoredDocument:
    return ScoredDocument(
        **msgspec.structs.asdict(document),
        sentiment=answer.heads[SENTIMENT],
        topic=answer.heads[TOPIC],
        artifact=artifact,
        chunks=answer.chunks,
    )
