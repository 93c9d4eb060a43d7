"""Documents that are withdrawn or erased: what stands in the topics, and what is read of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from models.calibration import Calibration
from models.classifier import Classified, Prediction
from models.errors import TextError
from stream.errors import DocumentError
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.erasure import Erasure, erasure_of, mark_of, without_text
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import ArtifactRef, ScoredDocument, WithdrawnDocument
from stream.pipeline.windows.contribution import contribution_of
from stream.pipeline.windows.evidence import evidence_of

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NEGATIVE = Prediction("negative", {"negative": 0.9, "neutral": 0.1, "positive": 0.0})


class _NoClassifier:
    name, hash = "fake", "hash"
    calibrations: Mapping[str, Calibration] = {}
    languages = frozenset({"en"})

    def classify(self, texts: Sequence[str], names: object = ()) -> list[Classified | TextError]:
        raise AssertionError("nothing is classified")


def _scored() -> ScoredDocument:
    return ScoredDocument(
        id="d",
        source="wire",
        published_at=AT,
        title="Bank fails",
        body="Said Ann",
        author="Ann",
        url="https://example.org/a",
        sentiment=NEGATIVE,
        topic=Prediction("Macro", {"Macro": 1.0}),
        artifact=ArtifactRef("a", "h"),
        story="0123",
    )


@pytest.mark.parametrize("more", [{}, {"text": "Bank fails"}, {"title": "Bank fails", "body": "x", "author": "Ann"}])
def test_a_withdrawal_goes_into_the_log_without_a_word_of_the_text(more: dict[str, str]) -> None:
    raw = msgspec.json.encode({"id": "d", "source": "s", "withdrawn": True, "published_at": 1772443800000, **more})
    (logged,) = score([parse_document(raw, AT)], _NoClassifier())
    assert isinstance(logged, WithdrawnDocument)
    record = msgspec.json.encode(logged)
    assert b"Bank" not in record
    assert b"Ann" not in record
    assert read_scored(record) == logged
    assert erasure_of(logged) == Erasure("d", "s", 1772443800000)


def test_a_withdrawal_names_a_document() -> None:
    with pytest.raises(DocumentError, match="id: missing; what is withdrawn is named by its id"):
        parse_document(b'{"source": "s", "withdrawn": true}', AT)


@pytest.mark.parametrize("missing", [b"null", b"NaN", b"false"])
def test_a_mark_of_withdrawal_that_is_missing_withdraws_nothing(missing: bytes) -> None:
    document = parse_document(b'{"source": "w", "text": "a b", "withdrawn": ' + missing + b"}", AT)
    assert (document.withdrawn, document.content) == (False, "a b")


def test_a_text_that_looks_like_a_withdrawal_is_a_text() -> None:
    document = msgspec.structs.replace(_scored(), title=None, body=None, text='say "withdrawn":true')
    assert read_scored(msgspec.json.encode(document)) == document
    assert erasure_of(document) is None


def test_an_erased_document_counts_as_before_and_shows_nothing() -> None:
    document = _scored()
    erased = read_scored(msgspec.json.encode(without_text(document)))
    assert isinstance(erased, ScoredDocument)
    assert erased.content == mark_of("Bank fails\nSaid Ann")
    assert (erased.title, erased.body, erased.author, erased.url) == (None, None, None, None)
    assert without_text(erased) == erased
    assert evidence_of(document) is not None
    assert evidence_of(erased) is None
    before, after = contribution_of(document), contribution_of(erased)
    assert (after.member, after.series, after.raw) == (before.member, before.series, before.raw)
    assert erasure_of(erased) == Erasure("d", "", 1772443800000)
