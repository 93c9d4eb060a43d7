"""A sender per receiver, each with a queue of its own: one that hangs delays nobody else.

Receivers come and go as the file of routes changes; a changed one is replaced when its current deliveries have ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from mode import Service

from stream import metrics
from stream.clocks import utc_now
from stream.errors import StallError, StoreError
from stream.pipeline.notify import Outbox, Receiver, Waiting
from stream.worker.stages import Notify, Reload
from stream.worker.ticks import Ticks

NAME = "senders"  # of the loop that keeps them; each sender is one of its own
LOOK_EVERY, DELIVER_EVERY = 2.0, 1.0  # seconds: between looks at the receivers; at a queue, where nothing wakes it
FAILING_AFTER = 300.0  # seconds of failures after which a person should look: the first two attempts are over then
GRACE = 2.0  # seconds that deliveries have to end when the worker stops; what is cut off is sent again
# Seconds for what a replaced receiver still sends: a robot's turn, and the time-out of a request.
RETIRED_WITHIN = 60.0
logger = logging.getLogger(__name__)
Listen = Callable[[Callable[[], None]], Awaitable[None]]


class ReceiverSource(Protocol):
    """The receivers in use, by name; an object that is another is another receiver."""

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """The receivers."""

    def refresh(self) -> bool:
        """Read the file again if it changed; SettingsError when it is wrong, and the old receivers stay."""


class Senders(Service):
    """Runs stage ``notify`` for every receiver.

    Args:
        source: where the receivers come from.
        listen: calls back when something may be due; without it, every sender looks once a second.
    """

    def __init__(
        self, outbox: Outbox, source: ReceiverSource, listen: Listen | None = None, ticks: Ticks | None = None
    ) -> None:
        super().__init__()
        self._ticks = ticks or Ticks()
        self._outbox, self._source, self._listen = outbox, source, listen
        self._routes = Reload("routes", source.refresh, lambda: len(source.receivers))
        self._running: dict[str, _Sender] = {}
        self._listener: asyncio.Task[None] | None = None
        self._disabled: list[str] = []
        self._failing: list[str] = []
        self._unknown: dict[str, int] = {}  # how many wait for each receiver that is not configured
        self._failing_since: dict[str, datetime] = {}  # by receiver, as it was seen here; a start counts anew

    async def on_start(self) -> None:
        """Begin to listen."""
        if self._listen is not None:
            self._listener = asyncio.ensure_future(self._listen(self._wake))

    async def on_stop(self) -> None:
        """Let deliveries that are under way end, for two seconds at most, and send nothing more."""
        self._ticks.beats.forget(NAME)
        if self._listener is not None:
            self._listener.cancel()
        await asyncio.gather(*(sender.stop(GRACE) for sender in self._running.values()))

    @Service.task
    async def _run_loop(self) -> None:
        self._ticks.beats.expect(NAME, LOOK_EVERY)
        while not self.should_stop:
            await self._ticks.once(NAME, self._look)
            await self.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        await self._routes.tick()
        await self._match_receivers()
        for sender in self._running.values():
            sender.check()  # What it raises ends the process, which goes on from what is stored.
        with suppress(StoreError):
            await self._update_metrics()

    async def _match_receivers(self) -> None:
        """Start a sender for each new receiver, and retire those whose receiver is gone or changed."""
        receivers = self._source.receivers
        for name, sender in list(self._running.items()):
            if receivers.get(name) is not sender.receiver:
                del self._running[name]
                # Not awaited here: an old receiver that hangs must not keep new ones from starting.
                self.add_future(sender.retire())
                if name not in receivers:
                    _forget_metrics(name)
        for name, receiver in receivers.items():
            if name not in self._running:
                self._running[name] = _Sender(self._outbox, receiver, self._ticks)

    async def _update_metrics(self) -> None:
        disabled = {standing.name for standing in await self._outbox.disabled_receivers()}
        queues, now = {item.receiver: item for item in await self._outbox.queues()}, utc_now()
        waiting = {name: queues.get(name, Waiting(name)) for name in self._running}
        since = {
            name: None if name in disabled else _failing_since(queue, self._failing_since.get(name), now)
            for name, queue in waiting.items()
        }
        self._failing_since = {name: at for name, at in since.items() if at is not None}
        failing: dict[str, float] = {}
        for name, queue in waiting.items():
            began = since[name] if queue.failing else None
            failing[name] = max(0.0, (now - began).total_seconds()) if began else 0.0
            metrics.DISABLED.labels(name).set(name in disabled)
            metrics.WAITING.labels(name).set(queue.queued)
            metrics.FAILING.labels(name).set(failing[name])
        self._note_unknown({name: queue.queued for name, queue in queues.items() if queue.queued})
        self._disabled = [name for name in self._running if name in disabled]
        self._failing = [name for name, seconds in failing.items() if seconds > FAILING_AFTER]

    def _note_unknown(self, queued: Mapping[str, int]) -> None:
        """Log, once, for which receivers something waits that nobody sends, as where one was renamed."""
        unknown = {name: count for name, count in queued.items() if name not in self._source.receivers}
        for name in self._unknown.keys() - unknown.keys() - self._running.keys():
            _forget_metrics(name)
        for name, count in unknown.items():
            metrics.WAITING.labels(name).set(count)
        known_before, self._unknown = self._unknown.keys(), unknown
        if unknown.keys() - known_before:
            logger.warning("%s", _unknown_words(unknown))

    def warnings(self) -> list[str]:
        """Return a sentence each for receivers that are disabled, have taken nothing for minutes, or are not known."""
        told = (("disabled", self._disabled), (f"failing for over {FAILING_AFTER / 60:.0f} minutes", self._failing))
        found = [
            f"receivers that are {state}: {', '.join(names)}; see `bellwether receivers list` and `deliveries list`"
            for state, names in told
            if names
        ]
        return [*found, _unknown_words(self._unknown)] if self._unknown else found

    def _wake(self) -> None:
        for sender in self._running.values():
            sender.due.set()


def _failing_since(queue: Waiting, before: datetime | None, now: datetime) -> datetime | None:
    """Return since when a receiver takes nothing, from the first failure after its last success; None where it does.

    When a delivery was planned is no measure: one may wait for its turn, or for a worker. What replaces one that failed
    goes on with the count, though for a moment nothing waits that failed.
    """
    took = before is not None and queue.taken_at is not None and queue.taken_at > before
    if queue.queued and not took and before is not None:
        return before
    return now if queue.failing else None


def _unknown_words(unknown: Mapping[str, int]) -> str:
    counts = ", ".join(f"{count} for '{name}'" for name, count in sorted(unknown.items()))
    return f"notifications wait for receivers that are not configured: {counts}; they are given up when a day old"


def _forget_metrics(name: str) -> None:
    """A receiver that is gone must not stay disabled, or failing, in what is measured."""
    for gauge in (metrics.DISABLED, metrics.WAITING, metrics.FAILING):
        with suppress(KeyError):
            gauge.remove(name)


class _Sender:
    """Delivers to one receiver in a task of its own, until it is stopped; ``due`` is set when something may be due."""

    def __init__(self, outbox: Outbox, receiver: Receiver, ticks: Ticks) -> None:
        self.receiver, self.due = receiver, asyncio.Event()
        self._stage, self._stopping, self._ticks = Notify(outbox, receiver), False, ticks
        ticks.beats.expect(self._stage.name, DELIVER_EVERY)
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while not self._stopping:
            self.due.clear()
            with metrics.STAGE_SECONDS.labels(self._stage.name).time():
                more = await self._ticks.persistently(self._stage.name, self._stage.tick)
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.due.wait(), DELIVER_EVERY)

    def check(self) -> None:
        """Raise the error that ended its task, if one did."""
        if self._task.cancelled():
            raise StallError(f"{self._stage.name}: its task was cancelled")
        if self._task.done():
            self._task.result()

    async def stop(self, grace: float) -> None:
        """Let its deliveries end, and cancel them when they take longer than ``grace`` seconds."""
        self._stopping = True
        self.due.set()
        await asyncio.wait([self._task], timeout=grace)
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._task
        self._ticks.beats.forget(self._stage.name)

    async def retire(self) -> None:
        """Let its deliveries end, and close the receiver's connections."""
        await self.stop(RETIRED_WITHIN)
        await self.receiver.aclose()
