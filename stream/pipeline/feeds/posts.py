"""Posts of social networks as raw documents: what Bluesky's Jetstream and Mastodon's streams send. Pure.

Jetstream comes in two versions. Of the first, each message is an event; of the second (``subscribeEvents``), an event
stands in an envelope, its fields are flat, and it has a number. Both send an event again now and then, and a deletion
may come without the post that it deletes.

A post's account is its ``source``, behind the name of the source in the file: so each account is a voice of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.document import EARLIEST, EPOCH
from stream.pipeline.documents.limits import MAX_FIELD_BYTES
from stream.pipeline.documents.readable import readable
from stream.pipeline.documents.times import read_time
from stream.pipeline.feeds.ports import WITHDRAWAL, FeedDocument
from stream.pipeline.feeds.sources import Source

COLLECTION = "app.bsky.feed.post"
# The time in a post's key, and the one that its client wrote, hold where they lie so near to that of the event.
OLDEST, AHEAD = timedelta(days=1), timedelta(minutes=5)
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"  # of the keys of records, each five bits
_KEY_SIGNS = 13
MAX_CHARACTERS = 20_000  # of a post; Mastodon's servers choose their own limit


class Event(NamedTuple):
    """What a message says: a document, or a deletion; and where the stream stands behind it.

    ``moment`` is the event's time in microseconds since 1970, 0 where it has none; ``number`` that of version 2.
    """

    document: FeedDocument | None = None
    moment: int = 0
    number: int | None = None


class _Commit(msgspec.Struct):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: Any = None


class _Message(msgspec.Struct):
    """A message of version 1; of version 2 an envelope."""

    did: str = ""
    time_us: int = 0
    commit: _Commit | None = None
    payload: Any = None
    type: str = msgspec.field(name="$type", default="")
    error: str = ""


class _Payload(_Commit):
    did: str = ""
    seq: int | None = None
    time: str = ""


class _Record(msgspec.Struct):
    text: str = ""
    createdAt: str = ""  # noqa: N815 - as it is sent
    langs: list[str] | None = None


class _Account(msgspec.Struct):
    acct: str = ""


class _Status(msgspec.Struct):
    id: str
    content: str = ""
    created_at: str = ""
    language: str | None = None
    url: str | None = None
    visibility: str = "public"
    spoiler_text: str = ""
    account: _Account = msgspec.field(default_factory=_Account)
    reblog: Any = None


def jetstream_event(text: str, source: Source) -> Event | None:
    """Read a message of Jetstream, of either version; None: it is none that can be read.

    Other collections, and what is no commit, give an event without a document: the stream has moved on.
    """
    try:
        message = msgspec.json.decode(text, type=_Message)
        if message.payload is not None:
            payload = msgspec.convert(message.payload, _Payload)
            moment = _microseconds(payload.time)
            return Event(_post(payload, payload.did, moment, source), moment, payload.seq)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        return None
    commit = message.commit
    document = None if commit is None else _post(commit, message.did, message.time_us, source)
    return Event(document, message.time_us)


def mastodon_event(kind: str, data: str, source: Source) -> Event | None:
    """Read an event of Mastodon's streams; None: it tells of no public post of an account's own."""
    host = urlsplit(source.url).netloc
    if kind == "delete" and data.strip().isdigit():
        return Event(_deletion(_id(source, f"mastodon:{host}/{data.strip()}"), source.source, None))
    if kind not in ("update", "status.update"):
        return None
    try:
        status = msgspec.json.decode(data, type=_Status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if status.reblog is not None or status.visibility != "public":
        return None
    account = status.account.acct if "@" in status.account.acct else f"{status.account.acct}@{host}"
    text = "\n".join(filter(None, (status.spoiler_text, _lines(status.content))))
    return Event(
        _document(
            _id(source, f"mastodon:{host}/{status.id}"),
            source,
            {"account": account, "url": status.url, "lang": status.language},
            text,
            _moment(status.created_at),
        )
    )


def withdrawal(document: FeedDocument) -> bool:
    """Whether a document withdraws another."""
    return document.digest == WITHDRAWAL


def _post(commit: _Commit, did: str, moment: int, source: Source) -> FeedDocument | None:
    if commit.collection != COLLECTION or not did or not commit.rkey:
        return None
    identity = _id(source, f"at://{did}/{COLLECTION}/{commit.rkey}")
    at = EPOCH + timedelta(microseconds=moment)
    created = _near(_time_of_key(commit.rkey), at)
    if commit.operation == "delete":
        return _deletion(identity, source.source, created)
    if commit.operation not in ("create", "update") or not isinstance(commit.record, dict):
        return None
    record = msgspec.convert(commit.record, _Record)
    # The key's own time, where it can be right: a deletion has nothing else, and is looked for at that time.
    published = created or _near(_moment(record.createdAt), at) or at
    url = f"https://bsky.app/profile/{did}/post/{commit.rkey}"
    fields = {"account": did, "url": url, "lang": next(iter(record.langs or ()), None)}
    return _document(identity, source, fields, record.text, published)


def _document(
    identity: str, source: Source, fields: Mapping[str, str | None], text: str, published: datetime | None
) -> FeedDocument | None:
    text = text.replace("\0", " ").strip()[:MAX_CHARACTERS]
    if not text:
        return None  # pictures alone
    account, hidden = fields["account"] or "", "handle" in source.mask
    voice = hashlib.sha256(f"{source.name} {account}".encode()).hexdigest()[:16] if hidden else account
    lang = fields["lang"] or source.language
    made = {
        "id": identity,
        "source": f"{source.source}/{voice}"[:MAX_FIELD_BYTES],
        "text": text,
        "author": None if hidden else account[:MAX_FIELD_BYTES],
        "url": None if hidden else fields["url"],
        "lang": lang if lang and len(lang) <= 40 else None,
        "published_at": None if published is None else published.isoformat(),
    }
    content = msgspec.json.encode({name: value for name, value in made.items() if value})
    return FeedDocument(identity, content, hashlib.sha256(text.encode()).digest()[:16])


def _deletion(identity: str, source: str, published: datetime | None) -> FeedDocument:
    record = {"id": identity, "source": source, "withdrawn": True}
    if published is not None:
        record["published_at"] = published.isoformat()
    return FeedDocument(identity, msgspec.json.encode(record), WITHDRAWAL)


def _id(source: Source, name: str) -> str:
    """Return a post's id: its name in the network, or where accounts are hidden a hash of it."""
    return hashlib.sha256(name.encode()).hexdigest()[:32] if "handle" in source.mask else name[:256]


def _lines(html: str) -> str:
    return "\n".join(" ".join(line.split()) for line in readable(html).splitlines() if line.strip())


def _time_of_key(key: str) -> datetime | None:
    """Return the time that stands in a record's key (a TID: microseconds and ten bits of a clock's number)."""
    if len(key) != _KEY_SIGNS or any(sign not in _SIGNS for sign in key):
        return None
    value = 0
    for sign in key:
        value = value << 5 | _SIGNS.index(sign)
    return EPOCH + timedelta(microseconds=value >> 10)


def _near(moment: datetime | None, event: datetime) -> datetime | None:
    return moment if moment is not None and event - OLDEST <= moment <= event + AHEAD else None


def _moment(text: str) -> datetime | None:
    try:
        moment = read_time(text, UTC)[0] if text else None
    except DocumentError:
        return None
    return moment if moment is None or moment >= EARLIEST else None


def _microseconds(text: str) -> int:
    moment = _moment(text)
    return 0 if moment is None else (moment - EPOCH) // timedelta(microseconds=1)
