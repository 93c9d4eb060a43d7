"""Records of the log of record, read strictly."""

from __future__ import annotations

from typing import Any

import msgspec

from models.classifier import Prediction
from models.labels import SENTIMENTS
from stream.errors import DocumentError
from stream.pipeline.documents.document import EARLIEST, LATEST, milliseconds
from stream.pipeline.documents.limits import check_text, check_texts, quoted
from stream.pipeline.documents.record import LoggedDocument, Origin, ScoredDocument, UnreadDocument, WithdrawnDocument
from stream.plain_problems import json_problem

LATEST_MS = milliseconds(LATEST)
_scored_decoder = msgspec.json.Decoder(ScoredDocument)
_withdrawn_decoder = msgspec.json.Decoder(WithdrawnDocument)
_unread_decoder = msgspec.json.Decoder(UnreadDocument)


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
