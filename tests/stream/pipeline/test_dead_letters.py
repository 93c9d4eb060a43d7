"""Letters always fit, and so does the largest scored document."""

import json
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.errors import DocumentError
from stream.pipeline.classify import ArtifactRef, Origin, ScoredDocument
from stream.pipeline.dead_letters import MAX_REASON, DeadLetter, dead_letter
from stream.pipeline.documents import (
    MAX_FIELD_BYTES,
    MAX_ID_BYTES,
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    Document,
    parse_document,
)

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


SIGNS = ["a", " ", "é", "\ud83d", "\udc00", "\U0001f600", "\x00", "\x01", '"', "\\", "\u2028", "\ufeff", "NaN"]
ODD: list[Any] = [float("nan"), float("inf"), float("-inf"), None, True, 0, -1, 10**30, 1e308, [], {}, [[[]]], {"a": 1}]
TIMES: list[Any] = ["2026-01-31T12:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30", 0]
TIMES += [1769860800000, -(10**18), 10**18, "2026-01-31T12:00:60Z", "2026-01-31T12:00:00", float("nan"), "x" * 1000]


def fuzzed(pick: Random) -> bytes:
    """A record: right, lenient, or damaged; a sixth holds half characters, a tenth is cut or has bytes changed."""
    record: dict[Any, Any] = {"source": "wire", "text": f"Shares fall {pick.random()}"}
    for _ in range(pick.choice([0, 0, 1, 1, 2, 5])):
        name = pick.choice(["id", "source", "text", "title", "body", "author", "url", "lang", "published_at", "x"])
        text = "".join(pick.choices(SIGNS, k=pick.choice([0, 1, 3, 20])))
        record[name] = pick.choice(TIMES) if name == "published_at" else pick.choice([text, text, pick.choice(ODD)])
    raw = bytearray(json.dumps(record, ensure_ascii=pick.random() < 0.9).encode(errors="surrogatepass"))
    if pick.random() < 0.1:
        for _ in range(pick.choice([1, 3])):
            raw[pick.randrange(len(raw))] = pick.randrange(256)
    if pick.random() < 0.05:
        raw = raw[: pick.randrange(len(raw))]
    if pick.random() < 0.02:
        raw += b'"deep": ' + b"[" * pick.choice([10, 5000]) + b"NaN"
    return bytes(raw)
