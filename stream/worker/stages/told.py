"""Whether what is to fire was told of before, asked of the stores; see :mod:`stream.pipeline.rules.told`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from stream.pipeline.detect import Counts
from stream.pipeline.notify import (
    Alert,
    AlertSnapshot,
    AlertStore,
    RoutingSource,
    Status,
    alert_id,
    moment_of,
    routing_of,
)
from stream.pipeline.rules import (
    Decision,
    DecisionRecord,
    Held,
    Outcome,
    Reason,
    Rule,
    RuleState,
    Teller,
    advance,
    may_have_told,
    was_told,
)
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.store import Change, WindowStore
from stream.worker.stages.changes import ClassifierFacts
from stream.worker.ticks import getting_on

# Alerts that are over and looked at: those that fired last. More than end within the two days that rules look back on:
# a worker that catches up knows all of its piece, and would else hold back what another tells minute by minute.
RECENT = 2000


class ToDecide(NamedTuple):
    """The minutes up to ``until`` (exclusive), on which a rule is to decide from ``state`` on."""

    rule: Rule
    state: RuleState
    counts: Counts
    until: int


@dataclass(slots=True)
class _Run:
    """What one rule makes of its minutes, anew as long as something is held back."""

    given: ToDecide
    outcome: Outcome
    held: Held = field(default_factory=Held)


class _Over(NamedTuple):
    """An alert that is over, without its documents, and who was told of it."""

    id: str
    teller: Teller
    receivers: frozenset[str]


class Told:
    """Decides on minutes, and holds back what all of its receivers were told of by an alert that is over.

    All rules together, as if minute by minute: what one has told of by then holds back another, in whatever pieces the
    minutes come. The stores are asked only when something is to fire.
    """

    def __init__(
        self, windows: WindowStore, alerts: AlertStore, receivers: RoutingSource, classifier: ClassifierFacts
    ) -> None:
        self._windows, self._alerts, self._receivers, self._classifier = windows, alerts, receivers, classifier
        # What is stored, as of this tick.
        self._stored: list[_Over] | None = None
        self._open: dict[str, Alert] = {}
        # By alert that is over, with its documents, as of the last change that was looked for.
        self._known: dict[str, Teller] = {}
        self._change: Change | None = None

    def forget(self) -> None:
        """Forget what was read: the windows are others."""
        self._known, self._change = {}, None

    async def decide(self, given: Sequence[ToDecide]) -> list[Outcome]:
        """Return what each rule says of its minutes.

        Raises:
            StoreError: a store did not answer.
        """
        self._stored = None
        runs = []
        for one in given:
            runs.append(_Run(one, await self._advance(one, Held())))
            getting_on()
        while (run := await self._first_to_redo(runs)) is not None:
            run.outcome = await self._advance(run.given, run.held)
            getting_on()
        return [run.outcome for run in runs]

    async def _advance(self, given: ToDecide, held: Held) -> Outcome:
        state = replace(given.state, told=held.spans)
        return await asyncio.to_thread(advance, given.rule, state, given.counts, given.until, self._classifier.errors)

    async def _first_to_redo(self, runs: Sequence[_Run]) -> _Run | None:
        """Answer what is open, in the order of time; return the run that is to be decided anew for it."""
        open_ = [(run, decision) for run in runs for decision in run.held.open_questions(run.outcome)]
        if not open_:
            return None
        await self._read_stored()
        over = [*(self._stored or ()), *self._ended(runs)]
        for run, decision in sorted(open_, key=lambda pair: pair[1].observation.minute):
            if run.held.answer(decision, told=await self._was_told(run, decision, over)):
                return run
            getting_on()
        return None

    async def _was_told(self, run: _Run, decision: Decision, over: Sequence[_Over]) -> bool:
        rule, to = run.given.rule, self._told_of(run.given.rule.name, decision)
        may = [one for one in over if to <= one.receivers and may_have_told(rule, decision, one.teller)]
        if not may:
            return False
        tellers = [await self._with_documents(one) for one in may]
        seen = decision.observation
        first = seen.minute - max(rule.detector.windows)
        evidence = await self._windows.evidence(seen.series, first, seen.minute)
        trace = run.outcome.traces[seen.series, seen.minute]
        recorded = DecisionRecord(rule, self._classifier.errors, trace, decision)
        return await asyncio.to_thread(was_told, recorded, evidence, tellers)

    async def _read_stored(self) -> None:
        if self._stored is None:
            recent = await self._alerts.alerts(Status.RESOLVED, RECENT)
            self._open = {alert.id: alert for alert in await self._alerts.open_alerts()}
            ids = {alert.id for alert in recent}
            self._change, oldest = await self._windows.changes_since(self._change)
            # Documents may still come to the minutes of what is over.
            self._known = {
                id_: teller
                for id_, teller in self._known.items()
                if id_ in ids and (oldest is None or teller.resolved <= oldest)
            }
            self._stored = [_over(alert, minute_of(alert.resolved_at)) for alert in recent if alert.resolved_at]

    def _ended(self, runs: Iterable[_Run]) -> Iterator[_Over]:
        """Yield the alerts that end within the minutes of this tick."""
        for run in runs:
            rule, on = run.given.rule.name, dict[str, _Over]()
            for decision in run.outcome.changes:
                seen = decision.observation
                id_ = alert_id(rule, seen.series, decision.fired or 0)
                if decision.reason is Reason.FIRING:
                    on[id_] = _Over(id_, Teller(rule, seen.series, seen.minute - seen.window, seen.minute), frozenset())
                elif id_ not in on and id_ in self._open:
                    on[id_] = _over(self._open[id_], seen.minute)
                if (one := on.get(id_)) is None:
                    continue
                if decision.reason in (Reason.FIRING, Reason.ESCALATED):
                    on[id_] = one._replace(receivers=one.receivers | self._told_of(rule, decision))
                else:
                    yield one._replace(teller=msgspec.structs.replace(one.teller, resolved=seen.minute))

    def _told_of(self, rule: str, decision: Decision) -> frozenset[str]:
        """Return who is told of an alert that fires by ``decision``."""
        seen, routing = decision.observation, routing_of(self._receivers)
        fired = moment_of(seen.minute)
        alert = Alert("", rule, seen.series, Status.FIRING, fired, kind=seen.kind, severity=decision.severity)
        return frozenset(routing.receivers(routing.labels(alert)))

    async def _with_documents(self, over: _Over) -> Teller:
        if over.id not in self._known:
            teller = over.teller
            story = await self._alerts.story(over.id)
            if story is not None:
                window = AlertSnapshot.of(story.alert, story.transitions, ()).window
                teller = msgspec.structs.replace(teller, first=teller.first - window)
            documents = await self._windows.evidence(teller.series, teller.first, teller.resolved)
            self._known[over.id] = teller.of(documents)
        return self._known[over.id]


def _over(alert: Alert, resolved: int) -> _Over:
    """Return a stored alert as one that is over since the minute ``resolved``."""
    teller = Teller(alert.rule, alert.series, minute_of(alert.fired_at), resolved)
    return _Over(alert.id, teller, frozenset(alert.receivers))
