"""The items of a feed as raw documents, with ids that stay the same however often the feed is fetched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec

from models.cleaning.markup import without_markup
from stream.errors import DocumentError
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.limits import MAX_FIELD_BYTES, MAX_TEXT_BYTES
from stream.pipeline.documents.readable import readable
from stream.pipeline.feeds.dates import read_date, zone_of
from stream.pipeline.feeds.parse import Feed, Item

# What is added to links to tell where a reader came from; the page is the same without.
TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid", "at_medium", "at_campaign", "xtor")
_TITLE_BYTES, _LANG_CHARACTERS = 4096, 40
_VERSIONS = 2  # titles that one item may have at once; where a guid has more, it is of no item

_BARE_HOST, _FOLLOWED = re.compile(r"www\.[\w.-]+\.\w+", re.IGNORECASE), re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Made:
    """A document that an item gives, as JSON, and when it was published; or the reason why it gives none.

    ``title`` is the beginning of its text as people read it. ``published_at`` is None where the feed gives no date that
    can be read: the broker's time then counts. ``digest`` is that of its texts: another one, another text.
    ``others`` are ids under which it may have been published before, when other items shared what it is named by.
    """

    item: Item
    id: str
    title: str
    content: bytes = b""
    published_at: datetime | None = None
    refusal: str | None = None
    digest: bytes = b""
    others: tuple[str, ...] = ()


def documents_of(
    feed: Feed, source: str, address: str, fetched_at: datetime, ahead_for: timedelta, language: str | None = None
) -> Iterator[Made]:
    """Yield what each item gives, in the feed's order.

    Args:
        feed: as it was read.
        source: stands in the documents, and in what their ids are made of.
        address: of the feed; links that are relative begin there.
        fetched_at: aware.
        ahead_for: how long after it an item may be dated.
        language: of the source, where the feed says none; dates that name no zone are read by it.
    """
    shared = _shared(feed)
    for item in feed.items:
        published_at = read_date(item.date, zone_of(item.lang or language))
        (identity, *others), texts = _identities(item, source, shared), _texts(item)
        title = texts["title"] or texts["body"][:200]
        fields = {
            "id": identity,
            "source": source,
            **texts,
            "author": _plain(item.author or "", MAX_FIELD_BYTES) or None,
            "url": _address(item.link, address) if item.link else None,
            "lang": item.lang if item.lang and len(item.lang) <= _LANG_CHARACTERS else None,
            "published_at": None if published_at is None else published_at.isoformat(),
        }
        content = msgspec.json.encode({name: value for name, value in fields.items() if value})
        try:
            parse_document(content, fetched_at, ahead_for)
        except DocumentError as error:
            yield Made(item, identity, title, published_at=published_at, refusal=str(error))
        else:
            digest = hashlib.sha256(msgspec.json.encode((texts["title"], texts["body"]))).digest()[:16]
            yield Made(item, identity, title, content, published_at, digest=digest, others=tuple(others))


def canonical(link: str) -> str:
    """Return a link without what only tells where a reader came from.

    >>> canonical("https://example.org/a?id=1&utm_source=rss#top")
    'https://example.org/a?id=1#top'
    """
    try:
        parts = urlsplit(link)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return link
    kept = [(name, value) for name, value in query if not name.lower().startswith(TRACKING)]
    return link if len(kept) == len(query) else urlunsplit(parts._replace(query=urlencode(kept)))


def _address(link: str, feed: str) -> str | None:
    """Return where an item stands, None: a link that no reader can follow, or a longer one than is kept."""
    link = link.strip()
    try:
        found = canonical(urljoin(feed, f"https://{link}" if _BARE_HOST.match(link) else link))
    except ValueError:
        return None
    return found if _FOLLOWED.match(found) and len(found.encode()) <= MAX_FIELD_BYTES else None


def _shared(feed: Feed) -> set[str]:
    """Return the ids and links that several items of a feed have which are not one item: they tell nothing apart."""
    having: dict[str, list[Item]] = {}
    for item in feed.items:
        for text in {text for text in (item.guid, item.link) if text}:
            having.setdefault(text, []).append(item)
    return {text for text, items in having.items() if not _is_one(text, items)}


def _is_one(text: str, items: Sequence[Item]) -> bool:
    """Whether all that have a guid or a link are one item: it stands there several times, or in an older version, too.

    Many a feed gives all its items one guid or one link: those differ in title and in date.
    """
    first, *others = items
    versions = {(_named(item), item.date) for item in items}
    return len(versions) <= _VERSIONS and all(_is_version(text, first, other) for other in others)


def _is_version(text: str, one: Item, other: Item) -> bool:
    """Whether two items with a guid or a link in common are one; a link says less, so that both must be the same."""
    if canonical(one.link or "") != canonical(other.link or ""):
        return False
    same = _named(one) == _named(other), one.date == other.date
    if all(same):
        return True
    # Of a day alone much comes on the same date.
    told = any(same) and all(":" in (item.date or "") for item in (one, other))
    return told and text == one.guid == other.guid


def _named(item: Item) -> str:
    return item.title or item.body


def _identities(item: Item, source: str, shared: set[str]) -> tuple[str, ...]:
    """Return the id of an item, and those that it has where another of its marks is shared, or is no more."""
    texts = [text for text in (item.guid, item.link) if text]
    named = [("item", canonical(text)) for text in sorted(texts, key=shared.__contains__)]
    by_text = ("text", _named(item), item.date or "")
    own = sum(text not in shared for text in texts)
    identities = [*named[:own], by_text, *named[own:]]
    ids = (hashlib.sha256(msgspec.json.encode((source, *identity))).hexdigest()[:32] for identity in identities)
    return tuple(dict.fromkeys(ids))


def newest_versions(made: Iterable[Made]) -> list[Made]:
    """Return one of each id, in the same order: the newest by its date, else the one that the feed has first."""
    kept: dict[str, Made] = {}
    for one in made:
        other = kept.setdefault(one.id, one)
        if one.published_at is not None and (other.published_at is None or one.published_at > other.published_at):
            kept[one.id] = one
    return list(kept.values())


def _texts(item: Item) -> dict[str, str]:
    title = _plain(item.title, _TITLE_BYTES)
    body = _plain(item.body, MAX_TEXT_BYTES - len(title.encode()) - 1)
    return {"title": title, "body": "" if body == title else body}


def _plain(text: str, most: int) -> str:
    """Return text without markup, on one line, cut at a word to at most so many bytes."""
    if not without_markup(text).strip():  # pictures alone
        return ""
    plain = " ".join(readable(text).replace("\0", " ").split())
    if len(plain.encode()) <= most:
        return plain
    cut = plain.encode()[:most].decode(errors="ignore")
    return cut.rsplit(" ", 1)[0]
