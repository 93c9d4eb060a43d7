"""Stage ``detect``: closed minutes to decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from stream import metrics
from stream.pipeline.aggregate import WindowStore, minute_of
from stream.pipeline.documents import milliseconds
from stream.pipeline.evidence import strongest
from stream.pipeline.notify import AlertStore, Change, Receivers, Status, Tick
from stream.pipeline.rules import Decision, Outcome, Reason, Rule, RuleState, advance, begin, resume
from stream.pipeline.watermark import Progress, watermark
from stream.stages.clock import Clock, utc_now

MINUTE_MS = 60_000
# A backlog is worked off in pieces, so that the event loop, and with it Kafka's heartbeat, is never held for long.
DETECT_MINUTES = 720
EVIDENCE = 10
ALL = 100_000


class Detect:
    """Stage ``detect``: every closed minute is decided on, once, in order.

    State, alerts and outbox change in one transaction that holds only if nobody has moved the state on meanwhile.
    Several workers may run this stage: one of them wins each tick, and the others start again from what it wrote.
    """

    name = "detect"

    def __init__(
        self, rule: Rule, windows: WindowStore, alerts: AlertStore, receivers: Receivers, clock: Clock = utc_now
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
            open_ = [
                alert
                for status in (Status.FIRING, Status.ACKNOWLEDGED)
                for alert in await self._alerts.alerts(status, ALL)
                if alert.rule == self._rule.name
            ]
            state = resume(self._rule, state, {alert.series: minute_of(alert.fired_at) for alert in open_})
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


def _count(outcome: Outcome) -> None:
    for reason, count in outcome.reasons.items():
        metrics.DECISIONS.labels(reason).inc(count)
    for decision in outcome.changes:
        metrics.ALERTS.labels("firing" if decision.reason is Reason.FIRING else "resolved").inc()
