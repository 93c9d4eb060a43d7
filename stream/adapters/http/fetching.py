"""GETs of pages that somebody else keeps: at guarded addresses, each redirect judged like the first, in bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import NoReturn

import httpx

from stream.adapters.http.failures import answered, unanswered
from stream.adapters.http.guarded import GuardedTransport, RefusedError
from stream.adapters.http.unpacking import BrokenError, BrotliContent, TooLargeError, content_of
from stream.clocks import utc_now
from stream.errors import FeedError
from stream.pipeline.feeds.pacing import retry_after
from stream.pipeline.feeds.ports import Gate

MAX_BYTES, WHOLE, CONNECT = 10 * 1024 * 1024, 30.0, 10.0  # bytes as unpacked; seconds for all of it, and to connect
MAX_REDIRECTS = 5
MAX_VALIDATOR = 1000  # characters; a longer one is left out
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
REDIRECTS, FOR_GOOD = (301, 302, 303, 307, 308), (301, 308)
RESOLVER_THREADS = 8  # for all sources; a name server that is away holds some of them for its time-out
# Between two requests to one host, of all workers. The SEC allows ten a second, from all of one's machines.
SPACING, SEC_SPACING = timedelta(milliseconds=250), timedelta(milliseconds=125)
SEC = "sec.gov"


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask for. The validators are those of the last answer, to the byte; ``token`` goes with the first request
    alone, since another host must not get it.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    token: str | None = field(default=None, repr=False)
    allow_http: bool = False
    allow_private: bool = False
    spacing: timedelta = SPACING


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave.

    Attributes:
        url: the one that gave it, after redirects.
        headers: their names are in lower case.
        unchanged: the server says that nothing has changed; there is no content then.
        moved: where the address has moved for good; None: it has not.
        etag, last_modified: as they came, to the byte (Latin-1).
    """

    url: str
    content: bytes
    headers: Mapping[str, str]
    unchanged: bool = False
    moved: str | None = None
    etag: str | None = None
    last_modified: str | None = None


class OpenGate:
    """Lets every request through at once: for a person who asks once."""

    @asynccontextmanager
    async def passing(self, _host: str, _spacing: timedelta) -> AsyncIterator[None]:
        """Let it through."""
        yield


class Fetcher:
    """Fetches, for all sources over few connections.

    Args:
        gate: keeps the pace of each host.
        contact: who reads, as an address; sec.gov is not asked without one.
        make: makes a transport, which its keywords allow something; for tests.
    """

    def __init__(
        self,
        gate: Gate | None = None,
        contact: str | None = None,
        make: Callable[..., GuardedTransport] = GuardedTransport,
    ) -> None:
        self._make = make
        self._gate: Gate = gate or OpenGate()
        self._contact = contact
        agent = f"bellwether/{version('bellwether')} ({contact or 'feed reader'})"
        self._headers = {"User-Agent": agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, br"}
        self._transports: dict[tuple[bool, bool], GuardedTransport] = {}

    async def fetch(self, ask: Ask) -> Fetched:
        """Get a page.

        Raises:
            FeedError: the address is refused, does not answer in time, answers too much, or anything but 200, or 304
                where a validator was sent. The message names the host alone: a query may hold a key.
        """
        url, moved, permanent = _url(ask.url), None, True
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._one(ask, url)
            if isinstance(answer, Fetched):
                return replace(answer, moved=moved)
            status, url = answer
            permanent = permanent and status in FOR_GOOD
            moved = str(url) if permanent else moved
            ask = replace(ask, token=None)
        raise FeedError(f"{url.host}: over {MAX_REDIRECTS} redirects, one after the other", host=url.host)

    async def aclose(self) -> None:
        """Close connections."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _one(self, ask: Ask, url: httpx.URL) -> Fetched | tuple[int, httpx.URL]:
        """Return what a request gave, or the status and the address of a redirect."""
        try:
            async with (
                self._gate.passing(self._paced(url), ask.spacing),
                asyncio.timeout(WHOLE),
                self._asking(ask, url) as answer,
            ):
                if answer.status_code in REDIRECTS and "location" in answer.headers:
                    if not (to := url.join(_url(answer.headers["location"]))).host:
                        raise RefusedError(f"it redirects to {to.scheme}:, and an address must be https://host/...")
                    return answer.status_code, to
                return await _fetched(ask, url, answer)
        except TimeoutError:
            raise FeedError(f"{url.host} did not answer in {WHOLE:.0f} s", host=url.host) from None
        except TooLargeError as error:
            problem = f"answers over {error.most // 1024**2} MiB; that much is not read"
            raise FeedError(f"{url.host} {problem}", host=url.host) from None
        except BrokenError as error:
            raise FeedError(f"{url.host}: the answer cannot be unpacked: {error}", host=url.host) from None
        except RefusedError as error:
            raise FeedError(f"{url.host}: {error}", host=url.host) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FeedError(f"{url.host} did not answer: {unanswered(error)}", host=url.host) from None

    def _paced(self, url: httpx.URL) -> str:
        """Return the name under which a host is paced: all of sec.gov is one."""
        if not _is_sec(url.host):
            return host_of(url)
        if self._contact is None:
            raise FeedError(f"{url.host} wants to know who asks; set BELLWETHER_FEEDS_CONTACT to an e-mail address")
        return SEC

    def _asking(self, ask: Ask, url: httpx.URL) -> AbstractAsyncContextManager[httpx.Response]:
        spacing = [(b"if-none-match", ask.etag), (b"if-modified-since", ask.last_modified)]
        headers = [(name.lower().encode(), value.encode()) for name, value in self._headers.items()]
        headers += [(name, value.encode("latin-1", "ignore")) for name, value in spacing if value]
        if ask.token:
            headers.append((b"authorization", f"Bearer {ask.token}".encode()))
        # A client for each request: one that stays would keep cookies, and so tell servers who comes again.
        client = httpx.AsyncClient(
            transport=_Shared(self._transport(ask)), trust_env=False, timeout=httpx.Timeout(WHOLE, connect=CONNECT)
        )
        client.headers.clear()
        return client.stream("GET", url, headers=headers)

    def _transport(self, ask: Ask) -> GuardedTransport:
        kind = ask.allow_http, ask.allow_private
        if kind not in self._transports:
            self._transports[kind] = self._make(
                allow_http=ask.allow_http, allow_private=ask.allow_private, threads=RESOLVER_THREADS
            )
        return self._transports[kind]


async def fetch(
    ask: Ask, contact: str | None = None, make: Callable[..., GuardedTransport] = GuardedTransport
) -> Fetched:
    """Get a page once. Raises FeedError, see :meth:`Fetcher.fetch`."""
    fetcher = Fetcher(contact=contact, make=make)
    try:
        return await fetcher.fetch(ask)
    finally:
        await fetcher.aclose()


def host_of(url: httpx.URL) -> str:
    """Return the name under which a host is paced: with its port, where that is not the usual one."""
    return url.host if url.port is None else f"{url.host}:{url.port}"


class _Shared(httpx.AsyncBaseTransport):
    """A transport that outlives the clients that use it."""

    def __init__(self, transport: GuardedTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)


async def _fetched(ask: Ask, url: httpx.URL, answer: httpx.Response) -> Fetched:
    status, headers = answer.status_code, dict(answer.headers)
    if status == HTTPStatus.NOT_MODIFIED and (ask.etag or ask.last_modified):
        return Fetched(str(url), b"", headers, unchanged=True)
    if status != HTTPStatus.OK:
        _refuse(answer)
    content = await _content(answer)
    validators = _validator(answer, b"etag"), _validator(answer, b"last-modified")
    return Fetched(str(url), content, headers, etag=validators[0], last_modified=validators[1])


def _validator(answer: httpx.Response, name: bytes) -> str | None:
    found = next((value.decode("latin-1") for key, value in answer.headers.raw if key.lower() == name), None)
    return found if found and len(found) <= MAX_VALIDATOR else None


async def _content(answer: httpx.Response) -> bytes:
    encoding = answer.headers.get("content-encoding", "")
    content = BrotliContent(MAX_BYTES) if encoding.strip().lower() == "br" else content_of(encoding, MAX_BYTES)
    if content is None:
        raise BrokenError(f"it is packed as {encoding[:50]!r}, which nobody asked for")
    async for piece in answer.aiter_raw():
        content.add(piece)
    return content.whole()


def _refuse(answer: httpx.Response) -> NoReturn:
    again = answer.headers.get("retry-after", "")[:50]
    later = f"; it says to come again after {again}{' s' if again.isdecimal() else ''}" if again else ""
    nowhere = ", and names no address to go on to" if answer.status_code in REDIRECTS else ""
    host, wait = answer.request.url.host, retry_after(again, utc_now())
    raise FeedError(
        f"{host} {answered(answer.status_code)}{nowhere}{later}",
        status=answer.status_code,
        host=SEC if _is_sec(host) else host_of(answer.request.url),
        retry_after=None if wait is None else wait.total_seconds(),
    )


def _is_sec(host: str) -> bool:
    return host == SEC or host.endswith(f".{SEC}")


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        raise FeedError("the address cannot be read; it must be https://host/...") from None
