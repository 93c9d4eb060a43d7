"""A small webhook receiver, as a user would write one: it verifies the signature before it believes a word."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook that came: when, its id, whether its signature holds, and its JSON if so."""

    at: datetime
    message_id: str
    verified: bool
    content: dict[str, Any]

    @property
    def type(self) -> str:
        """What it tells, ``alert.firing`` for example; empty where the signature is not valid."""
        return str(self.content["type"]) if self.verified else ""


class WebhookListener:
    """Listens on loopback and keeps what it received, in order. ``port`` 0 takes a free one."""

    def __init__(self, secret: str, port: int = 0) -> None:
        self.received: list[Received] = []
        self._webhook, self._port = Webhook(secret), port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where webhooks go, once it is entered."""
        assert self._runner is not None  # noqa: S101 - a misuse, not bad input
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/alerts"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BYTES)
        app.router.add_post("/alerts", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        message_id = request.headers.get("webhook-id", "")
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.received.append(Received(datetime.now(UTC), message_id, False, {}))
            return web.Response(status=401)
        self.received.append(Received(datetime.now(UTC), message_id, True, json.loads(body)))
        return web.Response(status=204)
