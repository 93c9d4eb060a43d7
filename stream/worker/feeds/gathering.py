"""Keeps the sources that this worker reads: claims those that are due, renews the claims, and follows the file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import msgspec
from mode import Service

from stream import metrics
from stream.adapters.files.sources import Sources
from stream.pipeline.feeds.health import state_of
from stream.pipeline.feeds.ports import Claim, Health, Reader
from stream.pipeline.feeds.sources import POLLED, Source
from stream.worker.feeds.looking import Look, Tools
from stream.worker.stages import Reload
from stream.worker.ticks import Ticks

NAME = "feeds"
LOOK_EVERY, MEASURE_EVERY = 1.0, 15.0  # seconds
# Of a worker that was killed, the sources are read by another after that. Claims are looked at with each tick.
LEASE, RENEW_BEFORE = timedelta(seconds=45), timedelta(seconds=30)
AT_ONCE, STREAMS = 32, 200  # looks at polled sources of one worker; streams that it follows
GRACE = 5.0  # seconds that looks have to give their sources back when the worker stops
TROUBLES, NAMED = ("failing", "silent", "disabled"), 5  # states that are told, and how many names of each
STATES = ("ok", "failing", "silent", "disabled", "waiting")
MakeReader = Callable[[Source, str | None], Reader]


class Gathering(Service):
    """Runs the looks.

    Args:
        current: the sources in use.
        refresh: reads their file again if it changed.
        readers: makes a reader, by the type of a source.
    """

    def __init__(
        self,
        current: Callable[[], Sources],
        refresh: Callable[[], bool],
        readers: Mapping[str, MakeReader],
        tools: Tools,
        ticks: Ticks | None = None,
    ) -> None:
        super().__init__()
        self._current, self._readers, self._tools, self._ticks = current, readers, tools, ticks or Ticks()
        self._reload = Reload("sources", refresh, lambda: len(current().sources))
        self._running: dict[str, tuple[Look, asyncio.Task[None]]] = {}
        self._states: dict[str, str] = {}

    async def on_stop(self) -> None:
        """Give the sources back, so that other workers read them at once."""
        self._ticks.beats.forget(NAME)
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
        if self._tools.aclose is not None:
            await self._tools.aclose()

    @Service.task
    async def _run(self) -> None:
        self._ticks.beats.expect(NAME, LOOK_EVERY)
        while not self.should_stop:
            with metrics.STAGE_SECONDS.labels(NAME).time():
                await self._ticks.persistently(NAME, self.tick)
            await self.sleep(LOOK_EVERY)

    @Service.task
    async def _measure(self) -> None:
        while not self.should_stop:
            await self._ticks.persistently(NAME, self._count_states)
            await self.sleep(MEASURE_EVERY)

    async def tick(self) -> None:
        """Begin what is due; returns while it runs."""
        await self._reload.tick()
        sources = self._current().sources
        for name, (look, task) in list(self._running.items()):
            if task.done():
                del self._running[name]
                if not task.cancelled():
                    task.result()  # what it raises ends the process, which goes on from what is stored
            elif sources.get(name) != look.source:
                task.cancel()
        await self._renew()
        await self._begin([one for one in sources.values() if one.type in POLLED], AT_ONCE)
        await self._begin([one for one in sources.values() if one.type not in POLLED], STREAMS)

    def warnings(self) -> list[str]:
        """Return a sentence for each state of sources that a person should look at."""
        lines = []
        for state in TROUBLES:
            names = [name for name, found in self._states.items() if found == state]
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            if names:
                lines.append(f"sources that are {state}: {', '.join(names[:NAMED])}{more}; see `bellwether feeds list`")
        return lines

    async def idle(self) -> None:
        """Wait until no look is under way; for tests and for reading once."""
        while self._running:
            await asyncio.wait([task for _, task in self._running.values()])
            self._running = {name: pair for name, pair in self._running.items() if not pair[1].done()}

    async def _begin(self, sources: Sequence[Source], most: int) -> None:
        by_name = {one.name: one for one in sources if one.name not in self._running and one.type in self._readers}
        free = most - sum(one.name in self._running for one in sources)
        if not by_name or free <= 0:
            return
        claims = await self._tools.store.claim(list(by_name.values()), self._tools.clock(), LEASE, free)
        for claim in claims:
            self._start(claim, by_name[claim.name])

    def _start(self, claim: Claim, source: Source) -> None:
        reader = self._readers[source.type](source, self._current().tokens.get(source.name))
        look = Look(claim, source, reader, self._tools)
        self._running[claim.name] = look, asyncio.create_task(look.run(), name=f"feeds {claim.name}")

    async def _renew(self) -> None:
        now = self._tools.clock()
        for look, task in list(self._running.values()):
            if not task.done() and look.claim.until - now < RENEW_BEFORE:
                claim = await self._tools.store.renew(look.claim, now + LEASE)
                if claim is None:
                    task.cancel()
                else:
                    # Meanwhile the look may have moved on: its own position stays.
                    look.claim = msgspec.structs.replace(look.claim, until=claim.until)

    async def _count_states(self) -> None:
        health, now = await self._tools.store.health(), self._tools.clock()
        self._states = {name: state_of(health.get(name, (Health(), None))[0], now) for name in self._current().sources}
        for state in STATES:
            metrics.FEED_SOURCES.labels(state).set(list(self._states.values()).count(state))
