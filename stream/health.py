"""Health over HTTP: ``/healthz`` (is the stream moving), ``/readyz`` (do the stores answer) and ``/metrics``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from stream import metrics
from stream.heartbeats import Heartbeats
from stream.http_server import BoundedRunner
from stream.pipeline.liveness import Liveness, OffsetReader

READ_EVERY = 5.0
CHECK_TIMEOUT = 5.0


class Health(Service):
    """The HTTP server; ``checks`` are asked by ``/readyz``, by name, and raise what is wrong."""

    def __init__(
        self,
        address: tuple[str, int],
        offsets: OffsetReader,
        checks: Mapping[str, Callable[[], Awaitable[object]]],
        stall_after: float,
        beats: Heartbeats | None = None,
    ) -> None:
        super().__init__()
        self._beats = beats or Heartbeats()
        self._address, self._offsets, self._checks = address, offsets, checks
        self._liveness = Liveness(stall_after, monotonic())
        self._thread = ThreadPoolExecutor(1, "offsets")
        self._runner: BoundedRunner | None = None

    async def on_start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = BoundedRunner(app)
        await self._runner.listen(*self._address)

    async def on_stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()
        self._thread.submit(self._offsets.close)
        self._thread.shutdown(wait=False)

    def standing(self, seconds: float) -> list[str]:
        """Return a sentence for each that has stood still for longer than ``seconds``; for threads, too."""
        return self._liveness.stalled(monotonic(), seconds)

    @Service.task
    async def _watch(self) -> None:
        self._beats.expect("offsets", READ_EVERY)
        while not self.should_stop:
            with self._beats.tick("offsets"):
                await self._read()
            await self.sleep(READ_EVERY)

    async def _read(self) -> None:
        try:
            offsets = await asyncio.get_running_loop().run_in_executor(self._thread, self._offsets.read)
        except Exception as error:  # whatever it is: without this loop nobody would see the stream stand still
            self.log.warning("%s", error)
            self._liveness.failed(str(error) or type(error).__name__)
            return
        self._liveness.observe(offsets, monotonic())
        for group, seen in offsets.items():
            metrics.LAG.labels(group.rsplit("-", 1)[-1]).set(seen.lag)

    async def _healthz(self, _: web.Request) -> web.Response:
        return _answer(self._liveness.problems(monotonic()))

    async def _readyz(self, _: web.Request) -> web.Response:
        return _answer([line for name, check in self._checks.items() if (line := await _failure(name, check))])

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _answer(problems: list[str]) -> web.Response:
    return web.Response(text="\n".join(problems) if problems else "ok", status=503 if problems else 200)


async def _failure(name: str, check: Callable[[], Awaitable[object]]) -> str | None:
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT)
    except TimeoutError:
        return f"{name}: no answer in {CHECK_TIMEOUT:.0f} s"
    except Exception as error:
        return f"{name}: {error}"
    return None
