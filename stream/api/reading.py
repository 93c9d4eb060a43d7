"""The bodies of requests, read within bounds of size and of time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from stream.adapters.http.unpacking import BrokenError, TooLargeError, content_of
from stream.api.openapi import NDJSON
from stream.errors import UsageError
from stream.plain_problems import json_problem

MAX_BODY, BODY_TIME = 64 * 1024, 10.0  # bytes, and seconds for them to come
# Of documents: some thousands of headlines, or a hundred of the longest texts. With so many requests at a time as
# MAX_PUBLISHING says it is what their bodies may take of the worker's memory.
MAX_LINES_BODY, LINES_TIME, MAX_LINES = 4 * 1024 * 1024, 30.0, 10_000
JSON_LINES = (NDJSON, "application/jsonl", "application/x-jsonlines", "application/ndjson")


class RefusedError(Exception):
    """The request is refused before its operation is asked: no token, too many calls, a body that cannot be read."""

    def __init__(self, status: int, problem: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.status, self.headers = status, headers


async def read_body(request: web.Request, kind: type) -> Any:
    """Return the body as a ``kind``; an empty one is a ``kind`` of defaults, where there are only such.

    Raises:
        RefusedError: it is too large, does not come in time, or is of another type.
        UsageError: it is no ``kind``.
    """
    content = await _read(request, MAX_BODY, BODY_TIME)
    if not content and not any(item.required for item in msgspec.structs.fields(kind)):
        return kind()
    if request.content_type != "application/json":
        raise RefusedError(415, "the body must be application/json")
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(json_problem(error, kind, "the body", content)) from None


async def read_lines(request: web.Request) -> list[bytes]:
    """Return the lines of a body of JSON lines, or a body of JSON as one of them.

    Raises:
        RefusedError: it is too large, does not come in time, or is of another type.
    """
    kind = request.content_type
    if kind != "application/json" and kind not in JSON_LINES:
        raise RefusedError(415, f"the body must be application/json, or {NDJSON} for several documents")
    content = await _read(request, MAX_LINES_BODY, LINES_TIME)
    lines = [content] if kind == "application/json" else content.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES and lines[-1]:
        raise RefusedError(413, f"the body has over {MAX_LINES} lines; send them in several requests")
    return lines


async def _read(request: web.Request, most: int, seconds: float) -> bytes:
    encoding = request.headers.get("Content-Encoding", "")
    if (content := content_of(encoding, most)) is None:
        raise RefusedError(415, f"Content-Encoding: {encoding[:50]!a}: gzip or none is expected")
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.content.iter_any():
                content.add(piece)
        return content.whole()
    except TimeoutError:
        raise RefusedError(408, f"the body did not come in {seconds:.0f} s") from None
    except TooLargeError as error:
        raise RefusedError(413, f"the body has over {error.most} bytes") from None
    except BrokenError as error:
        raise RefusedError(400, f"the body: {error}") from None
    except (web.RequestPayloadError, ConnectionError):
        raise RefusedError(400, "the body is no HTTP that can be read") from None
