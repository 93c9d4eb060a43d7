"""Stage ``detect``: closed minutes to decisions, by every rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import StoreError
from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, AlertStore, Change, RoutingSource, RuleTick, Tick
from stream.pipeline.progress.watermark import HISTORY, EventTime, watermark
from stream.pipeline.rules import (
    Decision,
    Outcome,
    Reason,
    Rule,
    RuleState,
    adapt,
    begin,
    resume,
)
from stream.pipeline.rules.words import UNWATCHED
from stream.pipeline.units import DAY, MINUTE_MS
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.store import WindowStore
from stream.worker.stages.changes import ClassifierFacts, change_of
from stream.worker.stages.latest import latest_to_write
from stream.worker.stages.measures import begin_counting, count_outcome
from stream.worker.stages.past import Past
from stream.worker.stages.pieces import ends_of_pieces
from stream.worker.stages.told import ToDecide, Told
from stream.worker.ticks import getting_on

# Minutes of the past that a changed rule learns from, where the windows still hold them: the half-life of peaks.
LEARN_FROM = 30 * DAY


class _Stream(NamedTuple):
    """How far the stream is.

    Attributes:
        first: its first minute.
        oldest: the first minute of all, with what was brought in.
        come_to: the watermark, and ``now`` the store's clock, both in milliseconds since 1970.
    """

    first: int
    oldest: int
    come_to: int
    now: int

    @classmethod
    def of(cls, known: EventTime) -> _Stream | None:
        """Return what is known of the stream; None before its first document."""
        firsts = {pair: item.first // MINUTE_MS for pair, item in known.progress.items()}
        if not (of_stream := [first for pair, first in firsts.items() if pair != HISTORY]):
            return None
        return cls(min(of_stream), min(firsts.values()), watermark(known), known.now)


class _Ready(NamedTuple):
    """Minutes that have closed for a rule, whose state has ``version``."""

    version: int
    minutes: ToDecide


class _Decided(NamedTuple):
    """What one rule said of minutes that have closed: what is to be written."""

    write: RuleTick
    outcome: Outcome


class Detect:
    """Stage ``detect``: every closed minute is decided on, once by each rule, in order.

    Nothing is decided on windows that are not complete: they are asked before and after they are read, so that a loss
    that nobody has noticed yet makes no minute look quiet.

    State, alerts and outbox change in one transaction that holds only if nobody has moved the state on meanwhile.
    Several workers may run this stage: one of them wins each tick, and the others start again from what it wrote.

    Args:
        rules: returns those in force; asked at each tick.
    """

    name = "detect"

    def __init__(
        self,
        rules: Callable[[], Sequence[Rule]],
        windows: WindowStore,
        alerts: AlertStore,
        receivers: RoutingSource,
        classifier: ClassifierFacts | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._rules, self._windows, self._alerts = rules, windows, alerts
        self._receivers, self._clock = receivers, clock
        self._classifier = classifier or ClassifierFacts()
        self._past = Past(windows)
        self._told = Told(windows, alerts, receivers, self._classifier)
        self._known: dict[str, tuple[int, RuleState]] = {}
        # What stood in the store, and at which version: from there on only changes are read and written.
        self._stored: dict[str, tuple[int, RuleState]] = {}
        self._in_force: tuple[Rule, ...] = ()
        self._mark: str | None = None
        self._ahead: dict[str, int] = {}  # by rule, in milliseconds
        begin_counting()

    def states(self) -> list[tuple[Rule, RuleState]]:
        """Return the rules in force, each with its state as it was stored last."""
        return [(rule, self._stored[rule.name][1]) for rule in self._in_force if rule.name in self._stored]

    async def check(self) -> None:
        """Raise StoreError while minutes are decided on that are yet to come: nothing can fire before they do."""
        if (ahead := max(self._ahead.values(), default=0)) > MINUTE_MS:
            raise StoreError(
                f"decided already up to {ahead / 1000:.0f} s ahead of the clock of Redis, and nothing can fire "
                "until then. A clock was ahead; see the metric bellwether_clock_offset_seconds"
            )

    async def tick(self) -> bool:
        """Decide on the minutes that have closed since the last tick, up to half a day of them."""
        mark = await self._windows.complete()
        known = await self._windows.event_time()
        if mark != self._mark:
            self._past.clear()
            self._told.forget()
            self._known.clear()  # What began with the stream's first minute begins with another one now.
            self._mark = mark
        # Of history alone nothing is decided: who brings it in says when it is whole.
        stream = _Stream.of(known)
        if mark is None or stream is None:
            return False
        rules = tuple(self._rules())
        if rules != self._in_force:
            self._past.clear()
            self._known.clear()
            self._ahead.clear()
            if not await self._retire(rules):
                return True
            self._in_force = rules
        # Asked before the first of them is decided on: rules that begin together are none of them silent.
        begun = self._known.keys() >= {rule.name for rule in rules}
        silent = 0 if begun else await self._alerts.last_evaluated_minute()
        states = [(rule, *await self._state(rule, stream, silent)) for rule in rules]
        closed = stream.come_to // MINUTE_MS
        ready = await self._ready(states, closed)
        if not ready:
            return False
        outcomes = await self._told.decide([one.minutes for one in ready])
        made = [await self._write(one, outcome) for one, outcome in zip(ready, outcomes, strict=True)]
        if await self._windows.complete() != mark:
            return False  # They were lost meanwhile; it is decided anew when they are rebuilt.
        # Together, so that an event on which two rules fire is told of once.
        if not await self._alerts.commit_together([one.write for one in made]):
            return True
        for one in made:
            name, version, tick = one.write
            self._known[name] = self._stored[name] = version + 1, tick.state
            count_outcome(one.outcome)
        return any(one.minutes.until < closed - closed % one.minutes.rule.detector.every for one in ready)

    async def _state(self, rule: Rule, stream: _Stream, silent: int) -> tuple[int, RuleState]:
        """Return where ``rule`` stands, and the version of that."""
        version, state = self._known.get(rule.name) or await self._load(rule, stream, silent)
        mark = max(stream.come_to, state.evaluated * MINUTE_MS)
        metrics.WATERMARK.set(mark / 1000)
        metrics.DATA_AGE.set((stream.now - mark) / 1000)
        self._ahead[rule.name] = state.evaluated * MINUTE_MS - stream.now
        getting_on()
        return version, state

    async def _ready(self, states: Sequence[tuple[Rule, int, RuleState]], closed: int) -> list[_Ready]:
        """Return the minutes before ``closed`` that each rule is to decide on now, of those that have any."""
        ends, ready = ends_of_pieces([(rule, state) for rule, _, state in states], closed), []
        for (rule, version, state), until in zip(states, ends, strict=True):
            if until <= state.evaluated:
                self._known[rule.name] = version, state
                continue
            self._known.pop(rule.name, None)  # Comes back when the commit is known to have worked.
            counts = await self._past.counts(rule, state, until)
            ready.append(_Ready(version, ToDecide(rule, state, counts, until)))
            getting_on()
        return ready

    async def _write(self, ready: _Ready, outcome: Outcome) -> _Decided:
        rule, version = ready.minutes.rule, ready.version
        parts = self._windows, self._classifier, self._alerts
        changes = [await change_of(rule, outcome, decision, *parts) for decision in outcome.changes]
        getting_on()
        stored_version, stored = self._stored.get(rule.name, (0, None))
        before = stored if stored_version == version else None
        rows = latest_to_write(rule, outcome), self._receivers, self._clock(), outcome.decisions, outcome.forgotten
        tick = Tick(outcome.state, changes, *rows, before=before)
        return _Decided(RuleTick(rule.name, version, tick), outcome)

    async def _load(self, rule: Rule, stream: _Stream, silent: int) -> tuple[int, RuleState]:
        """Return the stored state or, where there is none, one that begins with the stream's first minute.

        ``silent`` is the minute to which others had decided before this tick.
        """
        version, state = await self._alerts.load(rule.name, self._stored.get(rule.name))
        if state is not None:
            self._stored[rule.name] = version, state
            return version, adapt(rule, state, max(stream.oldest, state.evaluated - LEARN_FROM))
        # A rule that joins others learns from the past, but does not tell what it would have said then.
        # What was brought in may not be whole before something was decided; and it would be told of, too.
        first = stream.oldest if silent else stream.first
        state = begin(rule, max(first, silent - LEARN_FROM), silent)
        # Alerts outlive a state that was deleted; they go on and resolve, or their series could never fire again.
        open_ = [alert for alert in await self._alerts.open_alerts() if alert.rule == rule.name]
        return version, resume(state, {alert.series: minute_of(alert.fired_at) for alert in open_})

    async def _retire(self, rules: Sequence[Rule]) -> bool:
        """Resolve what fires by a rule that is not in force any more, or in a series that its rule has given up.

        Returns False when another worker was faster with one of them: look again at what is open then.
        """
        by_name = {rule.name: rule for rule in rules}
        for alert in await self._alerts.open_alerts():
            rule = by_name.get(alert.rule)
            if rule is not None and rule.watches(alert.series):
                continue
            version, state = await self._alerts.load(alert.rule)
            if state is None:
                continue
            decision = await self._given_up(alert, state)
            alert_states = {name: other for name, other in state.alert_states.items() if name != alert.series}
            changes = [Change(alert.rule, decision)]
            tick = Tick(replace(state, alert_states=alert_states), changes, {}, self._receivers, self._clock())
            if not await self._alerts.commit(alert.rule, version, tick):
                return False
        return True

    async def _given_up(self, alert: Alert, state: RuleState) -> Decision:
        fired = minute_of(alert.fired_at)
        minute = max(state.evaluated, fired)
        latest = (await self._alerts.latest_decisions()).get((alert.rule, alert.series))
        observation = latest.observation if latest else Observation(alert.series, minute, 0, 0, 0, 0, 0, 0)
        observation = msgspec.structs.replace(observation, minute=minute)
        detail = UNWATCHED.format(state=Reason.RESOLVED, rule=alert.rule)
        return Decision(Reason.RESOLVED, observation, fired, alert.severity, detail)
