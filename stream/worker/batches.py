"""How a worker takes batches of records and runs the ticks of its other stages.

Delivery is at least once, effects are idempotent. A batch is acknowledged as a whole, after its effects are stored, and
in the order in which it was taken. An error that does not pass ends the process, which resumes from what is committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from mode import Service

from stream import metrics
from stream.worker.heartbeats import ON_DEMAND
from stream.worker.ticks import Ticks

# One batch is computed while the one before it is stored, so that the model never waits for the network.
UNDER_WAY = 2

T = TypeVar("T")
Records = Sequence[Any]  # aiokafka's
Take = Callable[[int, float], Awaitable[Records]]  # so many at most, of what comes within so many seconds


class Batches(Generic[T]):
    """Runs batches through ``compute`` and then, in order, through ``store``.

    Args:
        app: the Faust app; it is crashed by an error that does not pass.
        stage: names the metrics.
        compute: makes of a batch what is to be stored; has no effects.
        store: stores it; must be idempotent.
        ticks: runs them.
        most_bytes: of the records of a batch; a larger one is done and acknowledged in parts. Of a single record any.
    """

    def __init__(
        self,
        app: Any,
        stage: str,
        compute: Callable[[Records], Awaitable[T]],
        store: Callable[[Records, T], Awaitable[None]],
        ticks: Ticks,
        *,
        most_bytes: int | None = None,
    ) -> None:
        self._app, self._stage, self._compute, self._store = app, stage, compute, store
        self._ticks, self._most_bytes = ticks, most_bytes
        metrics.RETRIES.labels(stage)  # from zero on, or Prometheus would not see the first

    async def consume(self, take: Take, size: int, within: float) -> None:
        """Take batches of at most ``size`` records, or what has come ``within`` seconds, until cancelled."""
        running: deque[asyncio.Task[None]] = deque()
        self._ticks.beats.expect(self._stage, ON_DEMAND)
        try:
            while True:
                for records in parts(await take(size, within), self._most_bytes):
                    metrics.BATCH.labels(self._stage).observe(len(records))
                    running.append(asyncio.create_task(self._run(records, running[-1] if running else None)))
                    if len(running) > UNDER_WAY:
                        await running.popleft()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, records: Records, before: asyncio.Task[None] | None) -> None:
        try:
            with metrics.STAGE_SECONDS.labels(self._stage).time():
                result = await self._ticks.persistently(self._stage, partial(self._compute, records))
                if before is not None:
                    await before
                await self._ticks.persistently(self._stage, partial(self._store, records, result))
        except Exception as error:
            # Not acknowledged: another process, or the next start, takes the batch again.
            await self._app.crash(error)
            raise
        self._app.transport.acknowledge(records)


def parts(records: Records, most_bytes: int | None) -> Iterator[Records]:
    """Yield ``records`` in their order, in parts of at most so many bytes; a larger one is a part of its own."""
    part: list[Any] = []
    size = 0
    for record in records:
        more = len(record.value or b"")
        if part and most_bytes is not None and size + more > most_bytes:
            yield part
            part, size = [], 0
        part.append(record)
        size += more
    if part:
        yield part


class Stage(Protocol):
    """What a :class:`Loop` runs."""

    name: str

    async def tick(self) -> bool:
        """Do some work; True when there is more to do at once."""


class Loop(Service):
    """Runs a tick of :mod:`stream.worker.stages` every ``every`` seconds, at once again while there is more."""

    def __init__(self, stage: Stage, every: float, ticks: Ticks) -> None:
        super().__init__()
        self._stage, self._every, self._ticks = stage, every, ticks
        metrics.RETRIES.labels(stage.name)

    @Service.task
    async def _run(self) -> None:
        self._ticks.beats.expect(self._stage.name, self._every)
        while not self.should_stop:
            # What is raised here ends the process: a supervisor restarts it, and it goes on from what is stored.
            with metrics.STAGE_SECONDS.labels(self._stage.name).time():
                more = await self._ticks.persistently(self._stage.name, self._stage.tick)
            await self.sleep(0 if more else self._every)

    async def on_stop(self) -> None:
        """Nobody waits for its next tick any more."""
        self._ticks.beats.forget(self._stage.name)
