"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed: bytes in, items out.

feedparser reads XML, in any encoding and also where it is broken. It loads nothing that an entity names, and expat
refuses entities that grow without end. Its cleaning of HTML and its resolving of links are off: they take most of its
time, and what people read is made by :func:`stream.pipeline.documents.readable.readable`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.sax import SAXException, SAXParseException

import feedparser
import msgspec

from stream.errors import FeedError
from stream.plain_problems import json_problem

_KINDS = {"rss": "RSS", "atom": "Atom", "cdf": "CDF"}
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 730, "yearly": 8760}  # hours
HTML_BEGINS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the feed has it; ``title`` and ``body`` may be HTML, ``date`` is as it was written."""

    guid: str | None
    link: str | None
    title: str
    body: str
    date: str | None
    author: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What was read. ``kind`` is the format, as "RSS 2.0"; ``damage`` says what is wrong with it, None: nothing.

    ``every`` is how often the feed says that it changes, by ``ttl`` or ``sy:updatePeriod``; None: it does not say.
    """

    kind: str
    title: str
    items: tuple[Item, ...]
    damage: str | None = None
    every: timedelta | None = None


def parse_feed(content: bytes, content_type: str = "") -> Feed:
    """Read a feed.

    Args:
        content: as it was fetched.
        content_type: of the answer; it may name the encoding.

    Raises:
        FeedError: it is no feed; a page with an error, say, that came as if all were well.

    >>> parse_feed(b'<rss version="2.0"><channel><title>T</title><item><title>A</title></item></channel></rss>').kind
    'RSS 2.0'
    """
    begin = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begin:
        raise FeedError("it is empty")
    if begin.startswith(b"{"):
        return _json_feed(begin)
    if begin[:100].lower().startswith(HTML_BEGINS):
        raise FeedError("it is an HTML page, not a feed")
    headers = {"content-type": content_type} if content_type else {}
    # As a stream: feedparser takes bytes for the name of a file first.
    parsed = feedparser.parse(
        io.BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    version: str = parsed.get("version", "")
    if not version:
        raise FeedError("it is neither RSS, nor Atom, nor JSON Feed")
    feed, trouble = parsed.feed, parsed.get("bozo_exception")
    return Feed(
        _kind(version),
        _text(feed, "title"),
        tuple(_item(entry, feed.get("language")) for entry in parsed.entries),
        _damage(trouble) if isinstance(trouble, SAXException) else None,
        _every(feed),
    )


def _kind(version: str) -> str:
    name = version.rstrip("0123456789un")
    digits = version.removeprefix(name).rstrip("un")
    return f"{_KINDS.get(name, name)} {digits[:1]}.{digits[1:]}" if digits else _KINDS.get(name, name)


def _every(feed: Mapping[str, Any]) -> timedelta | None:
    ttl, period, times = (_text(feed, name).strip() for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
    minutes = int(ttl) if ttl.isdecimal() and len(ttl) < 7 else 0
    if period.lower() in _PERIODS:
        often = int(times) if times.isdecimal() and len(times) < 7 else 1
        minutes = max(minutes, 60 * _PERIODS[period.lower()] // max(often, 1))
    return timedelta(minutes=minutes) if minutes else None


def _damage(error: SAXException) -> str:
    ends = any(words in str(error) for words in ("no element found", "unclosed"))
    at = ""
    if isinstance(error, SAXParseException):
        at = f" (line {error.getLineNumber()}, character {error.getColumnNumber()})"
    return f"the XML {'ends too early' if ends else 'is broken'}{at}; the last item may be cut"


def _item(entry: Mapping[str, Any], lang: str | None) -> Item:
    contents = [part.get("value") or "" for part in entry.get("content", [])]
    return Item(
        guid=entry.get("id") or None,
        link=entry.get("link") or None,
        title=_text(entry, "title"),
        body=max([*contents, _text(entry, "summary")], key=len),
        date=entry.get("published") or entry.get("updated") or None,
        author=entry.get("author") or None,
        lang=entry.get("language") or lang or None,
    )


def _text(of: Mapping[str, Any], name: str) -> str:
    return str(of.get(name) or "")


class _JsonItem(msgspec.Struct):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    authors: list[dict[str, Any]] | None = None
    author: dict[str, Any] | None = None
    language: str | None = None


class _JsonFeed(msgspec.Struct):
    version: str
    title: str = ""
    language: str | None = None
    items: list[_JsonItem] = []


def _json_feed(content: bytes) -> Feed:
    try:
        feed = msgspec.json.decode(content, type=_JsonFeed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"it is JSON, but no JSON Feed: {json_problem(error, _JsonFeed, 'the feed')}") from None
    if "jsonfeed.org/version/" not in feed.version:
        raise FeedError("it is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    number = feed.version.rstrip("/").rsplit("/", 1)[-1]
    items = tuple(_of_json(item, feed.language) for item in feed.items)
    return Feed(f"JSON Feed {number}", feed.title, items)


def _of_json(item: _JsonItem, lang: str | None) -> Item:
    authors = item.authors or ([item.author] if item.author else [])
    names = [name for author in authors if isinstance(name := author.get("name"), str)]
    return Item(
        guid=None if item.id is None else str(item.id),
        link=item.url or item.external_url,
        title=item.title or "",
        body=item.content_html or item.content_text or item.summary or "",
        date=item.date_published or item.date_modified,
        author=", ".join(names) or None,
        lang=item.language or lang,
    )
