"""Dead letters: records that could not be read, with the reason and where they stood. Pure.

A letter must always fit where records fit, or it would stop the stream that it is there to keep going. So the reason is
cut, and of a record that is too large to be read in any case only the beginning is kept.
"""

from __future__ import annotations

import base64

import msgspec

from stream.pipeline.documents.document import MAX_RECORD_BYTES

MAX_REASON = 1000  # characters; an error names a field and repeats a hundred characters of it, so that most are shorter
# Of a record that is too large. A whole one and its reason are below 710 kB in a letter; producers and brokers refuse a
# record from about 1 MB on.
KEPT_BYTES = 64 * 1024


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What could not be read: the reason, the bytes (base64), and where they stood.

    ``length`` is there when ``value`` is only the beginning: how many bytes the record had. ``null`` says that it had
    no value at all, as a tombstone.
    """

    reason: str
    value: str
    topic: str
    partition: int
    offset: int
    length: int | None = None
    null: bool = False

    @property
    def content(self) -> bytes:
        """The record's bytes, as far as they were kept. Raises ValueError: ``value`` is no base64."""
        return base64.b64decode(self.value, validate=True)


def dead_letter(
    reason: object, value: bytes | None, place: tuple[str, int, int], keep: int | None = None
) -> DeadLetter:
    """Return the letter of a record that could not be read.

    Args:
        reason: what is wrong; cut to 1,000 characters, with what cannot be encoded replaced.
        value: the record's bytes; None for a tombstone.
        place: the topic, partition and offset of the record.
        keep: at most so many bytes; without it all, or 64 KiB of a record that is too large to be read.

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
    return DeadLetter(text, encoded, *place, length=length, null=value is None)
