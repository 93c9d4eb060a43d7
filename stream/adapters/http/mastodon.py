"""Posts of a Mastodon server, over server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
from httpx_sse import aconnect_sse

from stream.adapters.http.streams import MAX_MESSAGE, Cursor, Message, StreamReader, refused
from stream.errors import FeedError
from stream.pipeline.feeds.posts import Event, mastodon_event


class MastodonReader(StreamReader):
    """A server's public posts, of hashtags, or of lists. What is posted while nobody listens does not come again."""

    kind = "Mastodon"

    def _addresses(self, cursor: Cursor) -> Sequence[str]:
        base = self._source.url.rstrip("/")
        return [f"{base}/api/v1/streaming/{_stream(name)}" for name in self._source.lists or ("public",)]

    async def _receive(self, client: httpx.AsyncClient, url: str, queue: asyncio.Queue[Any]) -> None:
        async with aconnect_sse(client, "GET", url) as stream:
            if stream.response.status_code != httpx.codes.OK:
                raise refused(stream.response)
            stream.response.stream = _Bounded(stream.response.stream)
            async for event in stream.aiter_sse():
                await queue.put((event.event, event.data))

    def _event(self, message: Message) -> Event | None:
        return mastodon_event(*message, self._source)


class _Bounded(httpx.AsyncByteStream):
    """A stream whose events are bounded: what reads it holds an event until its empty line has come."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        held = 0
        async for piece in self._stream:
            end = piece.rfind(b"\n\n")
            held = len(piece) - end if end >= 0 else held + len(piece)
            if held > MAX_MESSAGE:
                raise FeedError(f"an event has over {MAX_MESSAGE // 1024} KiB; that much is not read")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _stream(name: str) -> str:
    """Return the path of one of Mastodon's streams.

    >>> _stream("hashtag/finance"), _stream("public/local")
    ('hashtag?tag=finance', 'public/local')
    """
    kind, _, value = name.partition("/")
    if kind in ("hashtag", "list") and value:
        path, _, rest = value.partition("/")
        name = f"{kind}/local" if rest == "local" else kind
        return f"{name}?{httpx.QueryParams({'tag' if kind == 'hashtag' else 'list': path})}"
    return name
