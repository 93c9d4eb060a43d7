"""Stage 2: documents to scored documents. The port :class:`TextClassifier` is filled by :mod:`models.classifier`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Meta

from models.calibration import Calibration, calibrated, calibration_of
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, SENTIMENTS, TOPIC
from stream.errors import ClassifierError, DocumentError
from stream.pipeline.documents.document import EARLIEST, LATEST, Document, check_text, check_texts, milliseconds, quoted
from stream.pipeline.documents.entities import EntitySentiment, ReadPart, entities_of
from stream.pipeline.documents.filings import as_read
from stream.pipeline.documents.parts import PartWeights, combine
from stream.pipeline.documents.places import NamedPart, Spans, Watched, watch_nothing
from stream.pipeline.documents.reading import Reading, reading_of
from stream.pipeline.documents.relevance import BODY
from stream.plain_problems import json_problem

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
        """Return how much it is about an entry, 0 to 1.

        One that is not among its entries was not on the watchlist then. It counts as most that stand in a body alone
        or, in a record that has no entries, as in those of older releases, in full.
        """
        unknown = BODY if self.entities else 1.0
        return next((one.relevance for one in self.entities if one.entry == entry), unknown)


class UnreadDocument(LoggedDocument, frozen=True, kw_only=True, omit_defaults=True):
    """A document in a language that the model does not read: it has no sentiment, and counts in no window of one."""

    language: Annotated[str, Meta(min_length=1)]
    not_read: Literal[True]


class WithdrawnDocument(LoggedDocument, frozen=True, kw_only=True, omit_defaults=True):
    """Says that the document of this id was withdrawn by its source. It counts nowhere."""

    withdrawn: Literal[True]


class TextClassifier(Protocol):
    """The port: a loaded model; ``name``, ``hash`` and ``calibrations`` are those of its artifact.

    ``languages`` are the codes of those that it reads; where there is none, languages are not looked at.
    """

    name: str
    hash: str
    calibrations: Mapping[str, Calibration]
    languages: frozenset[str]

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Spans]] = ()) -> list[Classified | TextError]:
        """Return one answer per text, in their order, with an error in place of a text that cannot be read.

        ``names``: per text where the names stand that get an answer of their own; empty: none of any text.
        """


@runtime_checkable
class ClassifierPerLanguage(Protocol):
    """What a :class:`TextClassifier` has, too, that stands for several: one for each language."""

    def model_of(self, language: str) -> TextClassifier:
        """Return the one for texts in ``language``, a code or nothing."""


_scored_decoder = msgspec.json.Decoder(ScoredDocument)
_withdrawn_decoder = msgspec.json.Decoder(WithdrawnDocument)
_unread_decoder = msgspec.json.Decoder(UnreadDocument)


def score(
    documents: Sequence[Document], classifier: TextClassifier, watched: Watched = watch_nothing
) -> list[LoggedDocument | TextError]:
    """Classify ``documents`` in one go; the answer stands in their order, with an error in place of a bad text.

    A document in a language that the classifier does not read is an :class:`UnreadDocument`, and one that withdraws
    another a :class:`WithdrawnDocument`. Where there is a model per language, each gets the texts of its own at once.

    Args:
        documents: of any source.
        classifier: a loaded model, or one per language.
        watched: says where a text names entries of the watchlist; each of them gets a sentiment of its own.

    Raises:
        ClassifierError: the classifier fails on every text, also on an ordinary one.
    """
    several = classifier if isinstance(classifier, ClassifierPerLanguage) else None
    readings = [reading_of(document, watched, classifier.languages, several is not None) for document in documents]
    models = [several.model_of(reading.language) if several else classifier for reading in readings]
    answers: dict[int, Iterator[Classified | TextError]] = {}
    for model in {id(model): model for model in models}.values():
        own = [reading for reading, its in zip(readings, models, strict=True) if its is model]
        parts = [part for reading in own if not reading.document.withdrawn for part in reading.parts]
        answers[id(model)] = iter(_classify_by_halves(parts, model) if parts else ())
    return [_logged(reading, answers[id(its)], its) for reading, its in zip(readings, models, strict=True)]


def _logged(
    reading: Reading, answers: Iterator[Classified | TextError], classifier: TextClassifier
) -> LoggedDocument | TextError:
    """Return what goes into the log; takes as many of the ``answers`` as the document has parts to read."""
    fields = msgspec.structs.asdict(reading.document)
    if reading.document.withdrawn:
        return WithdrawnDocument(**fields)
    if not reading.is_read:
        return UnreadDocument(**fields, language=reading.language, not_read=True)
    read: list[Classified] = []
    for answer in [next(answers) for _ in reading.parts]:
        if isinstance(answer, TextError):
            return answer
        read.append(answer_of_feed(reading.document, answer, classifier.calibrations))
    if not read:
        return TextError("the text is empty")
    whole, weights = combine(*read) if len(read) == 2 else (read[0], None)
    shares = (weights.headline, weights.body) if weights else (1.0,)
    by_part = [ReadPart(*one) for one in zip(reading.parts, read, shares, strict=True)]
    sentiment = whole.heads[SENTIMENT]
    return ScoredDocument(
        **fields,
        sentiment=sentiment,
        topic=whole.heads[TOPIC],
        artifact=ArtifactRef(classifier.name, classifier.hash),
        chunks=whole.chunks,
        parts=weights,
        language=reading.language,
        entities=entities_of(by_part, reading.headline, reading.rest, sentiment, is_post=not reading.document.title),
    )


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
    texts = [as_read(part) for part in parts]
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


def read_scored(raw: bytes) -> LoggedDocument:
    """Read a record of the scored topic. What the stage before writes is right; somebody else may write there, too.

    Raises:
        DocumentError: it is none; the message names what is wrong.
    """
    document: LoggedDocument
    try:
        document = _decoder_of(raw).decode(raw)
        _check(document)
    except DocumentError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(f"not a scored document: {json_problem(error, Any, 'record', raw)}") from error
    except Exception as error:
        raise DocumentError.unforeseen("not a scored document", error) from error
    return document


def _decoder_of(raw: bytes) -> msgspec.json.Decoder[Any]:
    """Return the decoder of a record's kind, told by what no text can hold, for its quotes would be escaped."""
    if b'"withdrawn":true' in raw:
        return _withdrawn_decoder
    return _unread_decoder if b'"not_read":true' in raw else _scored_decoder


def _check(document: LoggedDocument) -> None:
    """Refuse what the windows, Redis or PostgreSQL could not take."""
    check_texts(document)
    for name, moment in (("published_at", document.published_at), ("scored_at", document.scored_at)):
        if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment < LATEST):
            raise DocumentError(f"{name}: {quoted(moment.isoformat())} has no time zone or lies outside 1990 to 2100")
    check_text("language", document.language)
    if isinstance(document, ScoredDocument):
        _check_answers(document)
    if origin := document.origin:
        check_text("origin.topic", origin.topic)
        if not _is_in_range(origin):
            raise DocumentError("origin: partition, offset or timestamp is out of range")


def _check_answers(document: ScoredDocument) -> None:
    _check_sentiment("sentiment", document.sentiment)
    for at, entity in enumerate(document.entities):
        check_text(f"entities[{at}].entry", entity.entry)
        _check_sentiment(f"entities[{at}].sentiment", entity.sentiment)
        if not 0 <= entity.relevance <= 1:
            raise DocumentError(f"entities[{at}].relevance: {entity.relevance} is not from 0 to 1")
    texts = {"topic.label": document.topic.label, "story": document.story}
    for name, value in (
        texts | {"artifact.name": document.artifact.name, "artifact.hash": document.artifact.hash}
    ).items():
        check_text(name, value)


def _check_sentiment(name: str, sentiment: Prediction) -> None:
    probabilities = [sentiment.probabilities.get(label, -1.0) for label in SENTIMENTS]
    if sentiment.label not in SENTIMENTS or not all(0 <= value <= 1 for value in probabilities):
        raise DocumentError(f"{name}: a label and a probability of each of {', '.join(SENTIMENTS)} are expected")


def _is_in_range(origin: Origin) -> bool:
    """Whether Kafka could have given these numbers; the windows take times before 2100 alone."""
    return 0 <= origin.partition < 2**31 and 0 <= origin.offset < 2**63 and 0 <= origin.timestamp < LATEST_MS
