"""The stages behind the windows, each a ``tick`` over ports: project, detect, notify. The clock is injected.

A tick returns True when there is more to do at once. It may be repeated, interrupted or run by several workers at the
same time: what it writes is idempotent, or conditional on what it has read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol

from stream import metrics
from stream.errors import DeliveryError, SettingsError
from stream.pipeline.aggregate import WindowStore, minute_of
from stream.pipeline.documents import milliseconds
from stream.pipeline.evidence import strongest
from stream.pipeline.notify import AlertStore, Change, Delivery, Outbox, Receiver, Status, Tick, next_attempt
from stream.pipeline.project import SeriesStore
from stream.pipeline.rules import Decision, Outcome, Reason, Rule, RuleState, advance, begin, resume
from stream.pipeline.watchlist import Watchlist
from stream.pipeline.watermark import Progress, watermark

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
MINUTE_MS = 60_000
PROJECT_MINUTES = 200
# A backlog is worked off in pieces, so that the event loop, and with it Kafka's heartbeat, is never held for long.
DETECT_MINUTES = 720
EVIDENCE = 10
ALL = 100_000
LEASE, CLAIM = timedelta(seconds=60), 20


def utc_now() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)


class Reloadable(Protocol):
    """A watchlist that knows whether its file has changed."""

    current: Watchlist

    def refresh(self) -> bool:
        """Read it again if it changed; SettingsError when it is wrong, and the old one stays."""


class ReloadWatchlist:
    """Takes a changed watchlist without a restart; a wrong one is refused, in the log and in the metrics."""

    name = "watchlist"

    def __init__(self, file: Reloadable) -> None:
        self._file = file
        metrics.WATCHED.set(len(file.current.entries))

    async def tick(self) -> bool:
        """Read it again if it changed."""
        try:
            if await asyncio.to_thread(self._file.refresh):
                metrics.WATCHED.set(len(self._file.current.entries))
                metrics.WATCHLIST_READS.labels("accepted").inc()
                logger.warning("watchlist: %d entries from now on", len(self._file.current.entries))
        except SettingsError as error:
            metrics.WATCHLIST_READS.labels("refused").inc()
            logger.error("watchlist: refused, the old one stays: %s", error)
        return False


class Project:
    """Stage ``project``: minutes that changed in the windows become rows."""

    name = "project"

    def __init__(self, windows: WindowStore, series: SeriesStore) -> None:
        self._windows, self._series = windows, series

    async def tick(self) -> bool:
        """Write some of the changed minutes."""
        changed = await self._windows.changed(PROJECT_MINUTES)
        if not changed:
            return False
        rows = await self._series.upsert(await self._windows.minutes(changed))
        await self._windows.settle(changed)
        metrics.PROJECTED.inc(rows)
        return len(changed) == PROJECT_MINUTES


class Detect:
    """Stage ``detect``: every closed minute is decided on, once, in order.

    State, alerts and outbox change in one transaction that holds only if nobody has moved the state on meanwhile.
    Several workers may run this stage: one of them wins each tick, and the others start again from what it wrote.
    """

    name = "detect"

    def __init__(
        self, rule: Rule, windows: WindowStore, alerts: AlertStore, receivers: list[str], clock: Clock = utc_now
    ) -> None:
        self._rule, self._windows, self._alerts = rule, windows, alerts
        self._receivers, self._clock = receivers, clock
        self._known: tuple[int, RuleState] | None = None

    async def tick(self) -> bool:
        """Decide on the minutes that have closed since the last tick, up to half a day of them."""
        progress = await self._windows.progress()
        if not progress:
            return False
        version, state = self._known or await self._load(progress)
        self._known = None  # Until the commit is known to have worked.
        now = self._clock()
        until, more = self._span(state, progress, milliseconds(now))
        if until <= state.evaluated:
            self._known = version, state
            return False
        span = range(state.evaluated - self._rule.test.window, until)
        minutes = await self._windows.minutes(span)
        outcome = await asyncio.to_thread(advance, self._rule, state, minutes, until)
        changes = [await self._change(decision) for decision in outcome.changes]
        tick = Tick(outcome.state, changes, dict(outcome.latest), self._receivers, now)
        if not await self._alerts.commit(self._rule.name, version, tick):
            return True
        self._known = version + 1, outcome.state
        _count(outcome)
        return more

    async def _load(self, progress: Mapping[str, Progress]) -> tuple[int, RuleState]:
        """Return the stored state or, where there is none, one that begins with the stream's first minute."""
        version, state = await self._alerts.load(self._rule.name)
        if state is None:
            state = begin(min(item.first for item in progress.values()) // MINUTE_MS)
            # Alerts outlive a state that was deleted; they go on and resolve, or their series could never fire again.
            firing = [alert for alert in await self._alerts.alerts(Status.FIRING, ALL) if alert.rule == self._rule.name]
            state = resume(self._rule, state, {alert.series: minute_of(alert.fired_at) for alert in firing})
        return version, state

    def _span(self, state: RuleState, progress: Mapping[str, Progress], now: int) -> tuple[int, bool]:
        """Return the minute to stop before, and whether more are closed."""
        mark = watermark(progress, now, state.evaluated * MINUTE_MS)
        metrics.WATERMARK.set(mark / 1000)
        metrics.DATA_AGE.set((now - mark) / 1000)
        closed = mark // MINUTE_MS
        until = min(closed, state.evaluated + DETECT_MINUTES)
        return until, until < closed

    async def _change(self, decision: Decision) -> Change:
        if decision.reason is not Reason.FIRING:
            return Change(self._rule.name, decision)
        seen = decision.observation
        found = await self._windows.evidence(seen.series, seen.minute - seen.window, seen.minute)
        return Change(self._rule.name, decision, tuple(strongest(found, EVIDENCE)))


class Notify:
    """Stage ``notify``: the outbox of one receiver is delivered, in order, at least once."""

    def __init__(
        self, outbox: Outbox, receiver: Receiver, clock: Clock = utc_now, random: Random | None = None
    ) -> None:
        self.name = f"notify-{receiver.name}"
        self._outbox, self._receiver, self._clock = outbox, receiver, clock
        self._random = random or Random()  # noqa: S311 - jitter, not secrecy

    async def tick(self) -> bool:
        """Deliver what is due."""
        claimed = await self._outbox.claim(self._receiver.name, self._clock(), LEASE, CLAIM)
        for delivery in claimed:
            await self._deliver(delivery)
        return bool(claimed)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._receiver.send(delivery)
        except DeliveryError as error:
            attempts = delivery.attempts + 1
            again = None if error.permanent else next_attempt(attempts, self._clock(), self._random)
            await self._outbox.failed(delivery, str(error), again)
            metrics.DELIVERIES.labels(self._receiver.name, "failed" if again else "given-up").inc()
        else:
            await self._outbox.delivered(delivery, self._clock())
            metrics.DELIVERIES.labels(self._receiver.name, "delivered").inc()


def _count(outcome: Outcome) -> None:
    for reason, count in outcome.reasons.items():
        metrics.DECISIONS.labels(reason).inc(count)
    for decision in outcome.changes:
        metrics.ALERTS.labels("firing" if decision.reason is Reason.FIRING else "resolved").inc()
