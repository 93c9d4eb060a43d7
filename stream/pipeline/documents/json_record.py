"""The wire format of a raw document: JSON, in which ``NaN`` may stand for what is missing."""

from __future__ import annotations

import codecs
import json

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.limits import check_text
from stream.plain_problems import broken_json, json_problem


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
LENIENT = json.JSONDecoder(parse_constant=lambda _: None)  # of what pandas and Python write, with None for NaN


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


def encode_record(record: RawDocument, **changes: object) -> bytes:
    """Return a record as JSON, with some fields changed, and without those that say nothing."""
    fields = msgspec.structs.asdict(record) | changes
    return msgspec.json.encode({name: value for name, value in fields.items() if value not in (None, False)})


def _decode_with_missing(raw: bytes, refusal: Exception) -> RawDocument:
    """Decode what msgspec refused: pandas and Python write a missing value as ``NaN``, which JSON does not know."""
    try:
        return msgspec.convert(LENIENT.decode(raw.decode()), RawDocument)
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
