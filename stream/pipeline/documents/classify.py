"""Stage 2: documents to scored documents. The port :class:`TextClassifier` is filled by :mod:`models.classifier`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from models.calibration import Calibration, calibrated, calibration_of
from models.classifier import Classified, Prediction
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from stream.errors import ClassifierError
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.entities import ReadPart, entities_of
from stream.pipeline.documents.filings import as_read
from stream.pipeline.documents.parts import combine
from stream.pipeline.documents.places import NamedPart, Spans, Watched, watch_nothing
from stream.pipeline.documents.reading import Reading, reading_of
from stream.pipeline.documents.record import (
    ArtifactRef,
    LoggedDocument,
    ScoredDocument,
    UnreadDocument,
    WithdrawnDocument,
)


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
    return Prediction.of(calibrated(sentiment.probabilities, calibration))


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
