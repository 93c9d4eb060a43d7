"""Dead letters: records that could not be read, with the reason and where they stood. Pure.

A letter must always fit where records fit, or it would stop the stream that it is there to keep going. So the reason is
cut, and of a record that is too large to be read in any case only the beginning is kept.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

import msgspec

from stream.pipeline.documents.document import EARLIEST, EPOCH, LATEST, Document, milliseconds, read_raw
from stream.pipeline.documents.json_record import encode_record
from stream.pipeline.documents.limits import MAX_RECORD_BYTES

MAX_REASON = 1000  # characters; an error names a field and repeats a hundred characters of it, so that most are shorter
# Of a record that is too large. A whole one and its reason are below 710 kB in a letter; producers and brokers refuse a
# record from about 1 MB on.
KEPT_BYTES = 64 * 1024


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What could not be read: the reason, the bytes (base64), and where they stood.

    ``length`` is there when ``value`` is only the beginning: how many bytes the record had. ``null`` says that it had
    no value at all, as a tombstone. ``timestamp`` is the record's time, in milliseconds since 1970; letters of before
    have none.
    """

    reason: str
    value: str
    topic: str
    partition: int
    offset: int
    length: int | None = None
    null: bool = False
    timestamp: int | None = None

    @property
    def content(self) -> bytes:
        """The record's bytes, as far as they were kept. Raises ValueError: ``value`` is no base64."""
        return base64.b64decode(self.value, validate=True)


def dead_letter(
    reason: object,
    value: bytes | None,
    place: tuple[str, int, int],
    keep: int | None = None,
    timestamp: int | None = None,
) -> DeadLetter:
    """Return the letter of a record that could not be read.

    Args:
        reason: what is wrong; cut to 1,000 characters, with what cannot be encoded replaced.
        value: the record's bytes; None for a tombstone.
        place: the topic, partition and offset of the record.
        keep: at most so many bytes; without it all, or 64 KiB of a record that is too large to be read.
        timestamp: the record's time, in milliseconds since 1970; None: it has none.

    >>> letter = dead_letter("record: too large", b"x" * 2_000_000, ("bellwether.news", 0, 7))
    >>> len(letter.content), letter.length
    (65536, 2000000)
    """
    whole = value or b""
    if keep is None:
        keep = len(whole) if len(whole) <= MAX_RECORD_BYTES else KEPT_BYTES
    length = len(whole) if len(whole) > keep else None
    text = str(reason).encode(errors="backslashreplace").decode()
    if len(text) > MAX_REASON:
        text = f"{text[:MAX_REASON]} ... ({len(text)} characters in all)"
    encoded = base64.b64encode(whole[:keep]).decode()
    return DeadLetter(text, encoded, *place, length=length, null=value is None, timestamp=timestamp)


def raw_again(letter: DeadLetter, now: datetime, ahead_for: timedelta) -> tuple[Document, bytes]:
    """Return the raw document of a letter, and the record to publish.

    One that names no time keeps that of its record, or it would count as news of today. One without an id gets that of
    the letter, so that it counts once however often it is published. Its time may lie ``ahead_for`` after ``now``.

    Raises:
        DocumentError: it still cannot be read.
        ValueError: ``value`` is no base64.
    """
    content = letter.content
    read = read_raw(content, now, ahead_for)
    document = read.document
    if read.is_dated:
        return document, content
    said = (letter.topic, letter.partition, letter.offset, document.source, document.content)
    identity = read.record.id or hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]
    document = msgspec.structs.replace(document, id=identity, published_at=_time_of(letter, document.published_at))
    return document, encode_record(read.record, id=identity, published_at=milliseconds(document.published_at))


def _time_of(letter: DeadLetter, now: datetime) -> datetime:
    """Return the time of a letter's record, or ``now``: it has none, or one of a wrong clock."""
    if letter.timestamp is None or not milliseconds(EARLIEST) <= letter.timestamp < milliseconds(LATEST):
        return now
    return min(EPOCH + timedelta(milliseconds=letter.timestamp), now)
