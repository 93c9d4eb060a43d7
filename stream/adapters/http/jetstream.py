"""Bluesky's posts: Jetstream, over a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from httpx_ws import AsyncWebSocketSession, aconnect_ws

from stream.adapters.http.streams import MAX_MESSAGE, Cursor, Message, StreamReader
from stream.pipeline.feeds.posts import COLLECTION, Event, jetstream_event

# Seconds before the last event, where another host goes on: each has its own order, and its own delay.
REWIND = 10
V2_PATH, V2_PROTOCOL = "subscribeEvents", "xrpc.v1.json"


class JetstreamReader(StreamReader):
    """Bluesky's posts. The version is told by the address: the second has ``subscribeEvents`` in it."""

    kind = "Jetstream"

    def _addresses(self, cursor: Cursor) -> Sequence[str]:
        url = httpx.URL(self._source.url)
        url = url.copy_with(scheme={"wss": "https", "ws": "http"}.get(url.scheme, url.scheme))
        second = V2_PATH in url.path
        collections, accounts = ("collections", "dids") if second else ("wantedCollections", "wantedDids")
        query: list[tuple[str, str | int | float | bool | None]] = [(collections, COLLECTION)]
        query += [(accounts, did) for did in self._source.lists]
        query += [("kinds", "commit")] if second else []
        if cursor.moment or cursor.number is not None:
            query.append(("cursor", str(_ask_from(cursor, url.netloc.decode(), second))))
        return [str(url.copy_merge_params(query))]

    async def _receive(self, client: httpx.AsyncClient, url: str, queue: asyncio.Queue[Any]) -> None:
        protocols = [V2_PROTOCOL] if V2_PATH in url else None
        socket: AsyncWebSocketSession
        async with aconnect_ws(
            url, client, max_message_size_bytes=MAX_MESSAGE, queue_size=16, subprotocols=protocols
        ) as socket:
            while True:
                await queue.put(("message", await socket.receive_text()))

    def _event(self, message: Message) -> Event | None:
        return jetstream_event(message[1], self._source)


def _ask_from(cursor: Cursor, host: str, second: bool) -> int:
    """Return the cursor to ask with. A number is its host's own; both versions take a time, told by its size."""
    if cursor.host == host and second and cursor.number is not None:
        return cursor.number
    same = cursor.host == host and not second
    return max(cursor.moment - (0 if same else REWIND * 1_000_000), 1)
