"""Readers of sources that are polled: feeds, and EDGAR's newest filings."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from stream.adapters.http.fetching import SEC_SPACING, Ask, Fetched, Fetcher
from stream.clocks import Clock, utc_now
from stream.errors import FeedError
from stream.pipeline.feeds.documents import Made, documents_of, newest_versions
from stream.pipeline.feeds.edgar import PAGE, filings, page_address
from stream.pipeline.feeds.pacing import max_age
from stream.pipeline.feeds.parse import Feed, parse_feed
from stream.pipeline.feeds.ports import FeedDocument, Gathered, Position
from stream.pipeline.feeds.sources import Source

MAX_ITEMS = 5000  # of a feed that are read, the first ones; half of what is remembered of a source
MAX_PAGES = 5  # of one form, behind the first, where all of a page is new
BLOCKED_FOR = 600.0  # seconds for which the SEC blocks who asked too often
BLOCKED = (403, 429)
IsKnown = Callable[[Sequence[str]], Awaitable[object]]
replace = msgspec.structs.replace


class _Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a feed's reader remembers: a digest of the last body, and the seconds of ``ttl`` that stood in it."""

    body: str = ""
    every: int = 0


class FeedReader:
    """The port :class:`stream.pipeline.feeds.ports.Reader` for RSS, Atom and JSON Feed.

    Validators are stored only of what was read to its end. Of a feed that ends too early the last item, which may be
    cut, is left out; it comes whole with the next look.

    Args:
        ahead_for: how far ahead of now an item may be dated.
    """

    def __init__(
        self,
        source: Source,
        fetcher: Fetcher,
        ahead_for: timedelta,
        token: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._source, self._fetcher, self._token = source, fetcher, token
        self._ahead_for, self._clock = ahead_for, clock

    async def read(self, position: Position) -> AsyncIterator[Gathered]:
        """Yield what the feed has now; see the port."""
        source, memory = self._source, _memory_of(position)
        ask = Ask(
            position.address,
            position.etag,
            position.last_modified,
            self._token,
            source.allow_http,
            source.allow_private,
        )
        fetched = await self._fetcher.fetch(ask)
        moved = replace(position, address=fetched.moved or position.address)
        wait = max(filter(None, (max_age(fetched.headers), timedelta(seconds=memory.every))), default=None)
        if fetched.unchanged:
            yield Gathered(documents=(), position=moved, unchanged=True, wait=wait)
            return
        body = hashlib.sha256(fetched.content).hexdigest()[:32]
        validated = replace(moved, etag=fetched.etag, last_modified=fetched.last_modified)
        if body == memory.body:
            yield Gathered(documents=(), position=validated, wait=wait)
            return
        yield await asyncio.to_thread(self._read, fetched, position, validated, body)

    def _read(self, fetched: Fetched, before: Position, after: Position, body: str) -> Gathered:
        feed = parse_feed(fetched.content, fetched.headers.get("content-type", ""))
        if feed.damage:
            feed = dataclasses.replace(feed, items=feed.items[:-1])
        every = feed.every or timedelta()
        memory = _Memory(body, round(every.total_seconds()))
        position = before if feed.damage else replace(after, cursor=msgspec.json.encode(memory).decode())
        documents, refused = made(feed, self._source, fetched.url, self._clock(), self._ahead_for)
        wait = max(filter(None, (max_age(fetched.headers), every)), default=None)
        return Gathered(
            documents=documents, position=position, kind=feed.kind, wait=wait, damage=feed.damage, refused=refused
        )


class EdgarReader:
    """The port for EDGAR: the newest filings of some forms, further pages where all of a page is new.

    Args:
        ahead_for: how far ahead of now a filing may be dated.
        is_known: says which of some ids were published.
    """

    def __init__(
        self,
        source: Source,
        fetcher: Fetcher,
        ahead_for: timedelta,
        is_known: IsKnown,
        clock: Clock = utc_now,
    ) -> None:
        self._source, self._fetcher, self._is_known = source, fetcher, is_known
        self._ahead_for, self._clock = ahead_for, clock

    async def read(self, position: Position) -> AsyncIterator[Gathered]:
        """Yield what is new; see the port."""
        begun, given = position.cursor is not None, set[str]()
        for form in self._source.forms or ("",):
            for page in range(MAX_PAGES + 1 if begun else 1):
                step, entries = await self._page(form, page * PAGE, position)
                # Without those of this look: while it reads, filings that come move others to the next page.
                known = await self._is_known([one.id for one in step.documents if one.id not in given])
                given |= {one.id for one in step.documents}
                yield step
                if known or entries < PAGE:
                    break

    async def _page(self, form: str, start: int, position: Position) -> tuple[Gathered, int]:
        """Return a page, and how many entries stand in it."""
        source = self._source
        address = page_address(position.address, form, start)
        ask = Ask(address, None, None, None, source.allow_http, source.allow_private, SEC_SPACING)
        try:
            fetched = await self._fetcher.fetch(ask)
        except FeedError as error:
            if error.status in BLOCKED and error.retry_after is None:
                error.retry_after = BLOCKED_FOR
            raise
        feed = await asyncio.to_thread(parse_feed, fetched.content, fetched.headers.get("content-type", ""))
        documents, refused = made(filings(feed), source, fetched.url, self._clock(), self._ahead_for)
        after = replace(position, cursor="begun")
        step = Gathered(documents=documents, position=after, kind="EDGAR", damage=feed.damage, refused=refused)
        return step, len(feed.items)


def made(
    feed: Feed, source: Source, address: str, now: datetime, ahead_for: timedelta
) -> tuple[list[FeedDocument], list[str]]:
    """Return the documents of a feed, and why items are none. The newest come first in a feed, so they go last."""
    every = list(documents_of(feed, source.source, address, now, ahead_for, source.language))
    read = newest_versions(one for one in every[:MAX_ITEMS] if one.content)
    documents = [_raw(one, source) for one in reversed(read)]
    return documents, [one.refusal for one in every if one.refusal]


def _raw(one: Made, source: Source) -> FeedDocument:
    content = one.content
    if source.language and not one.item.lang:
        content = msgspec.json.encode({**msgspec.json.decode(content), "lang": source.language})
    return FeedDocument(one.id, content, one.digest, one.others)


def _memory_of(position: Position) -> _Memory:
    try:
        return msgspec.json.decode(position.cursor or "{}", type=_Memory)
    except msgspec.DecodeError:  # of another type of source, which had this name
        return _Memory()
