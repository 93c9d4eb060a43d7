"""Health over HTTP: ``/healthz`` (does the stream move), ``/readyz`` (can it work) and ``/metrics``.

docs/operations.md says what each answers and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from stream import metrics
from stream.adapters.http.server import BoundedRunner
from stream.adapters.redis.memory import Memory
from stream.pipeline.progress.liveness import BLIND_AFTER, Liveness, OffsetReader
from stream.worker.announcing import announce
from stream.worker.heartbeats import ON_DEMAND, Heartbeat, Heartbeats

READY_EVERY = 1.0  # seconds between looks at the start, until all is there
READ_EVERY, MEASURE_EVERY = 5.0, 15.0  # seconds; the first is by how much a stall is noticed late
CHECK_TIMEOUT = 5.0  # seconds, after which a check that hangs is told by its name

Check = Callable[[], Awaitable[object]]


class Health(Service):
    """The HTTP server.

    Args:
        address: host and port.
        offsets: asked every five seconds, in a thread.
        checks: asked by ``/readyz``, by name; they raise what is wrong.
        stall_after: seconds for which a partition may stand, and a loop be late.
        beats: the loops of this process.
        memory: of Redis; asked every fifteen seconds.
    """

    def __init__(
        self,
        address: tuple[str, int],
        offsets: OffsetReader,
        checks: Mapping[str, Check],
        stall_after: float,
        beats: Heartbeats | None = None,
        memory: Callable[[], Awaitable[Memory]] | None = None,
    ) -> None:
        super().__init__()
        self._beats, self._stall_after = beats or Heartbeats(), stall_after
        self._address, self._offsets, self._checks = address, offsets, checks
        self._liveness = Liveness(stall_after, monotonic())
        self._ask_memory, self._memory = memory, Memory(0, 0)
        self._memory_state = (False, False, False)
        self._thread = ThreadPoolExecutor(1, "offsets")
        self._runner: BoundedRunner | None = None
        # Asked by /readyz for what a person should look at, though this worker can work.
        self.advisers: list[Callable[[], Sequence[str]]] = []

    async def on_start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = BoundedRunner(app)
        await self._runner.listen(*self._address, "BELLWETHER_HTTP")
        host, port = self._runner.addresses[0][:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        announce(f"health and metrics: http://{where}/healthz /readyz /metrics")

    async def on_stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()
        self._thread.submit(self._offsets.close)
        self._thread.shutdown(wait=False)

    def standing(self, seconds: float) -> list[str]:
        """Return a sentence for each that has stood still for longer than ``seconds``; for threads, too."""
        return self._liveness.describe_stalls(monotonic(), seconds)

    @Service.task
    async def _tell_ready(self) -> None:
        while not self.should_stop and await self._problems():
            await self.sleep(READY_EVERY)
        if not self.should_stop:
            announce("ready")

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

    @Service.task
    async def _measure(self) -> None:
        while self._ask_memory is not None and not self.should_stop:
            self._memory, warnings = await self._memory_of(self._ask_memory)
            # The figures change each time; the log is told when something comes, not each time that it is looked at.
            if (state := (self._memory.near, self._memory.evicts, bool(warnings))) != self._memory_state:
                self._memory_state = state
                for warning in warnings:
                    self.log.warning("%s", warning)
            await self.sleep(MEASURE_EVERY)

    @staticmethod
    async def _memory_of(ask: Callable[[], Awaitable[Memory]]) -> tuple[Memory, list[str]]:
        try:
            memory = await asyncio.wait_for(ask(), CHECK_TIMEOUT)
        except Exception as error:  # perhaps its user may not ask
            return Memory(0, 0), [f"nobody is warned before Redis is full: {error}"]
        return memory, memory.warnings()

    async def _healthz(self, _: web.Request) -> web.Response:
        return _answer(self._liveness.problems(monotonic()) + late(self._beats.all(), self._stall_after))

    async def _readyz(self, _: web.Request) -> web.Response:
        advice = [line for adviser in self.advisers for line in adviser()]
        return _answer(await self._problems(), [*self._memory.warnings(), *advice])

    async def _problems(self) -> list[str]:
        failures = await asyncio.gather(*(_failure(name, check) for name, check in self._checks.items()))
        return [line for line in failures if line] + self._full()

    def _full(self) -> list[str]:
        return self._memory.warnings()[:1] if self._memory.full else []

    async def _metrics(self, _: web.Request) -> web.Response:
        _measure_offsets(self._liveness, monotonic())
        _measure_loops(self._beats.all())
        metrics.REDIS_MEMORY.set(self._memory.used)
        metrics.REDIS_MEMORY_LIMIT.set(self._memory.limit)
        metrics.REDIS_EVICTS.set(self._memory.evicts)
        return web.Response(body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


def late(beats: Sequence[Heartbeat], bound: float) -> list[str]:
    """Return a sentence for each loop that is late by more than ``bound`` seconds.

    >>> late([Heartbeat("detect", 1.0, 75.0, True, 75.0), Heartbeat("project", 2.0, 80.0, False)], 60)
    ['detect: a tick has not ended for 75 s', 'project: no tick for 80 s, one is expected every 2 s']
    """
    return [_late(beat) for beat in beats if beat.overdue > bound]


def _late(beat: Heartbeat) -> str:
    if beat.busy >= beat.overdue:
        return f"{beat.name}: a tick has not ended for {beat.busy:.0f} s"
    return f"{beat.name}: no tick for {beat.silent:.0f} s, one is expected every {beat.every:g} s"


def _measure_offsets(liveness: Liveness, now: float) -> None:
    metrics.BROKER_SILENT.set(liveness.blind_for(now))
    for gauge in (metrics.LAG, metrics.PARTITION_LAG, metrics.PARTITION_STANDING):
        gauge.clear()
    if liveness.blind_for(now) > BLIND_AFTER:
        return  # what was read last is no more than what once was
    standing = {(item.group, item.partition): item.seconds for item in liveness.stalls(now, 0.0)}
    for group, offsets in liveness.offsets.items():
        stage = group.rsplit("-", 1)[-1]
        metrics.LAG.labels(stage).set(offsets.lag)
        for partition, position in offsets.partitions.items():
            labels = stage, partition.topic, str(partition.number)
            metrics.PARTITION_LAG.labels(*labels).set(position.lag)
            metrics.PARTITION_STANDING.labels(*labels).set(standing.get((group, partition), 0.0))


def _measure_loops(beats: Sequence[Heartbeat]) -> None:
    metrics.LOOP_SILENT.clear()
    metrics.LOOP_OVERDUE.clear()
    for beat in beats:
        if beat.every < ON_DEMAND:  # of one that waits for work, silence says nothing
            metrics.LOOP_SILENT.labels(beat.name).set(beat.silent)
        metrics.LOOP_OVERDUE.labels(beat.name).set(beat.overdue)


def _answer(problems: Sequence[str], warnings: Sequence[str] = ()) -> web.Response:
    lines = [*(problems or ["ok"]), *(f"warning: {line}" for line in warnings if line not in problems)]
    return web.Response(text="\n".join(lines), status=503 if problems else 200)


async def _failure(name: str, check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT)
    except TimeoutError:
        return f"{name}: no answer in {CHECK_TIMEOUT:.0f} s"
    except Exception as error:
        return f"{name}: {error}"
    return None
