"""Stage ``detect``: closed minutes to decisions, by every rule."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import StoreError
from stream.pipeline.detect import Counts
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify import AlertStore, RoutingSource, RuleTick, Tick
from stream.pipeline.progress.watermark import HISTORY, EventTime, watermark
from stream.pipeline.rules import (
    Listed,
    Outcome,
    Rule,
    RuleState,
    adapt,
    begin,
    resume,
)
from stream.pipeline.units import DAY, MINUTE_MS
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.store import WindowStore
from stream.worker.stages.changes import ClassifierFacts, change_of
from stream.worker.stages.latest import latest_to_write
from stream.worker.stages.measures import begin_counting, count_outcome
from stream.worker.stages.past import Past
from stream.worker.stages.pieces import ends_of_pieces
from stream.worker.stages.retire import Retire
from stream.worker.stages.told import ToDecide, Told
from stream.worker.ticks import getting_on

# Minutes of the past that a changed rule learns from, where the windows still hold them: the half-life of peaks.
LEARN_FROM = 30 * DAY

logger = logging.getLogger(__name__)


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

    Series of names that are not on the watchlist are not decided on. What fires there resolves some minutes after the
    list changed: once, so that workers with different lists do not raise and end an alert in turn.

    Attributes:
        entries: returns those of the watchlist in force, asked at each tick; none where the list is not known.

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
        self.entries: Callable[[], Mapping[str, Entry]] = dict
        self._receivers, self._clock = receivers, clock
        self._classifier = classifier or ClassifierFacts()
        self._past = Past(windows)
        self._told = Told(windows, alerts, receivers, self._classifier)
        self._retire, self._listed, self._ended = Retire(alerts, receivers, clock), Listed({}), True
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
        if not await self._use(rules, self.entries(), stream.come_to // MINUTE_MS):
            return True
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

    async def _use(self, rules: tuple[Rule, ...], entries: Mapping[str, Entry], minute: int) -> bool:
        """Take what is in force; ``minute`` is the stream's. False: another worker was faster, look again."""
        if entries is not self._listed.entries and entries != self._listed.entries:
            self._listed, self._ended = Listed(entries, minute), False
        end = not self._ended and self._listed.is_sure(minute)
        if rules == self._in_force and not end:
            return True
        if rules != self._in_force:
            self._past.clear()
            self._ahead.clear()
        self._known.clear()
        if not await self._retire.retire(rules, self._listed if end else Listed({})):
            return False
        self._in_force, self._ended = rules, self._ended or end
        return True

    def _unlisted(self, counts: Counts) -> frozenset[str]:
        if found := self._listed.note_counted(counts):
            said = (
                "series %s: documents are counted there, and it is not on the watchlist of this worker; is that older?"
            )
            logger.warning(said, ", ".join(found))
        return self._listed.others(counts.names)

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
            given = replace(state, unlisted=self._unlisted(counts))
            ready.append(_Ready(version, ToDecide(rule, given, counts, until)))
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
