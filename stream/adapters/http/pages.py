"""The page of an item, for sources with ``full_text``: fetched as its robots.txt allows, and its text without the rest.

What cannot be fetched or read leaves the item as the feed has it. trafilatura, an extra, tells the text from menus,
adverts and comments.
"""

from __future__ import annotations

import asyncio
import logging
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cachetools import TTLCache
from protego import Protego

from stream.adapters.http.fetching import Ask, Fetcher
from stream.errors import FeedError, SettingsError
from stream.pipeline.documents.limits import MAX_TEXT_BYTES
from stream.pipeline.feeds.documents import canonical
from stream.pipeline.feeds.sources import Source

AGENT = "bellwether"  # the name that robots.txt is asked for, as in the User-Agent
MAX_PAGE = 2 * 1024 * 1024  # bytes of HTML: articles have some hundred thousand at most, and reading takes time
ROBOTS_FOR, MAX_ROBOTS, HOSTS = 24 * 3600, 512 * 1024, 1000  # seconds that rules hold (RFC 9309), bytes, hosts
MISSING = (400, 401, 403, 404, 405, 410, 451)  # no rules, by RFC 9309: everything is allowed
LEAST = 200  # characters: less is a notice of cookies or the beginning before a wall
logger = logging.getLogger(__name__)


class Pages:
    """Adds the text of their pages to documents.

    Args:
        fetcher: fetches them, at the pace of their hosts and at guarded addresses.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._robots: TTLCache[str, Protego | None] = TTLCache(HOSTS, ROBOTS_FOR)

    async def complete(self, source: Source, content: bytes) -> bytes:
        """Return a raw document with the text of its page as its body, and the page's own address."""
        record = msgspec.json.decode(content)
        url = record.get("url")
        if not source.full_text or not url:
            return content
        try:
            if not await self._allowed(source, url):
                logger.info("feeds: %s: robots.txt of %s forbids the page", source.name, urlsplit(url).netloc)
                return content
            page = await self._fetcher.fetch(_ask(source, url))
            kind = page.headers.get("content-type", "")
            if len(page.content) > MAX_PAGE or "html" not in kind.lower():
                return content
            found = await asyncio.to_thread(text_of, page.content, page.url)
        except FeedError as error:
            logger.info("feeds: %s: a page is left out: %s", source.name, error)
            return content
        return _with_page(record, *found) if found else content

    async def _allowed(self, source: Source, url: str) -> bool:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._robots:
            self._robots[host] = await self._rules(source, host)
        rules = self._robots[host]
        return rules is None or rules.can_fetch(url, AGENT)

    async def _rules(self, source: Source, host: str) -> Protego | None:
        """Return a host's rules; None: it has none. Raises FeedError where it cannot say: then nothing is fetched."""
        try:
            fetched = await self._fetcher.fetch(_ask(source, f"{host}/robots.txt"))
        except FeedError as error:
            if error.status in MISSING:
                return None
            raise
        return Protego.parse(fetched.content[:MAX_ROBOTS].decode(errors="replace"))


def require_extra(source: Source) -> None:
    """Raise SettingsError where a source wants full text and the extra is not installed."""
    if source.full_text and find_spec("trafilatura") is None:
        what = "full_text needs the extra 'fulltext': pip install -e '.[fulltext]' in the project's folder"
        raise SettingsError(f"source '{source.name}': {what}; or take full_text out")


def text_of(html: bytes, url: str) -> tuple[str, str, str] | None:
    """Return a page's title, text and own address; None: it has no text that can be told from the rest."""
    import trafilatura

    page: Any = trafilatura.bare_extraction(
        html, url=url, with_metadata=True, include_comments=False, include_tables=False, favor_precision=True
    )
    text = "" if page is None else page.text or ""
    if page is None or len(text) < LEAST:
        return None
    return page.title or "", text, page.url or url


def _ask(source: Source, url: str) -> Ask:
    return Ask(url, allow_http=source.allow_http, allow_private=source.allow_private)


def _with_page(record: dict[str, str], title: str, text: str, url: str) -> bytes:
    """Return a document with a page's text; the feed's title and date stay, as its id does."""
    title = record.get("title") or " ".join(title.split())
    room = MAX_TEXT_BYTES - len(title.encode()) - 1
    body = text.replace("\0", " ").encode()[:room].decode(errors="ignore")
    own = canonical(url) if urlsplit(url).scheme in ("http", "https") and len(url) < 2000 else record["url"]
    rest = {name: value for name, value in record.items() if name != "text"}
    return msgspec.json.encode({**rest, **({"title": title} if title else {}), "body": body, "url": own})
