"""An HTTP server within the worker that no client can keep busy: bounds on connections and on time, and a quiet log.

aiohttp bounds sizes alone. Here a request's head has to come within ten seconds and its answer to be read within
thirty, and a port has so many connections at most. One too many ends the one that has been waited for the longest; so
clients that send half of a request and stay do not keep a health check out. What is no HTTP is answered with 400 and
not logged: aiohttp would log the line, which may be one with a token.
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.streams import StreamReader

from stream.errors import SettingsError

KEEP_ALIVE = 75.0  # seconds; longer than the minute that Prometheus may wait between two scrapes
SHUTDOWN = 5.0  # seconds that a request which is being answered has when the worker stops
# At least so many that a probe, a scraper and a few callers find room; at most so many that idle ones cost no memory.
MIN_CONNECTIONS, MAX_CONNECTIONS = 16, 128


def connection_limit(descriptors: int | None = None) -> int:
    """Return how many connections a port may have: a tenth of the process's descriptors, from 16 to 128.

    >>> connection_limit(256), connection_limit(1024), connection_limit(1_000_000)
    (25, 102, 128)
    """
    if descriptors is None:
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        descriptors = descriptors if descriptors >= 0 else MAX_CONNECTIONS * 10  # negative: there is no limit
    return min(MAX_CONNECTIONS, max(MIN_CONNECTIONS, descriptors // 10))


@dataclass(frozen=True)
class Bounds:
    """``connections`` at once; seconds for a request's head and for its answer to be taken."""

    connections: int
    head: float = 10.0
    answer: float = 30.0


class BoundedRunner(web.AppRunner):
    """Runs an application; without ``bounds`` those that suit the process."""

    def __init__(self, app: web.Application, bounds: Bounds | None = None) -> None:
        super().__init__(app, shutdown_timeout=SHUTDOWN)
        self._bounds = bounds or Bounds(connection_limit())

    async def listen(self, host: str, port: int, setting: str) -> None:
        """Set the application up and accept connections.

        Args:
            host: where to.
            port: 0 is a free one.
            setting: what the settings of both begin with, such as BELLWETHER_API; an error names the one that is wrong.

        Raises:
            SettingsError: the port is taken, or the host is none of this machine.
        """
        await self.setup()
        try:
            # As many may be accepted before the first of them is looked at.
            await web.TCPSite(self, host, port, backlog=self._bounds.connections).start()
        except (OSError, UnicodeError) as error:  # the latter of a name that no host can have
            raise SettingsError(_not_listening(error, host, port, setting)) from error

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _BoundedServer(server, self._bounds)


def _not_listening(error: OSError | UnicodeError, host: str, port: int, setting: str) -> str:
    # From Python 3.13 on without a number: asyncio passes over addresses that are not there, until none is left.
    if isinstance(error, UnicodeError | socket.gaierror) or error.errno in (errno.EADDRNOTAVAIL, None):
        return f"{setting}_HOST {host} is no address of this machine"
    if error.errno == errno.EADDRINUSE:
        return f"{setting}_PORT {port} is taken, perhaps by another worker; choose another one, or 0 for a free one"
    if error.errno == errno.EACCES:
        return f"{setting}_PORT {port} may not be used by this user; choose one from 1024 on"
    return f"nothing can listen at {setting}_HOST {host}, {setting}_PORT {port}: {error.strerror or error}"


class _BoundedServer(web.Server):
    """A server that knows its open connections, and ends one where there are too many."""

    def __init__(self, server: web.Server, bounds: Bounds) -> None:
        super().__init__(server.request_handler, request_factory=self._begin)
        self.bounds, self._request_factory = bounds, server.request_factory
        self.open: set[_Connection] = set()

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, asyncio.get_running_loop())

    def make_room(self) -> bool:
        """End the connection that has been waited for the longest, if there are too many; False: all are at work."""
        if len(self.open) < self.bounds.connections:
            return True
        waiting = [connection for connection in self.open if connection.waits_since is not None]
        if not waiting:
            return False
        min(waiting, key=lambda connection: connection.waits_since or 0.0).abort()
        return True

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        cast(_Connection, protocol).begin()
        return self._request_factory(message, payload, protocol, writer, task)


class _Connection(web.RequestHandler):
    """One connection. ``waits_since`` is the loop's time since which it has had no request, None while it has one."""

    __slots__ = ("_alarm", "_transport", "server", "waits_since")

    def __init__(self, server: _BoundedServer, loop: asyncio.AbstractEventLoop) -> None:
        # A body that the handler did not want is waited for a second, so that the client reads the answer first.
        # And a body is not unpacked: aiohttp would take a compressed one that was cut for a whole one.
        quiet = {"access_log": cast(Any, None), "auto_decompress": False}
        super().__init__(server, loop=loop, keepalive_timeout=KEEP_ALIVE, lingering_time=1, **quiet)
        self.server = server
        self.waits_since: float | None = loop.time()
        self._alarm: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, if there is room for it."""
        self._transport = cast(asyncio.Transport, transport)
        if not self.server.make_room():
            self._transport.abort()
            return
        self.server.open.add(self)
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._disarm()
        self.server.open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on: the head of a request has begun, or goes on."""
        super().data_received(data)
        self._expect_head()

    def begin(self) -> None:
        """Stop the clock: the head of a request has come whole."""
        self._disarm()
        self.waits_since = None

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; a client that does not read it in time loses the connection."""
        try:
            async with asyncio.timeout(self.server.bounds.answer):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            self.abort()
            return resp, True
        finally:
            self.waits_since = asyncio.get_running_loop().time()

    def abort(self) -> None:
        """End the connection at once, also where the client does not read."""
        self.server.open.discard(self)
        if self._transport is not None:
            self._transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP request with 400, without quoting it."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        answer = web.json_response({"error": "this is no HTTP request that can be read"}, status=400)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log errors of ours; what a client sent is none."""
        if not isinstance(kw.get("exc_info"), HttpProcessingError | web.RequestPayloadError | OSError):
            super().log_exception(*args, **kw)

    def _expect_head(self) -> None:
        if self.waits_since is not None and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self.server.bounds.head, self.abort)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
