"""The HTTP server of the API. Who asks is the token's name, and stands as the actor in what they do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import msgspec
from aiohttp import web
from mode import Service

from stream.adapters.http.server import BoundedRunner
from stream.api.handlers import HANDLERS, Handler
from stream.api.limits import Limiter
from stream.api.openapi import OPERATIONS, Operation, document
from stream.api.tokens import Role, Token, TokenFile
from stream.errors import BellwetherError, DeliveryError, NotFoundError, StoreError, UsageError
from stream.operations import Operations

MAX_BODY = 64 * 1024
BODY_TIME = 10.0  # seconds for a body to come
# Calls a second per token, and at once; and of those who have no valid one, per address.
# Those with a token may work as fast as a script does; the others may mistype, not search.
RATE, BURST = 20.0, 60.0
WRONG_RATE, WRONG_BURST = 0.5, 10.0
MAX_LOGGED = 200  # characters of a path, as it was sent: decoded, it could hold a line of its own
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RateLimits:
    """The rate limits of callers who have a token, and of those who have none."""

    known: Limiter
    unknown: Limiter


class Api(Service):
    """The API's port: listens while the worker runs."""

    def __init__(self, address: tuple[str, int], operations: Operations, tokens: TokenFile) -> None:
        super().__init__()
        self._address = address
        self._runner = BoundedRunner(create_app(operations, tokens))

    async def on_start(self) -> None:
        """Listen."""
        await self._runner.listen(*self._address)

    async def on_stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()


def create_app(operations: Operations, tokens: TokenFile, limits: RateLimits | None = None) -> web.Application:
    """Return the application: a route for each operation, and the OpenAPI document."""
    limits = limits or RateLimits(Limiter(RATE, BURST), Limiter(WRONG_RATE, WRONG_BURST))
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_answer_errors])
    content = msgspec.json.encode(document())

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=content, content_type="application/json", headers=HEADERS)

    app.router.add_get("/v1/openapi.json", openapi)
    for operation in OPERATIONS:
        run = _handle_with_guard(operation, HANDLERS[operation.name], _Guard(operations, tokens, limits))
        app.router.add_route(operation.method, operation.path, run)
    return app


class _RefusedError(Exception):
    """The request is refused before its operation is asked: no token, too many calls, a body that cannot be read."""

    def __init__(self, status: int, problem: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.status, self.headers = status, headers


@dataclass(frozen=True)
class _Guard:
    operations: Operations
    tokens: TokenFile
    limits: RateLimits

    def admit(self, request: web.Request, role: Role) -> Token:
        """Return the holder of the request's token.

        Raises:
            _RefusedError: too often, without a token of ours, or without the right.
        """
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        holder = self.tokens.holder(text.strip()) if kind.lower() == "bearer" else None
        if holder is None:
            _check_limit(self.limits.unknown.take(request.remote or ""))
            raise _RefusedError(401, "a token is needed: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
        _check_limit(self.limits.known.take(holder.name))
        if role is Role.ACT and holder.role is not Role.ACT:
            raise _RefusedError(403, f"the token of '{holder.name}' may read, but not act")
        return holder


def _handle_with_guard(
    operation: Operation, handler: Handler, guard: _Guard
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def run(request: web.Request) -> web.StreamResponse:
        holder = guard.admit(request, operation.role)
        body = await _read_body(request, operation.body) if operation.body else None
        for name in request.query:
            if name not in operation.query:
                raise UsageError(f"query '{name}': there is no such parameter")
        answer = await handler(guard.operations, request, body, holder.name)
        return web.Response(
            body=msgspec.json.encode(answer), status=operation.status, content_type="application/json", headers=HEADERS
        )

    return run


async def _read_body(request: web.Request, kind: type) -> Any:
    try:
        async with asyncio.timeout(BODY_TIME):
            content = await request.read()
    except TimeoutError:
        raise _RefusedError(408, f"the body did not come in {BODY_TIME:.0f} s") from None
    except (web.RequestPayloadError, ConnectionError):
        raise _RefusedError(400, "the body is no HTTP that can be read") from None
    if not content and not any(item.required for item in msgspec.structs.fields(kind)):
        return kind()
    if request.content_type != "application/json":
        raise _RefusedError(415, "the body must be application/json")
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the body: {error}") from None


def _check_limit(seconds: float) -> None:
    if seconds:
        raise _RefusedError(429, "too many requests", {"Retry-After": str(ceil(seconds))})


def _error_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    content = msgspec.json.encode({"error": text})
    return web.Response(
        body=content, status=status, content_type="application/json", headers={**HEADERS, **(headers or {})}
    )


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what goes wrong into an answer in JSON; what nobody foresaw is logged and not told."""
    try:
        return await handler(request)
    except _RefusedError as error:
        return _error_response(error.status, str(error), error.headers)
    except web.HTTPException as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _error_response(error.status, _REASONS.get(error.status, error.reason), allow)
    except BellwetherError as error:
        return _error_response(_STATUS_OF_ERROR.get(type(error), 400), str(error))
    except Exception:
        logger.exception("api: %s %s", request.method, request.raw_path[:MAX_LOGGED])
        return _error_response(500, "something went wrong, and is in the log")


# In our words: those of the standard library differ from one Python to another.
_REASONS = {
    404: "there is no such path; /v1/openapi.json lists them all",
    405: "this path does not take this method",
    413: f"the body has over {MAX_BODY} bytes",
}
_STATUS_OF_ERROR: dict[type[BellwetherError], int] = {NotFoundError: 404, DeliveryError: 502, StoreError: 503}
