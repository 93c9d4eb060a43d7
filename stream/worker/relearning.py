"""The detector learns from a past that was brought in: beside the running one, and then takes its place in one step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stream.clocks import Clock, utc_now
from stream.errors import StoreError
from stream.pipeline.notify import AlertStore, Change, Tick, moment_of
from stream.pipeline.rules import Decision, Outcome, Reason, Rule, RuleState, advance, begin
from stream.pipeline.rules.decision import ENDS
from stream.pipeline.units import DAY
from stream.pipeline.windows.store import WindowStore
from stream.worker.stages.changes import ClassifierFacts, change_of
from stream.worker.stages.past import Past
from stream.worker.stages.pieces import piece_of

# Decisions before the stream that dashboards show: of two days, which is what they open with and the day before, and no
# more than are written in some seconds.
KEPT, MOST_KEPT = 2 * DAY, 100_000
NOBODY: tuple[str, ...] = ()  # receivers: what was brought in is told to nobody


class Learned(NamedTuple):
    """What a rule learned: of how many series, over how many minutes, and how many alerts of the past it stored."""

    rule: str
    series: int
    minutes: int
    alerts: int


@dataclass(slots=True)
class _Run:
    """A rule on its way through the past.

    Attributes:
        live_from: the minute from which on it was decided on live.
        changes: those of the alerts before, where they are wanted.
        decisions: the last ones before, for dashboards.
    """

    rule: Rule
    past: Past
    state: RuleState
    live_from: int
    changes: list[Change] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    last: Outcome | None = None


class Relearning:
    """Learns anew from the windows what the rules would know if the past had come live.

    While it learns, the running detector goes on with what it knows. Then the state that was learned takes the place
    of the stored one, together with the alerts that are on, if nobody has moved it on meanwhile; else it is first
    brought as far. Alerts of the past are decided on as they would have been live, for they keep the detector from
    learning from them; they are dropped, or stored if ``alerts_wanted``, and nobody is told.

    Args:
        told: is told how many minutes of a rule are done, one after the other.
    """

    def __init__(
        self,
        windows: WindowStore,
        alerts: AlertStore,
        classifier: ClassifierFacts,
        *,
        alerts_wanted: bool = False,
        told: Callable[[int], object] = lambda minutes: None,
        clock: Clock = utc_now,
    ) -> None:
        self._windows, self._alerts, self._classifier = windows, alerts, classifier
        self._alerts_wanted, self._told, self._clock = alerts_wanted, told, clock

    async def learn(self, rule: Rule, first: int, last: int, *, live: bool) -> Learned:
        """Learn from the minute ``first`` on.

        Args:
            last: the minute up to which it is learned before the stream has begun.
            live: whether it has; then it is learned up to where the detector stands.

        Raises:
            StoreError: a store did not answer, or the windows were lost meanwhile; nothing has changed.
        """
        mark = await self._windows.complete()
        version, stored = await self._alerts.load(rule.name)
        begun = min(first, stored.since) if stored else first
        live_from = stored.since if stored and live else last
        run = _Run(rule, Past(self._windows), begin(rule, begun), live_from)
        while True:
            evaluated = stored.evaluated if stored else 0
            await self._advance(run, evaluated if evaluated and live else max(evaluated, last))
            if mark is None or await self._windows.complete() != mark:
                raise StoreError("the windows were lost meanwhile and nothing was learned; run it again, it is rebuilt")
            tick = self._tick(run, stored if live else None)
            if await self._alerts.commit(rule.name, version, tick):
                fired = sum(change.decision.reason is Reason.FIRING for change in tick.changes)
                return Learned(rule.name, len(run.state.names), run.state.evaluated - begun, fired)
            version, stored = await self._alerts.load(rule.name)

    async def _advance(self, run: _Run, until: int) -> None:
        until -= until % run.rule.detector.every
        while run.state.evaluated < until:
            at = run.state.evaluated
            stop = min(at + piece_of(run.rule, run.state), until)
            counts = await run.past.counts(run.rule, run.state, stop)
            errors, keep = self._classifier.errors, run.live_from - KEPT <= stop and at < run.live_from
            run.last = await asyncio.to_thread(advance, run.rule, run.state, counts, stop, errors, keep=keep)
            run.state = run.last.state
            before = [item for item in run.last.decisions if item.observation.minute < run.live_from]
            run.decisions = [*run.decisions, *before][-MOST_KEPT:]
            if self._alerts_wanted and at < run.live_from:
                parts = self._windows, self._classifier
                run.changes += [await change_of(run.rule, run.last, item, *parts) for item in run.last.changes]
            self._told(run.state.evaluated - at)

    def _tick(self, run: _Run, stored: RuleState | None) -> Tick:
        """Return what is to be stored: what was learned, and of alerts what is known to the store.

        ``stored`` is the state of the live detector; None before the stream has begun.
        """
        if stored is None:
            # An alert that would be on has told nobody: it fires as a new one if it goes on.
            going_on = {name: item for name, item in run.state.alert_states.items() if item.fired is None}
            state = replace(run.state, alert_states=going_on)
        else:
            state = replace(run.state, silent_until=stored.silent_until, alert_states=stored.alert_states)
        latest = dict(run.last.latest) if run.last else {}
        changes = _over_before(run.changes, run.live_from)
        return Tick(state, changes, latest, NOBODY, self._clock(), run.decisions)


def _over_before(changes: Sequence[Change], minute: int) -> list[Change]:
    """Return the changes of those alerts that were over before a minute."""
    over = {change.alert_id for change in changes if change.decision.reason in ENDS and change.at < moment_of(minute)}
    return [change for change in changes if change.alert_id in over]
