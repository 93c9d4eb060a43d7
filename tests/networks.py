"""Servers of social networks on loopback, which play their protocols and their faults: Jetstream, both versions, and
Mastodon's streams. They remember who asked for what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import msgspec
from aiohttp import WSMsgType, web


class Server(Protocol):
    """What answers."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one client."""


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    """Answer every request so while this lasts; gives the server's host and port."""
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Jetstream:
    """Sends each client the next of its ``connections``: events, and then it closes; the last one stays open.

    A number among the events is a status: the connection is refused with it.
    """

    def __init__(self, *connections: list[dict[str, Any]] | int) -> None:
        self.connections, self.asked = list(connections), list[dict[str, list[str]]]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one client."""
        self.asked.append({name: request.query.getall(name) for name in request.query})
        events = self.connections.pop(0) if self.connections else []
        if isinstance(events, int):
            return web.Response(status=events, headers={"Retry-After": "120"})
        socket = web.WebSocketResponse(protocols=["xrpc.v1.json"])
        await socket.prepare(request)
        for event in events:
            await socket.send_str(event["raw"] if "raw" in event else msgspec.json.encode(event).decode())
        while not self.connections:
            message = await socket.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                break
        await socket.close()
        return socket


class Mastodon:
    """Sends each client the next of its ``connections``, text of events, and closes; the last one stays open."""

    def __init__(self, *connections: str | int) -> None:
        self.connections, self.asked = list(connections), list[tuple[str, str | None]]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one client."""
        self.asked.append((request.path_qs, request.headers.get("Authorization")))
        events = self.connections.pop(0) if self.connections else ""
        if isinstance(events, int):
            return web.Response(status=events)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for at in range(0, len(events), 7):  # in pieces that end anywhere
            await answer.write(events.encode()[at : at + 7])
        while not self.connections and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return answer


def post(number: int, text: str, operation: str = "create", did: str = "did:plc:jane", **record: Any) -> dict[str, Any]:
    """An event of version 1, so many microseconds after the first; the key is that of the number."""
    commit: dict[str, Any] = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": f"key{number}"}
    if operation != "delete":
        commit["record"] = {"$type": "app.bsky.feed.post", "text": text, "langs": ["en"], **record}
    return {"did": did, "time_us": BEGIN + number, "kind": "commit", "commit": commit}


def flat(number: int, text: str, operation: str = "create") -> dict[str, Any]:
    """An event of version 2."""
    event = post(number, text, operation)
    kind = "network.bsky.jetstream.subscribeEvents#commit"
    moment = "2026-11-28T10:00:00.000000Z"
    payload = {"$type": kind, "did": event["did"], "seq": number, "time": moment, **event["commit"]}
    return {"$type": "message", "payload": payload}


BEGIN = 1_795_860_000_000_000  # 2026-11-28T10:00:00Z
