"""A TCP proxy that forgets connections: it still accepts and acknowledges bytes, and delivers none of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

from stream.embedded import free_port


class Proxy:
    """Passes connections on to ``port``; :meth:`forget` makes those that are open now half-open."""

    def __init__(self, port: int) -> None:
        self.port, self._target = free_port(), port
        self._loop = asyncio.new_event_loop()
        self._started = Event()
        self._forgotten: set[asyncio.Task[None]] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def forget(self) -> int:
        """Deliver nothing any more on the connections that are open now; return how many ways that are."""

        async def forgetting() -> int:
            ways, self._passing = self._passing, set()
            self._forgotten |= ways
            return len(ways)

        return asyncio.run_coroutine_threadsafe(forgetting(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", self.port))
        self._started.set()
        self._loop.run_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.ensure_future(self._pass(source, target))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        with suppress(OSError):
            while data := await source.read(65536):
                if me not in self._forgotten:
                    target.write(data)
                    await target.drain()
        if me not in self._forgotten:
            target.close()
