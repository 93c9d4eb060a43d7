"""Letters always fit, and so does the largest scored document."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.errors import DocumentError
from stream.pipeline.documents.dead_letters import MAX_REASON, DeadLetter, dead_letter, raw_again
from stream.pipeline.documents.document import AHEAD_FOR, EPOCH, Document, milliseconds, parse_document
from stream.pipeline.documents.limits import MAX_FIELD_BYTES, MAX_ID_BYTES, MAX_RECORD_BYTES, MAX_TEXT_BYTES
from stream.pipeline.documents.record import ArtifactRef, Origin, ScoredDocument
from tests.fuzz import fuzzed

FITS = 900_000  # bytes; Faust's producer takes 1,000,000, a broker 1,048,588
RECEIVED = datetime(2026, 2, 2, 3, 4, 5, tzinfo=UTC)
STOOD = ("bellwether.news", 3, 2**62)


@given(st.binary(max_size=300), st.text(st.characters()), st.integers(0, 2_000_000))
def test_a_letter_fits_and_says_what_was_cut(value: bytes, reason: str, size: int) -> None:
    whole = value + b"x" * size
    encoded = msgspec.json.encode(dead_letter(reason, whole, STOOD))
    assert len(encoded) < FITS
    letter = msgspec.json.decode(encoded, type=DeadLetter)
    assert (letter.topic, letter.partition, letter.offset) == STOOD
    assert whole.startswith(letter.content)
    assert letter.length == (None if letter.content == whole else len(whole))
    assert (letter.length is None) == (len(whole) <= MAX_RECORD_BYTES)


def test_a_reason_is_cut_and_says_how_long_it_was() -> None:
    letter = dead_letter("\u0001é\ud800" * 100_000, b"", STOOD)
    assert len(letter.reason) < MAX_REASON + 50
    assert "characters in all" in letter.reason
    assert len(msgspec.json.encode(letter)) < 10_000


def test_a_tombstone_is_told_from_an_empty_record() -> None:
    assert dead_letter("no value", None, STOOD).null
    assert not dead_letter("no value", b"", STOOD).null


def test_letters_of_before_are_read() -> None:
    raw = b'{"reason":"r","value":"eA==","topic":"t","partition":0,"offset":1}'
    assert msgspec.json.decode(raw, type=DeadLetter) == DeadLetter("r", "eA==", "t", 0, 1)


NOW = RECEIVED + timedelta(days=7)


def _letter(said: dict[str, object], received: datetime | None = RECEIVED) -> DeadLetter:
    return dead_letter(
        "text: missing",
        msgspec.json.encode(said),
        STOOD,
        timestamp=None if received is None else milliseconds(received),
    )


def test_a_letter_published_again_keeps_its_time_and_counts_once() -> None:
    letter = _letter({"source": "rep", "text": "Repair me falls", "lang": "en", "more": 5})
    document, content = raw_again(letter, NOW, AHEAD_FOR)
    assert document.published_at == RECEIVED
    assert parse_document(content, NOW) == document
    assert raw_again(letter, NOW + timedelta(hours=1), AHEAD_FOR) == (document, content)
    other = raw_again(msgspec.structs.replace(letter, offset=7), NOW, AHEAD_FOR)[0]
    assert other.id != document.id
    named = raw_again(_letter({"source": "rep", "text": "Falls", "id": "a"}), NOW, AHEAD_FOR)[0]
    assert (named.id, named.published_at) == ("a", RECEIVED)


@pytest.mark.parametrize("received", [None, EPOCH, datetime(2200, 1, 1, tzinfo=UTC), NOW + timedelta(hours=5)])
def test_a_letter_whose_time_is_not_known_counts_now_and_once(received: datetime | None) -> None:
    letter = _letter({"source": "rep", "text": "Falls"}, received)
    document, content = raw_again(letter, NOW, AHEAD_FOR)
    assert (document.published_at, parse_document(content, NOW)) == (NOW, document)
    assert raw_again(letter, NOW + timedelta(minutes=1), AHEAD_FOR)[0].id == document.id


def test_a_letter_that_names_its_time_is_published_as_it_stands() -> None:
    letter = _letter({"source": "rep", "text": "Falls", "published_at": "2026-02-09T03:00:00Z"})
    assert raw_again(letter, NOW, AHEAD_FOR)[1] == letter.content  # which was too far ahead, and is no more


@pytest.mark.parametrize("sign", ["\x01", '"', "é", "\U0001f600"])
def test_the_largest_scored_document_fits(sign: str) -> None:
    def most(size: int) -> str:
        return sign * (size // len(sign.encode()))

    field = most(MAX_FIELD_BYTES)
    document = ScoredDocument(
        id=most(MAX_ID_BYTES),
        source=field,
        published_at=RECEIVED,
        title=most(MAX_TEXT_BYTES // 2),
        body=most(MAX_TEXT_BYTES // 2 - 4),
        author=field,
        url=field,
        lang=field,
        sentiment=Prediction("negative", dict.fromkeys(("negative", "neutral", "positive"), 1 / 3)),
        topic=Prediction("t" * 100, {f"label {number}": 1 / 7 for number in range(100)}),
        artifact=ArtifactRef("n" * 200, "h" * 64),
        origin=Origin("t" * 249, 2**31 - 1, 2**63 - 1, 2**42),
        story="s" * 64,
        scored_at=RECEIVED,
    )
    raw = msgspec.json.encode({name: getattr(document, name) for name in ("id", "source", "title", "body", "author")})
    assert isinstance(parse_document(raw, RECEIVED), Document) or len(raw) > MAX_RECORD_BYTES
    assert len(msgspec.json.encode(document)) < FITS


def test_of_100_000_fuzzed_records_each_is_a_document_or_a_letter() -> None:
    pick, found = Random(19), Counter[str]()
    for number in range(100_000):
        raw = fuzzed(pick)
        try:
            parse_document(raw, RECEIVED)
        except DocumentError as error:
            letter = msgspec.json.decode(
                msgspec.json.encode(dead_letter(error, raw, ("t", 0, number))), type=DeadLetter
            )
            assert letter.content == raw
            found["letter"] += 1
        else:
            found["document"] += 1
    assert found.total() == 100_000
    assert found["document"] > 20_000
    assert found["letter"] > 20_000
