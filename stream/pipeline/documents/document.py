"""Stage 1: bytes from Kafka to a document, strictly. What cannot be read is an error with the dead letter's reason."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from stream.errors import DocumentError
from stream.plain_problems import broken_json, json_problem

# A scored document holds the raw one and what the classifier says, and has to fit into a record, which brokers refuse
# from about 1 MB on.
MAX_RECORD_BYTES = 512 * 1024
MAX_TEXT_BYTES = 64 * 1024  # all of it is matched and stored, of which the beginning is read
MAX_ID_BYTES = 256
MAX_FIELD_BYTES = 2048  # of an author, an address, a source: each is kept in Redis and in PostgreSQL, and shown
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# The default of BELLWETHER_AHEAD_FOR. Longer, and a wrong clock may put documents into minutes that come hours later;
# shorter, and more of what such a clock writes is refused.
AHEAD_FOR = timedelta(hours=1)
ANY_AHEAD = timedelta(days=36_500)  # no bound: for whoever reads a record, and does not decide whether it counts
WITHDRAWN = "[withdrawn]"  # stands as the text of a record that withdraws a document
QUOTED = 100  # characters of a value that an error repeats: enough to find it, and it fits on two lines


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document. ``published_at`` is aware, in UTC, to the millisecond; its text is :attr:`content`.

    One that is ``withdrawn`` says that its source has taken back the document of this id; it has no text of its own.
    """

    id: str
    source: str
    published_at: datetime
    text: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    url: str | None = None
    lang: str | None = None
    withdrawn: bool = False

    @property
    def content(self) -> str:
        """The text the classifier reads: ``text``, or ``title`` and ``body`` on lines of their own."""
        if self.text is not None:
            return self.text
        return "\n".join(part for part in (self.title, self.body) if part)


class RawDocument(msgspec.Struct, frozen=True):
    """The wire format; unknown fields are ignored."""

    source: str
    id: str | None = None
    text: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    url: str | None = None
    lang: str | None = None
    published_at: str | int | None = None
    withdrawn: bool | None = None  # null and NaN, as pandas leaves them, are false


_decoder = msgspec.json.Decoder(RawDocument)
NOT_NUMBERS = (b"NaN", b"Infinity")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_lenient = json.JSONDecoder(parse_constant=lambda _: None)


def parse_document(raw: bytes, received_at: datetime, ahead_for: timedelta = AHEAD_FOR) -> Document:
    """Read one record.

    Args:
        raw: UTF-8 JSON, see docs/records.md for the format.
        received_at: the record's time on the broker; it stands in for a missing ``published_at``, so that reading
            the record again gives the same document.
        ahead_for: how far ``published_at`` may lie ahead of it. Up to there a document counts in its own minute, which
            is decided on when time has come that far; one beyond is refused.

    Raises:
        DocumentError: the record is malformed; the message names the field and what is wrong with it.

    >>> parse_document(b'{"source": "wire", "text": "Up", "published_at": 0}', EPOCH)
    Traceback (most recent call last):
    ...
    stream.errors.DocumentError: published_at: 0 lies outside 1990 to 2100 (milliseconds since 1970 are expected)
    """
    try:
        return _parse(raw, received_at, ahead_for)
    except DocumentError:
        raise
    except Exception as error:
        # Nobody knows one that comes here. But whoever can write a record must not be able to stop the stream.
        raise DocumentError.unforeseen("record", error) from error


def is_repeatable(raw: bytes) -> bool:
    """Whether a record gives the same document whenever it is sent: it has an id, or a time of which one is made.

    Raises:
        DocumentError: it is not JSON, or a field has the wrong type.
    """
    record = decode_record(raw)
    return bool(record.id) or record.published_at is not None


def _parse(raw: bytes, received_at: datetime, ahead_for: timedelta) -> Document:
    if len(raw) > MAX_RECORD_BYTES:
        raise DocumentError(f"record: {len(raw)} bytes, at most {MAX_RECORD_BYTES} are read")
    record = decode_record(raw)
    if record.withdrawn:
        record = _withdrawal(record)
    check_texts(record)
    published_at = _published_at(record, received_at, ahead_for)
    fields: dict[str, Any] = {name: getattr(record, name) for name in ("title", "body", "author", "url", "lang")}
    fields |= {"text": record.text, "withdrawn": bool(record.withdrawn)}
    document = Document(id=record.id or "", source=record.source, published_at=published_at, **fields)
    return document if record.id else msgspec.structs.replace(document, id=stable_id(document))


def _withdrawal(record: RawDocument) -> RawDocument:
    """Return a record that withdraws a document, without all else that it may say."""
    if not record.id:
        raise DocumentError("id: missing; what is withdrawn is named by its id")
    return RawDocument(record.source, record.id, WITHDRAWN, published_at=record.published_at, withdrawn=True)


def _published_at(record: RawDocument, received_at: datetime, ahead_for: timedelta) -> datetime:
    published_at = None if record.published_at is None else _parse_time(record.published_at)
    if not EARLIEST <= received_at < LATEST:  # a producer may write any time there
        raise DocumentError(f"record: its time on the broker, {received_at:%FT%TZ}, lies outside 1990 to 2100")
    if published_at is not None and published_at > received_at + ahead_for:
        written, minutes = quoted(record.published_at), ahead_for.total_seconds() / 60
        raise DocumentError(f"published_at: {written} is more than {minutes:g} min ahead of {received_at:%FT%TZ}")
    return published_at or to_utc_ms(received_at)


def quoted(value: object) -> str:
    """Return ``value`` as an error quotes it: cut, and without signs that do not print.

    >>> quoted("x" * 101) == repr("x" * 100) + " and 1 characters more"
    True
    """
    text = value if isinstance(value, str) else str(value)
    rest = f" and {len(text) - QUOTED} characters more" if len(text) > QUOTED else ""
    return (repr(text[:QUOTED]) if isinstance(value, str) else text[:QUOTED]) + rest


def stable_id(document: Document) -> str:
    """Return an id for a document that came without one: a hash of source, time and text."""
    parts = (document.source, document.published_at.isoformat(), document.content)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def milliseconds(moment: datetime) -> int:
    """Return ``moment`` in whole milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def to_utc_ms(moment: datetime) -> datetime:
    """Return ``moment`` in UTC, cut to the millisecond."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def decode_record(raw: bytes) -> RawDocument:
    """Decode the JSON of a record, and look at nothing else. Raises DocumentError."""
    try:
        return _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise DocumentError(json_problem(error, RawDocument, "record")) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if any(word in raw for word in NOT_NUMBERS):
            return _decode_with_missing(raw, error)
        if b"\\ud" in raw.lower():
            _check_halves(raw, error)
        raise DocumentError(not_json(raw, error)) from error


def _decode_with_missing(raw: bytes, refusal: Exception) -> RawDocument:
    """Decode what msgspec refused: pandas and Python write a missing value as ``NaN``, which JSON does not know."""
    try:
        return msgspec.convert(_lenient.decode(raw.decode()), RawDocument)
    except msgspec.ValidationError as error:
        raise DocumentError(json_problem(error, RawDocument, "record")) from error
    except UnicodeEncodeError as error:
        raise DocumentError("record: the name of a field holds half a character") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(not_json(raw, refusal)) from error


def _check_halves(raw: bytes, refusal: Exception) -> None:
    """Name the field that holds half a character, which msgspec does not. Raises DocumentError, if one does."""
    record = _decode_with_missing(raw, refusal)
    for name, value in msgspec.structs.asdict(record).items():
        if isinstance(value, str):
            check_text(name, value)


def not_json(raw: bytes, error: Exception) -> str:
    """Return why ``raw`` is no JSON, in the words of whoever wrote it rather than in the decoder's.

    >>> not_json("Zürich".encode("latin-1"), ValueError("invalid"))
    'not JSON: byte 1 is not UTF-8 (0xfc)'
    """
    if not raw:
        return "not JSON: the record is empty"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return "not JSON: this is UTF-16 or UTF-32, write UTF-8"
    if raw.startswith(codecs.BOM_UTF8):
        return "not JSON: it begins with a byte order mark, leave that out"
    if raw.startswith(b"\x1f\x8b"):
        return "not JSON: this is gzip; send it unpacked, and let what sends it compress"
    try:
        raw.decode()
    except UnicodeDecodeError as invalid:
        return f"not JSON: byte {invalid.start} is not UTF-8 (0x{raw[invalid.start]:02x})"
    return f"not JSON: {broken_json(error, raw)}"


def check_texts(record: RawDocument | Document) -> None:
    """Refuse a document whose text is missing, or one of whose fields is too long or cannot be stored or sent.

    Raises:
        DocumentError: the message names the field.
    """
    if record.text is not None and (record.title is not None or record.body is not None):
        raise DocumentError("text: give either 'text', or 'title' and 'body', not both")
    content = record.text if record.text is not None else "\n".join(p for p in (record.title, record.body) if p)
    if not content.strip():
        raise DocumentError("text: missing or empty; give 'text', or 'title' and 'body'")
    for name in ("id", "source", "text", "title", "body", "author", "url", "lang"):
        value = getattr(record, name)
        if value is not None:
            check_text(name, value)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise DocumentError(f"text: {len(content.encode())} bytes, at most {MAX_TEXT_BYTES} are read")


def check_text(name: str, value: str) -> None:
    """Refuse the field ``name`` when it is too long, or holds what cannot be stored or sent. Raises DocumentError."""
    if "\x00" in value:
        raise DocumentError(f"{name}: holds a null byte")
    # As an emoji that was cut in half leaves; it can neither be stored nor sent.
    if not value.isascii() and (lone := _SURROGATE.search(value)):
        raise DocumentError(f"{name}: holds half a character, \\u{ord(lone[0]):04x}, at {lone.start()}")
    limit = {"id": MAX_ID_BYTES, "text": MAX_TEXT_BYTES, "title": MAX_TEXT_BYTES, "body": MAX_TEXT_BYTES}
    size, most = len(value.encode()), limit.get(name, MAX_FIELD_BYTES)
    if size > most:
        raise DocumentError(f"{name}: {size} bytes, at most {most} are read")
    if name in ("id", "source") and not value.strip():
        raise DocumentError(f"{name}: empty")


def _parse_time(value: str | int) -> datetime:
    try:
        moment = EPOCH + timedelta(milliseconds=value) if isinstance(value, int) else msgspec.convert(value, datetime)
    except (OverflowError, ValueError) as error:
        raise DocumentError(f"published_at: {quoted(value)} is neither RFC 3339 nor epoch milliseconds") from error
    if moment.tzinfo is None:
        raise DocumentError(f"published_at: {quoted(value)} has no time zone; write 2026-01-31T12:00:00Z")
    # Compared before the conversion to UTC, which overflows at the ends of the calendar.
    if not EARLIEST <= moment < LATEST:
        raise DocumentError(
            f"published_at: {quoted(value)} lies outside 1990 to 2100 (milliseconds since 1970 are expected)"
        )
    return to_utc_ms(moment)
