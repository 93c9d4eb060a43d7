import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import DocumentError
from stream.pipeline.documents.dead_letters import dead_letter, raw_again
from stream.pipeline.documents.document import AHEAD_FOR, parse_document, read_raw
from stream.pipeline.documents.intake import sort_lines
from stream.pipeline.documents.json_record import RawDocument, decode_record
from stream.pipeline.documents.masking import Acceptance, Masker

RECEIVED = datetime(2026, 2, 2, 3, 4, 5, 678_901, tzinfo=UTC)
GOOD: dict[str, Any] = {"source": "wire", "text": "Up", "published_at": "2026-01-31T12:00:00.1234+01:00"}


def _raw(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def test_times_are_utc_to_the_millisecond() -> None:
    assert parse_document(_raw(), RECEIVED).published_at == datetime(2026, 1, 31, 11, 0, 0, 123_000, tzinfo=UTC)
    assert parse_document(_raw(published_at=1769860800001), RECEIVED).published_at.microsecond == 1000
    assert parse_document(_raw(published_at=None), RECEIVED).published_at == RECEIVED.replace(microsecond=678_000)


def test_a_time_far_ahead_of_the_broker_is_refused() -> None:
    assert parse_document(_raw(published_at="2026-02-02T04:04:05Z"), RECEIVED)
    with pytest.raises(DocumentError, match="published_at: '2026-02-02T04:05:00Z' is more than 60 min ahead"):
        parse_document(_raw(published_at="2026-02-02T04:05:00Z"), RECEIVED)


def test_how_far_ahead_is_a_setting() -> None:
    assert parse_document(_raw(published_at="2026-02-02T06:00:00Z"), RECEIVED, timedelta(hours=3))
    with pytest.raises(DocumentError, match=r"more than 0\.5 min ahead"):
        parse_document(_raw(published_at="2026-02-02T04:04:05Z"), RECEIVED, timedelta(seconds=30))


def test_without_an_id_the_same_record_gets_the_same_one() -> None:
    assert parse_document(_raw(), RECEIVED).id == parse_document(_raw(extra=1), RECEIVED).id
    assert parse_document(_raw(), RECEIVED).id != parse_document(_raw(text="Down"), RECEIVED).id
    assert parse_document(_raw(id="a-1"), RECEIVED).id == "a-1"


def test_a_value_that_is_no_number_counts_as_missing() -> None:
    document = parse_document(
        _raw(text=None, title=float("nan"), body="Up", url=float("nan"), x=float("inf")), RECEIVED
    )
    assert (document.title, document.body, document.url, document.content) == (None, "Up", None, "Up")
    assert parse_document(_raw(text="NaN and Infinity"), RECEIVED).content == "NaN and Infinity"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_raw(text=float("nan")), "text: missing or empty"),
        (_raw(source=float("nan")), "source: a text in quotation marks is expected; this is null"),
        (_raw(url=float("-inf"))[:-1], "not JSON: '.' may not stand at byte"),
        (b'{"source": NaN' + b"[" * 100_000, "not JSON: "),
        (b'{"source": NaN, "x": ' + b"9" * 5000 + b"}", "not JSON: "),
    ],
)
def test_a_value_that_is_no_number_repairs_nothing_else(raw: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        parse_document(raw, RECEIVED)


def test_title_and_body_make_the_text() -> None:
    raw = json.dumps({"source": "wire", "title": "T", "body": "B"}).encode()
    assert parse_document(raw, RECEIVED).content == "T\nB"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON: the record is empty"),
        (_raw().decode().encode("utf-16"), "not JSON: this is UTF-16 or UTF-32, write UTF-8"),
        (_raw().decode().encode("utf-32"), "not JSON: this is UTF-16 or UTF-32, write UTF-8"),
        (_raw().decode().encode("utf-8-sig"), "not JSON: it begins with a byte order mark"),
        (gzip.compress(_raw(), mtime=0), "not JSON: this is gzip"),
        ('{"source": "a", "text": "Zürich fällt"}'.encode("latin-1"), r"not JSON: byte 26 is not UTF-8 \(0xfc\)"),
        (b'{"source": "a", "x": ' + b"[" * 100_000, "not JSON: nested too deeply"),
        (b'{"source": "a", "text": "b", "published_at": 1e999}', "published_at: a number is too large"),
        (b'{"source": "a", "text": "b", "published_at": ' + b"9" * 5000 + b"}", "published_at: a number is too large"),
        (b'{"a":' * 50_000, "not JSON"),
        (b"hello", "not JSON: 'h' may not stand at byte 0"),
        (_raw()[:-1], "not JSON: it ends too early: a quotation mark, bracket or brace is missing"),
        (_raw() * 2, "not JSON: something follows behind its end, at byte"),
        (b"{source: 1}", "not JSON: the name of a field is expected, in double quotation marks, at byte 1"),
        (b'{"source": "a",}', "not JSON: a comma stands behind the last value, at byte 15"),
        (b'{"source": "C:\\q"}', "not JSON: what follows a backslash is not known"),
        (b'{"source": "a" "text": "x"}', "not JSON: a comma or the closing bracket is missing, at byte 15"),
        (b'{"source" "a"}', "not JSON: a colon is missing, at byte 10"),
        (b'{"source": 01}', "not JSON: a number cannot be read, at byte 12"),
        (rb'{"source": "a", "text": "\ud83d"}', r"text: holds half a character, \\ud83d, at 0"),
        (rb'{"source": "a\uDE00", "text": "x"}', r"source: holds half a character, \\ude00, at 1"),
        (rb'{"source": "a", "text": "x", "mood": "\ud83d"}', r"not JSON: half a character is written with \\u"),
        (_raw(published_at=True), "published_at: a whole number or a text in quotation marks is expected; this is tr"),
        (_raw(published_at=1.5), "published_at: .* is expected; this is a number with a point"),
        (_raw(withdrawn="yes"), "withdrawn: true or false is expected; this is a text"),
        (b"[]", "record: fields in braces are expected; this is a list"),
        (b'{"text": "x"}', "record: the field 'source' is missing"),
        (_raw(text=""), "text: missing or empty"),
        (_raw(text="x" * 65_537), "text: 65537 bytes"),
        (_raw(text=3), "text: a text in quotation marks is expected; this is a number"),
        (_raw(text="a\x00b"), "text: holds a null byte"),
        (_raw(id="é" * 129), "id: 258 bytes"),
        (_raw(id=" "), "id: empty"),
        (_raw(title="also"), "not both"),
        (_raw(published_at="yesterday"), "published_at: 'yesterday'"),
        (_raw(published_at="2026-01-31T12:00:00"), "no time zone"),
        (_raw(published_at=10**18), "published_at"),
        (_raw(published_at="9999-12-31T23:59:59-14:00"), "published_at"),
        (b" " * 600_000, "record: 600000 bytes"),
    ],
)
def test_a_malformed_record_is_refused_with_the_field_and_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        parse_document(raw, RECEIVED)


@given(st.binary(max_size=200) | st.dictionaries(st.text(), st.text() | st.integers()).map(msgspec.json.encode))
def test_any_bytes_give_a_document_or_a_document_error(raw: bytes) -> None:
    with suppress(DocumentError):
        parse_document(raw, RECEIVED)


HALF = "\ud83d"  # an emoji that was cut in half by UTF-16 slicing
FIELDS = ("id", "source", "text", "title", "body", "author", "url", "lang")


@pytest.mark.parametrize("field", FIELDS)
def test_half_a_character_beside_nan_is_refused_with_the_field(field: str) -> None:
    fields = {"source": "a", "text": "crash", "extra": float("nan"), field: f"{HALF} crash"}
    if field in ("title", "body"):
        del fields["text"]
    raw = json.dumps(fields).encode()
    with pytest.raises(DocumentError, match=rf"{field}: holds half a character, \\ud83d, at 0"):
        parse_document(raw, RECEIVED)


def test_half_a_character_where_nobody_reads_it_hurts_nobody() -> None:
    raw = json.dumps({**GOOD, "author": float("nan"), "extra": {HALF: [HALF]}}).encode()
    assert parse_document(raw, RECEIVED).author is None
    with pytest.raises(DocumentError, match="the name of a field holds half a character"):
        parse_document(json.dumps({**GOOD, "author": float("nan"), HALF: 1}).encode(), RECEIVED)


@pytest.mark.parametrize("value", ["x" * 100_000, "9" * 4000, 10**300])
def test_a_reason_does_not_repeat_a_long_value(value: Any) -> None:
    with pytest.raises(DocumentError, match=r"published_at: .*characters more") as error:
        parse_document(_raw(published_at=value, url=float("nan")), RECEIVED)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("year", [1969, 2500, 9999])
def test_a_record_whose_time_on_the_broker_is_nonsense_is_refused(year: int) -> None:
    with pytest.raises(DocumentError, match="its time on the broker"):
        parse_document(b'{"source": "a", "text": "x"}', RECEIVED.replace(year=year))


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*FIELDS, "published_at"]) | st.text(st.characters(), max_size=3)


@given(
    st.dictionaries(NAMES, VALUES, max_size=6),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), None]),
    st.booleans(),
)
def test_the_lenient_path_gives_a_document_or_a_document_error(
    fields: dict[str, Any], missing: float | None, good: bool
) -> None:
    raw = json.dumps({**(GOOD if good else {}), **fields, "extra": missing}, allow_nan=True).encode()
    with suppress(DocumentError):
        document = parse_document(raw, RECEIVED)
        assert msgspec.json.decode(msgspec.json.encode(document), type=type(document)) == document


@given(st.binary(max_size=100), st.sampled_from([b"NaN", b"-Infinity"]), st.integers(0, 100))
def test_bytes_with_a_value_that_is_no_number_give_a_document_or_a_document_error(
    raw: bytes, word: bytes, at: int
) -> None:
    with suppress(DocumentError):
        parse_document(raw[:at] + word + raw[at:], RECEIVED)


def test_what_nobody_foresaw_is_the_record_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise LookupError("out of cheese")

    monkeypatch.setattr("stream.pipeline.documents.document.check_texts", broken)
    with pytest.raises(DocumentError, match="record: LookupError: out of cheese"):
        parse_document(_raw(), RECEIVED)


@pytest.mark.parametrize(
    ("fields", "is_dated", "is_repeatable"),
    [
        ({}, True, True),
        ({"published_at": None}, False, False),
        ({"published_at": float("nan")}, False, False),
        ({"published_at": None, "id": "a"}, False, True),
        ({"withdrawn": True, "id": "a", "published_at": None}, False, True),
    ],
)
def test_what_is_read_says_what_the_record_names(fields: dict[str, Any], is_dated: bool, is_repeatable: bool) -> None:
    read = read_raw(_raw(**fields), RECEIVED)
    assert (read.is_dated, read.is_repeatable) == (is_dated, is_repeatable)


def test_a_record_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []

    def decode(raw: bytes) -> RawDocument:
        decoded.append(raw)
        return decode_record(raw)

    monkeypatch.setattr("stream.pipeline.documents.document.decode_record", decode)
    accepted, raw = Acceptance(masker=Masker(["email"])), _raw(text="ann@example.org")
    (record,) = sort_lines("t", [raw], RECEIVED, accepted).records
    assert b"[email]" in record[2]
    raw_again(dead_letter("", raw, ("t", 0, 0)), RECEIVED, AHEAD_FOR)
    assert decoded == [raw, raw]
