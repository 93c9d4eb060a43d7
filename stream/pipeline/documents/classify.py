"""Stage 2: documents to scored documents. The port :class:`TextClassifier` is filled by :mod:`models.classifier`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from models.calibration import Calibration, calibrated, calibration_of
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, SENTIMENTS, TOPIC
from stream.errors import ClassifierError, DocumentError
from stream.pipeline.documents.document import EARLIEST, LATEST, Document, check_text, check_texts, milliseconds, quoted
from stream.pipeline.documents.entities import (
    EntitySentiment,
    NamedPart,
    ReadPart,
    entities_of,
    named_part,
    split_part,
)
from stream.pipeline.documents.places import Spans, Watched, watch_nothing
from stream.pipeline.documents.relevance import end_of_headline

LATEST_MS = milliseconds(LATEST)


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
    ``entities`` are those of the watchlist that it names, as the watchlist was when it was classified.
    ``story`` is what near-duplicates have in common; ``scored_at`` is the wall clock at which it was classified.
    ``history`` says that it was brought in from the past (``bellwether backfill``), and did not come with the stream.
    """

    sentiment: Prediction
    topic: Prediction
    artifact: ArtifactRef
    chunks: int = 1
    origin: Origin | None = None
    story: str = ""
    scored_at: datetime | None = None
    history: bool = False
    entities: tuple[EntitySentiment, ...] = ()

    def sentiment_of(self, entry: str) -> Prediction:
        """Return the sentiment that it gives an entry; the document's where it gives none, as in older records."""
        return next((one.sentiment for one in self.entities if one.entry == entry), self.sentiment)

    def relevance_of(self, entry: str) -> float:
        """Return how much it is about an entry, 0 to 1; 1 where that is not known."""
        return next((one.relevance for one in self.entities if one.entry == entry), 1.0)


class TextClassifier(Protocol):
    """The port: a loaded model; ``name``, ``hash`` and ``calibrations`` are those of its artifact."""

    name: str
    hash: str
    calibrations: Mapping[str, Calibration]

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Spans]] = ()) -> list[Classified | TextError]:
        """Return one answer per text, in their order, with an error in place of a text that cannot be read.

        ``names``: per text where the names stand that get an answer of their own; empty: none of any text.
        """


_decoder = msgspec.json.Decoder(ScoredDocument)


def score(
    documents: Sequence[Document], classifier: TextClassifier, watched: Watched = watch_nothing
) -> list[ScoredDocument | TextError]:
    """Classify ``documents`` in one go; the answer stands in their order, with an error in place of a bad text.

    Args:
        documents: of any source.
        classifier: a loaded model.
        watched: says where a text names entries of the watchlist; each of them gets a sentiment of its own.

    Raises:
        ClassifierError: the classifier fails on every text, also on an ordinary one.
    """
    reference = ArtifactRef(classifier.name, classifier.hash)
    parts = [named_part(document.content, watched) for document in documents]
    answers = _classify_by_halves(parts, classifier)
    return [
        answer
        if isinstance(answer, TextError)
        else _scored(document, part, answer_of_feed(document, answer, classifier.calibrations), reference)
        for document, part, answer in zip(documents, parts, answers, strict=True)
    ]


def answer_of_feed(document: Document, answer: Classified, calibrations: Mapping[str, Calibration]) -> Classified:
    """Return the answer with the sentiments as the document's feed bears them out, where the model knows that feed."""
    calibration = calibration_of(calibrations, document.source, document.title is not None)
    if calibration is None:
        return answer
    names = tuple(
        msgspec.structs.replace(name, sentiment=_borne_out(name.sentiment, calibration)) for name in answer.names
    )
    heads = {**answer.heads, SENTIMENT: _borne_out(answer.heads[SENTIMENT], calibration)}
    return msgspec.structs.replace(answer, heads=heads, names=names)


def _borne_out(sentiment: Prediction, calibration: Calibration) -> Prediction:
    probabilities = calibrated(sentiment.probabilities, calibration)
    return Prediction(max(probabilities, key=probabilities.__getitem__), probabilities)


def _classify_by_halves(parts: Sequence[NamedPart], classifier: TextClassifier) -> list[Classified | TextError]:
    """Return an answer per text. Where the classifier fails on all of them, each half is tried by itself, and so on."""
    texts = [part.text for part in parts]
    try:
        if any(part.places for part in parts):
            return classifier.classify(texts, [part.spans for part in parts])
        return classifier.classify(texts)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the tokenizer's library is in Rust, and what it panics with is no Exception
        if len(parts) > 1:
            middle = len(parts) // 2
            return _classify_by_halves(parts[:middle], classifier) + _classify_by_halves(parts[middle:], classifier)
        _check_alive(classifier, texts[0], error)
        return [TextError(f"text: the model failed on it: {type(error).__name__}: {error}")]


def _check_alive(classifier: TextClassifier, text: str, error: BaseException) -> None:
    """Raise ClassifierError when an ordinary text fails, too. It is a new one each time, so that no cache answers.

    Args:
        text: the one on which the classifier failed, with ``error``.
    """
    ordinary = f"Results of {hashlib.sha256(text.encode()).hexdigest()[:12]} are in line"
    try:
        classifier.classify([ordinary])
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as again:
        raise ClassifierError(f"the model fails on every text: {type(again).__name__}: {again}") from error


def read_scored(raw: bytes) -> ScoredDocument:
    """Read a record of the scored topic. What the stage before writes is right; somebody else may write there, too.

    Raises:
        DocumentError: it is none; the message names what is wrong.
    """
    try:
        document = _decoder.decode(raw)
        _check(document)
    except DocumentError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(f"not a scored document: {error}") from error
    except Exception as error:
        raise DocumentError.unforeseen("not a scored document", error) from error
    return document


def _check(document: ScoredDocument) -> None:
    """Refuse what the windows, Redis or PostgreSQL could not take."""
    check_texts(document)
    for name, moment in (("published_at", document.published_at), ("scored_at", document.scored_at)):
        if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment < LATEST):
            raise DocumentError(f"{name}: {quoted(moment.isoformat())} has no time zone or lies outside 1990 to 2100")
    _check_sentiment("sentiment", document.sentiment)
    for at, entity in enumerate(document.entities):
        check_text(f"entities[{at}].entry", entity.entry)
        _check_sentiment(f"entities[{at}].sentiment", entity.sentiment)
        if not 0 <= entity.relevance <= 1:
            raise DocumentError(f"entities[{at}].relevance: {entity.relevance} is not from 0 to 1")
    origin, artifact = document.origin, document.artifact
    texts = {"topic.label": document.topic.label, "story": document.story}
    texts |= {"artifact.name": artifact.name, "artifact.hash": artifact.hash}
    for name, value in (texts | {"origin.topic": origin.topic} if origin else texts).items():
        check_text(name, value)
    if origin and not _is_in_range(origin):
        raise DocumentError("origin: partition, offset or timestamp is out of range")


def _check_sentiment(name: str, sentiment: Prediction) -> None:
    probabilities = [sentiment.probabilities.get(label, -1.0) for label in SENTIMENTS]
    if sentiment.label not in SENTIMENTS or not all(0 <= value <= 1 for value in probabilities):
        raise DocumentError(f"{name}: a label and a probability of each of {', '.join(SENTIMENTS)} are expected")


def _is_in_range(origin: Origin) -> bool:
    """Whether Kafka could have given these numbers; the windows take times before 2100 alone."""
    return 0 <= origin.partition < 2**31 and 0 <= origin.offset < 2**63 and 0 <= origin.timestamp < LATEST_MS


def _scored(document: Document, part: NamedPart, answer: Classified, artifact: ArtifactRef) -> ScoredDocument:
    headline, rest = split_part(part, end_of_headline(part.text, document.title)) if part.places else (part, part)
    return ScoredDocument(
        **msgspec.structs.asdict(document),
        sentiment=answer.heads[SENTIMENT],
        topic=answer.heads[TOPIC],
        artifact=artifact,
        chunks=answer.chunks,
        entities=entities_of([ReadPart(part, answer)], headline, rest, answer.heads[SENTIMENT]),
    )
