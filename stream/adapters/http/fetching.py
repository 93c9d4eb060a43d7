"""One GET of a page that somebody else keeps: at guarded addresses, each redirect judged like the first, in bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import NoReturn

import httpx

from stream.adapters.http.guarded import GuardedTransport, RefusedError
from stream.adapters.http.unpacking import BrokenError, TooLargeError, content_of
from stream.errors import FeedError

MAX_BYTES, WHOLE, CONNECT = 10 * 1024 * 1024, 30.0, 10.0  # bytes as unpacked; seconds for all of it, and to connect
MAX_REDIRECTS = 5
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. ``url`` is the one that gave it, after redirects; the header names are in lower case."""

    url: str
    content: bytes
    headers: Mapping[str, str]


async def fetch(url: str, transport: GuardedTransport) -> Fetched:
    """Get a page.

    Raises:
        FeedError: the address is refused, does not answer in time, answers too much or anything but 200. The message
            names the host alone: a query may hold a key.
    """
    agent = f"bellwether/{version('bellwether')} (feed reader)"
    headers = {"User-Agent": agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
    client = httpx.AsyncClient(transport=transport, headers=headers, timeout=httpx.Timeout(WHOLE, connect=CONNECT))
    try:
        async with client, asyncio.timeout(WHOLE):
            return await _follow(client, _url(url))
    except TimeoutError:
        raise FeedError(f"{_host(url)} did not answer in {WHOLE:.0f} s") from None


async def _follow(client: httpx.AsyncClient, url: httpx.URL) -> Fetched:
    for _ in range(MAX_REDIRECTS + 1):
        try:
            async with client.stream("GET", url) as answer:
                if answer.status_code not in REDIRECTS or "location" not in answer.headers:
                    return Fetched(str(url), await _content(answer), dict(answer.headers))
                url = url.join(_url(answer.headers["location"]))
        except TooLargeError as error:
            raise FeedError(f"{url.host} answers over {error.most // 1024**2} MiB; that much is not read") from None
        except BrokenError as error:
            raise FeedError(f"{url.host}: the answer cannot be unpacked: {error}") from None
        except RefusedError as error:
            raise FeedError(f"{url.host}: {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FeedError(f"{url.host} did not answer: {error or type(error).__name__}") from None
    raise FeedError(f"{url.host}: over {MAX_REDIRECTS} redirects, one after the other")


async def _content(answer: httpx.Response) -> bytes:
    if answer.status_code != HTTPStatus.OK:
        _refuse(answer)
    encoding = answer.headers.get("content-encoding", "")
    content = content_of(encoding, MAX_BYTES)
    if content is None:
        raise BrokenError(f"it is packed as {encoding[:50]!r}, which nobody asked for")
    async for piece in answer.aiter_raw():
        content.add(piece)
    return content.whole()


def _refuse(answer: httpx.Response) -> NoReturn:
    known = answer.status_code in list(HTTPStatus)
    phrase = f" ({HTTPStatus(answer.status_code).phrase})" if known else ""
    again = answer.headers.get("retry-after", "")[:50]
    later = f"; it says to come again after {again}" if again else ""
    raise FeedError(f"{answer.request.url.host} answered {answer.status_code}{phrase}{later}")


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        raise FeedError("the address is no URL that can be read") from None


def _host(url: str) -> str:
    return _url(url).host
