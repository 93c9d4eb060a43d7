"""The HTTP server of the API. Who asks is the token's name, and stands as the actor in what they do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import msgspec
from aiohttp import web
from mode import Service

from stream.adapters.http.server import BoundedRunner
from stream.api.handlers import HANDLERS, Handler
from stream.api.limits import Limiter, Slots
from stream.api.openapi import OPERATIONS, Operation, document
from stream.api.reading import RefusedError, read_body, read_lines
from stream.api.tokens import Role, Token, TokenFile
from stream.errors import BellwetherError, BrokerError, DeliveryError, NotFoundError, StoreError, UsageError
from stream.operations import Operations

# Calls a second per token, and at once; and of those who have no valid one, per address.
# Those with a token may work as fast as a script does; the others may mistype, not search.
RATE, BURST = 20.0, 60.0
WRONG_RATE, WRONG_BURST = 0.5, 10.0
# Documents a second per token, and at once: more than a worker on a CPU classifies, see docs/performance.md.
DOCUMENT_RATE, DOCUMENT_BURST = 1000.0, 20_000.0
MAX_PUBLISHING = 8  # requests that bring documents, at once; one more is asked to come again
MAX_LOGGED = 200  # characters of a path, as it was sent: decoded, it could hold a line of its own
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RateLimits:
    """The rate limits of callers who have a token, and of those who have none; of the former, also for documents."""

    known: Limiter
    unknown: Limiter
    documents: Limiter = field(default_factory=lambda: Limiter(DOCUMENT_RATE, DOCUMENT_BURST))
    publishing: Slots = field(default_factory=lambda: Slots(MAX_PUBLISHING))


class Api(Service):
    """The API's port: listens while the worker runs."""

    def __init__(self, address: tuple[str, int], operations: Operations, tokens: TokenFile) -> None:
        super().__init__()
        self._address = address
        self._runner = BoundedRunner(create_app(operations, tokens))

    async def on_start(self) -> None:
        """Listen."""
        await self._runner.listen(*self._address, "BELLWETHER_API")

    async def on_stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()


def create_app(operations: Operations, tokens: TokenFile, limits: RateLimits | None = None) -> web.Application:
    """Return the application: a route for each operation, and the OpenAPI document."""
    limits = limits or RateLimits(Limiter(RATE, BURST), Limiter(WRONG_RATE, WRONG_BURST))
    app = web.Application(middlewares=[_answer_errors])
    content = msgspec.json.encode(document())

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=content, content_type="application/json", headers=HEADERS)

    app.router.add_get("/v1/openapi.json", openapi)
    for operation in OPERATIONS:
        run = _handle_with_guard(operation, HANDLERS[operation.name], _Guard(operations, tokens, limits))
        app.router.add_route(operation.method, operation.path, run)
    return app


@dataclass(frozen=True)
class _Guard:
    operations: Operations
    tokens: TokenFile
    limits: RateLimits

    def admit(self, request: web.Request, role: Role) -> Token:
        """Return the holder of the request's token.

        Raises:
            RefusedError: too often, without a token of ours, or without the right.
        """
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        holder = self.tokens.holder(text.strip()) if kind.lower() == "bearer" else None
        if holder is None:
            _check_limit(self.limits.unknown.take(request.remote or ""))
            needed = "this token is not known" if kind.lower() == "bearer" else "a token is needed"
            raise RefusedError(401, f"{needed}: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})
        _check_limit(self.limits.known.take(holder.name))
        if not holder.role.allows(role):
            raise RefusedError(403, f"the token of '{holder.name}' has the role {holder.role}, this needs {role}")
        return holder


def _handle_with_guard(
    operation: Operation, handler: Handler, guard: _Guard
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def run(request: web.Request) -> web.StreamResponse:
        holder = guard.admit(request, operation.role)
        with guard.limits.publishing.one() if operation.lines else nullcontext(True) as free:
            if not free:
                raise RefusedError(503, "too many send documents at once; come again", {"Retry-After": "1"})
            body = await _read(request, operation, guard.limits, holder)
            for name in request.query:
                if name not in operation.query:
                    raise UsageError(f"query '{name}': there is no such parameter")
                if len(request.query.getall(name)) > 1:
                    raise UsageError(f"query '{name}': it stands more than once; give it once")
            answer = await handler(guard.operations, request, body, holder.name)
        failed = operation.unprocessable is not None and operation.unprocessable(answer)
        return web.Response(
            body=msgspec.json.encode(answer),
            status=422 if failed else operation.status,
            content_type="application/json",
            headers=HEADERS,
        )

    return run


async def _read(request: web.Request, operation: Operation, limits: RateLimits, holder: Token) -> Any:
    if operation.lines:
        lines = await read_lines(request)
        _check_limit(limits.documents.take(holder.name, len(lines)))
        return lines
    return await read_body(request, operation.body) if operation.body else None


def _check_limit(seconds: float) -> None:
    if seconds:
        raise RefusedError(429, "too many requests", {"Retry-After": str(ceil(seconds))})


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
    except RefusedError as error:
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
}
_STATUS_OF_ERROR: dict[type[BellwetherError], int] = {
    NotFoundError: 404,
    DeliveryError: 502,
    StoreError: 503,
    BrokerError: 503,
}
