"""Stage 1: bytes from Kafka to a document, strictly. What cannot be read is an error with the dead letter's reason."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.json_record import RawDocument, decode_record
from stream.pipeline.documents.limits import MAX_RECORD_BYTES, check_texts, quoted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# The default of BELLWETHER_AHEAD_FOR. Longer, and a wrong clock may put documents into minutes that come hours later;
# shorter, and more of what such a clock writes is refused.
AHEAD_FOR = timedelta(hours=1)
ANY_AHEAD = timedelta(days=36_500)  # no bound: for whoever reads a record, and does not decide whether it counts
WITHDRAWN = "[withdrawn]"  # stands as the text of a record that withdraws a document


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


class Read(NamedTuple):
    """What was read of a record: its document, and the fields as they stand there, of a withdrawal those that count."""

    document: Document
    record: RawDocument

    @property
    def is_dated(self) -> bool:
        """Whether the record says when; the document of one that does not has the broker's time."""
        return self.record.published_at is not None

    @property
    def is_repeatable(self) -> bool:
        """Whether it gives the same document whenever it is sent: it has an id, or a time of which one is made."""
        return bool(self.record.id) or self.is_dated


def read_raw(raw: bytes, received_at: datetime, ahead_for: timedelta = AHEAD_FOR) -> Read:
    """Read one record.

    Args:
        raw: UTF-8 JSON, see docs/records.md for the format.
        received_at: the record's time on the broker; it stands in for a missing ``published_at``, so that reading
            the record again gives the same document.
        ahead_for: how far ``published_at`` may lie ahead of it. Up to there a document counts in its own minute, which
            is decided on when time has come that far; one beyond is refused.

    Raises:
        DocumentError: the record is malformed; the message names the field and what is wrong with it.
    """
    try:
        return _read(raw, received_at, ahead_for)
    except DocumentError:
        raise
    except Exception as error:
        # Nobody knows one that comes here. But whoever can write a record must not be able to stop the stream.
        raise DocumentError.unforeseen("record", error) from error


def parse_document(raw: bytes, received_at: datetime, ahead_for: timedelta = AHEAD_FOR) -> Document:
    """Return the document of one record; see :func:`read_raw`. Raises DocumentError.

    >>> parse_document(b'{"source": "wire", "text": "Up", "published_at": 0}', EPOCH)
    Traceback (most recent call last):
    ...
    stream.errors.DocumentError: published_at: 0 lies outside 1990 to 2100 (milliseconds since 1970 are expected)
    """
    return read_raw(raw, received_at, ahead_for).document


def _read(raw: bytes, received_at: datetime, ahead_for: timedelta) -> Read:
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
    return Read(document if record.id else msgspec.structs.replace(document, id=stable_id(document)), record)


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
