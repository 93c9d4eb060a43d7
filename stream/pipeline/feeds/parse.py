"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed: bytes in, items out.

feedparser reads XML, also where it is broken. What is broken in most feeds is mended before. Its cleaning of HTML and
its resolving of links are off: they take most of its time, and what people read is made by
:func:`stream.pipeline.documents.readable.readable`.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.sax import SAXException, SAXParseException

import feedparser
import msgspec
from feedparser.mixin import _FeedParserMixin

from stream.errors import FeedError
from stream.pipeline.feeds.dates import read_date, zone_of
from stream.pipeline.feeds.encodings import text_of
from stream.pipeline.feeds.xml_text import CAPTION, mended, with_captions_apart
from stream.plain_problems import json_problem

_KINDS = {"rss": "RSS", "atom": "Atom", "cdf": "CDF"}
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 730, "yearly": 8760}  # hours
_ADDRESS = re.compile("https?://|/", re.IGNORECASE)
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
    parsed = _parsed(with_captions_apart(mended(text_of(content, content_type)) or ""))
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


def _bound_authors(most: int = 200) -> None:
    """Keep feedparser from looking for an address in a long author: from each letter anew, it takes the square."""
    find = _FeedParserMixin._sync_author_detail

    def found(self: Any, key: str = "author") -> None:
        if len(self._get_context().get(key) or "") <= most:
            find(self, key)

    _FeedParserMixin._sync_author_detail = found


_bound_authors()


def _parsed(text: str) -> Any:
    # As a stream: feedparser takes bytes for the name of a file first.
    content = io.BytesIO(text.encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(content, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


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


def _item(entry: dict[str, Any], lang: str | None) -> Item:
    guid, link = entry.get("id") or None, entry.get("link") or None
    contents = [part.get("value") or "" for part in entry.get("content", [])]
    return Item(
        guid=guid,
        # Without a link, feedparser takes any guid for one.
        link=None if link == guid and entry.get("guidislink") and not _ADDRESS.match(link or "") else link,
        title=_text(entry, "title"),
        body=max([*contents, _text(entry, "summary")], key=len) or _text(entry, CAPTION),
        date=_date(entry, entry.get("language") or lang),
        author=entry.get("author") or None,
        lang=entry.get("language") or lang or None,
    )


def _date(entry: dict[str, Any], lang: str | None) -> str | None:
    """Return the first date that can be read, else the first."""
    # Asked for one that is not there, feedparser gives another.
    dates = [str(entry[name]) for name in ("published", "updated", "created") if dict.get(entry, name)]
    return next((date for date in dates if read_date(date, zone_of(lang)) is not None), dates[0] if dates else None)


def _text(of: Mapping[str, Any], name: str) -> str:
    return str(of.get(name) or "")


class _JsonFeed(msgspec.Struct):
    version: str
    title: Any = ""
    language: Any = None
    items: list[Any] = []


def _json_feed(content: bytes) -> Feed:
    try:
        feed = _decoded(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"it is JSON, but no JSON Feed: {json_problem(error, _JsonFeed, 'the feed')}") from None
    if "jsonfeed.org/version/" not in feed.version:
        raise FeedError("it is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    if feed.items and not any(isinstance(item, dict) for item in feed.items):
        raise FeedError("it is JSON, but no JSON Feed: its items are no items")
    number = feed.version.rstrip("/").rsplit("/", 1)[-1]
    # An item that is none stays, as an empty one: it is refused and told, and the others go on.
    items = tuple(_of_json(item if isinstance(item, dict) else {}, _said(feed.language)) for item in feed.items)
    return Feed(f"JSON Feed {number}", _said(feed.title) or "", items)


def _decoded(content: bytes) -> _JsonFeed:
    """Read JSON, also with halves of signs and with line ends in texts, which many programs write."""
    try:
        return msgspec.json.decode(content, type=_JsonFeed)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            lenient = json.loads(content, strict=False)
        except (ValueError, RecursionError):
            lenient = None
        if lenient is None:
            raise
        return msgspec.convert(lenient, _JsonFeed)


def _of_json(item: Mapping[str, Any], lang: str | None) -> Item:
    texts = {name: said for name, value in item.items() if (said := _said(value))}
    return Item(
        guid=texts.get("id"),
        link=texts.get("url") or texts.get("external_url"),
        title=texts.get("title", ""),
        body=texts.get("content_html") or texts.get("content_text") or texts.get("summary", ""),
        date=texts.get("date_published") or texts.get("date_modified"),
        author=_authors(item.get("authors")) or _authors(item.get("author")),
        lang=texts.get("language") or lang,
    )


def _authors(value: object) -> str | None:
    """Return the names of one or several authors; None: there is none that can be read."""
    several = value if isinstance(value, list) else [value] if isinstance(value, (str, dict)) else []
    names = [_said(one.get("name") if isinstance(one, dict) else one) for one in several]
    return ", ".join(filter(None, names)) or None


def _said(value: object) -> str | None:
    """Return a text or number as a text without halves of signs, None of all else: one odd value spoils no feed."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).encode(errors="ignore").decode()
