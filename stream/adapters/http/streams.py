"""What readers of streams have in common; :mod:`stream.adapters.http.jetstream` and ``mastodon`` are the networks' own.

A task reads the connection into a short queue, and waits where that is full; so the server waits, too, and nothing
grows here while the broker is slow. A connection that ends is made again after a moment; the cursor says from where.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from random import random
from time import monotonic
from typing import Any

import httpx
import msgspec
from httpx_sse import SSEError
from httpx_ws import HTTPXWSException, WebSocketUpgradeError

from stream.adapters.http.failures import answered, unanswered
from stream.adapters.http.guarded import GuardedTransport, RefusedError
from stream.errors import FeedError
from stream.pipeline.feeds.ports import FeedDocument, Gathered, Position
from stream.pipeline.feeds.posts import Event, withdrawal
from stream.pipeline.feeds.selection import holds_keyword
from stream.pipeline.feeds.sources import Source

MAX_MESSAGE, QUEUE = 256 * 1024, 500  # bytes of a message, larger than any post with its pictures' words; messages
AT_ONCE, WITHIN = 200, 1.0  # posts of a step, and the seconds after which it is made of those that there are
MOVED_EVERY = 10.0  # seconds after which the cursor is stored though nothing was found
CONNECT, SILENT = 10.0, 90.0  # seconds; Mastodon sends a sign of life every fifteen, and a socket is asked for one
TRIES, LONGEST = 5, 30.0  # connections in a row that bring nothing; seconds between two of them
NO_MORE = (400, 401, 403, 404, 410, 429)  # statuses that the next try does not mend
Message = tuple[str, str]  # its kind, and what it says
Make = Callable[..., GuardedTransport]
replace = msgspec.structs.replace


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a stream stands: the last event's time (microseconds since 1970), its number, and whose number that is."""

    moment: int = 0
    number: int | None = None
    host: str = ""


class StreamReader:
    """The port :class:`stream.pipeline.feeds.ports.Reader` for what never ends; :meth:`_receive` is each network's own.

    Args:
        source: which one.
        token: what the server asks for.
        make: makes a transport; for tests.
    """

    kind = ""

    def __init__(self, source: Source, token: str | None = None, make: Make = GuardedTransport) -> None:
        self._source, self._token, self._make = source, token, make
        self.pause: Callable[[int], float] = lambda failures: min(2.0**failures, LONGEST) * (0.5 + random() / 2)  # noqa: S311

    async def read(self, position: Position) -> AsyncIterator[Gathered]:
        """Yield steps without end; see the port."""
        failures = 0
        while True:
            try:
                async for step in self._session(position):
                    failures, position = 0, step.position
                    yield step
                raise FeedError("the connection was closed")
            except FeedError as error:
                failures += 1
                if error.status in NO_MORE or failures > TRIES:
                    raise
            await asyncio.sleep(self.pause(failures))

    async def _session(self, position: Position) -> AsyncIterator[Gathered]:
        """Yield the steps of one connection, or of one for each list."""
        queue: asyncio.Queue[Message | FeedError] = asyncio.Queue(QUEUE)
        tasks = [asyncio.create_task(self._pump(url, queue)) for url in self._addresses(_cursor(position))]
        try:
            while True:
                messages, failure = await _batch(queue)
                step = self._step(messages, position)
                if step is not None:
                    position = step.position
                    yield step
                if failure is not None:
                    raise failure
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, url: str, queue: asyncio.Queue[Message | FeedError]) -> None:
        """Read one connection into the queue, and say there why it ended."""
        source, host = self._source, httpx.URL(url).host
        transport = self._make(allow_http=source.allow_http, allow_private=source.allow_private)
        timeout = httpx.Timeout(SILENT, connect=CONNECT)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        failure = FeedError(f"{host} closed the connection", host=host)
        try:
            async with httpx.AsyncClient(
                transport=transport, timeout=timeout, headers=headers, trust_env=False
            ) as client:
                await self._receive(client, url, queue)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            failure = _failure(error, host)
        await queue.put(failure)

    async def _receive(self, client: httpx.AsyncClient, url: str, queue: asyncio.Queue[Any]) -> None:
        raise NotImplementedError

    def _addresses(self, cursor: Cursor) -> Sequence[str]:
        raise NotImplementedError

    def _event(self, message: Message) -> Event | None:
        raise NotImplementedError

    def _step(self, messages: Sequence[Message], position: Position) -> Gathered | None:
        """Return what messages gave; None: nothing that has to be stored now."""
        documents: dict[str, FeedDocument] = {}
        cursor = before = _cursor(position)
        for message in messages:
            event = self._event(message)
            if event is None:
                continue
            cursor = _further(cursor, event, httpx.URL(self._source.url).netloc.decode())
            document = event.document
            if document is not None and (
                withdrawal(document) or holds_keyword(document.content, self._source.keywords)
            ):
                documents[document.id] = document  # the last word on it counts
        has_moved = cursor.moment - before.moment > MOVED_EVERY * 1_000_000
        if not documents and not has_moved:
            return None
        after = replace(position, cursor=msgspec.json.encode(cursor).decode())
        return Gathered(documents=list(documents.values()), position=after, kind=self.kind)


async def _batch(queue: asyncio.Queue[Message | FeedError]) -> tuple[list[Message], FeedError | None]:
    """Return what has come within a moment, and the error with which a connection ended."""
    messages: list[Message] = []
    until = monotonic() + WITHIN
    while len(messages) < AT_ONCE and (rest := until - monotonic()) > 0:
        with suppress(TimeoutError):
            item = await asyncio.wait_for(queue.get(), rest)
            if isinstance(item, FeedError):
                return messages, item
            messages.append(item)
    return messages, None


def _cursor(position: Position) -> Cursor:
    try:
        return msgspec.json.decode(position.cursor or "{}", type=Cursor)
    except msgspec.DecodeError:  # of another type of source, which had this name
        return Cursor()


def _further(cursor: Cursor, event: Event, host: str) -> Cursor:
    """Return the cursor behind an event; events may come out of order, and again."""
    number = cursor.number if cursor.host == host else None
    if event.number is not None:
        number = event.number if number is None else max(number, event.number)
    return Cursor(max(cursor.moment, event.moment), number, host)


def _failure(error: BaseException, host: str) -> FeedError:
    if isinstance(error, BaseExceptionGroup):  # anyio's tasks: the first says it
        return _failure(error.exceptions[0], host)
    if isinstance(error, FeedError):
        return error
    if isinstance(error, WebSocketUpgradeError):
        return refused(error.response)
    if isinstance(error, RefusedError):
        return FeedError(f"{host}: {error}", host=host, status=403)
    if isinstance(error, (httpx.HTTPError, HTTPXWSException, SSEError, httpx.InvalidURL, OSError)):
        return FeedError(f"{host} ended the connection: {unanswered(error)}"[:300], host=host)
    return FeedError(f"{host}: in a way that was not foreseen: {type(error).__name__}", host=host)


def refused(answer: httpx.Response) -> FeedError:
    """Return the error of an answer that opens no stream."""
    host, status = answer.request.url.host, answer.status_code
    later = answer.headers.get("retry-after", "")
    again = float(later) if later.isdigit() else None
    return FeedError(f"{host} {answered(status)}", host=host, status=status, retry_after=again)
