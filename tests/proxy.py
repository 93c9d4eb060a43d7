"""A TCP proxy between a client and a server, whose connections a test can make lead nowhere.

As behind a load balancer that forgot them: what is sent is acknowledged and thrown away, nothing comes back, and no end
of the connection is told. New connections pass, unless they are to lead nowhere, too.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """Listens on a free port of this machine, in a thread of its own; with ``tls``, clients have to use it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._target, self.port, self._tls = port, 0, tls
        self.swallow_new = False
        self._flows: set[_Flow] = set()
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def swallow(self) -> int:
        """Let all open connections lead nowhere; return how many there were."""

        async def swallowing() -> int:
            open_ = [flow for flow in self._flows if not flow.swallowed]
            for flow in open_:
                flow.swallowed = True
            return len(open_)

        # In the loop, where connections come and go.
        return asyncio.run_coroutine_threadsafe(swallowing(), self._loop).result(120)

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls), self._loop
        )
        self._server = started.result(120)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(120)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flow = _Flow(self.swallow_new, self._over)
        self._flows.add(flow)
        try:
            await self._greet(reader, writer)
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(flow.pass_on(reader, back), flow.pass_on(there, writer))
        except (OSError, asyncio.CancelledError):  # the latter only at the end of all; asyncio would print it
            writer.close()
        finally:
            self._flows.discard(flow)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what comes before anything is passed on: nothing."""


class _Flow:
    """One connection."""

    def __init__(self, swallowed: bool, over: asyncio.Event) -> None:
        self.swallowed, self._over = swallowed, over

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes, and its end."""
        try:
            while data := await reader.read(65536):
                if not self.swallowed:
                    writer.write(data)
                    await writer.drain()
            if self.swallowed:
                # On an event that somebody holds, or the task would be collected as garbage while it waits.
                await self._over.wait()
        finally:
            writer.close()
