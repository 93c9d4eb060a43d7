"""Whether what is to fire was told of before, asked of the stores; see :mod:`stream.pipeline.rules.told`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
    Outcome,
    Reason,
    Rule,
    RuleState,
    Teller,
    advance,
    may_have_told,
    was_told,
)
from stream.pipeline.rules.state import Span
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.store import WindowStore
from stream.worker.stages.changes import ClassifierFacts
from stream.worker.ticks import getting_on

RECENT = 200  # alerts that are over and looked at: those that fired last
ASKED_AGAIN = 15  # minutes after which it is asked again whether something new has come


class _Over(NamedTuple):
    """An alert that is over, without its documents, and who was told of it."""

    id: str
    teller: Teller
    receivers: frozenset[str]


class Told:
    """Decides on minutes, and holds back what all of its receivers were told of by an alert that is over.

    The stores are asked only when something is to fire.
    """

    def __init__(
        self, windows: WindowStore, alerts: AlertStore, receivers: RoutingSource, classifier: ClassifierFacts
    ) -> None:
        self._windows, self._alerts, self._receivers, self._classifier = windows, alerts, receivers, classifier
        self._stored: list[_Over] | None = None
        self._made: list[tuple[str, Decision]] = []
        # By alert, with its documents: what is over never changes.
        self._known: dict[str, Teller] = {}

    def begin_tick(self) -> None:
        """Look anew at what is stored; what the tick before made is stored by now, or came to nothing."""
        self._stored, self._made = None, []

    async def decide(self, rule: Rule, state: RuleState, counts: Counts, until: int) -> Outcome:
        """Return what ``rule`` says of the minutes up to ``until``.

        Raises:
            StoreError: a store did not answer.
        """
        held: dict[str, tuple[Span, ...]] = {}
        while True:
            free = replace(state, told=dict(held))
            outcome = await asyncio.to_thread(advance, rule, free, counts, until, self._classifier.errors)
            told = await self._first_told(rule, outcome)
            if told is None:
                self._made += [(rule.name, decision) for decision in outcome.changes]
                return outcome
            seen = told.observation
            held[seen.series] = (*held.get(seen.series, ()), (seen.minute, seen.minute + ASKED_AGAIN))
            getting_on()

    async def _first_told(self, rule: Rule, outcome: Outcome) -> Decision | None:
        made = [*self._made, *((rule.name, decision) for decision in outcome.changes)]
        for decision in outcome.changes:
            if decision.reason is Reason.FIRING and await self._was_told(rule, outcome, decision, made):
                return decision
        return None

    async def _was_told(
        self, rule: Rule, outcome: Outcome, decision: Decision, made: Sequence[tuple[str, Decision]]
    ) -> bool:
        to, over = self._told_of(rule.name, decision), [*await self._stored_ones(), *self._ended(made)]
        may = [one for one in over if to <= one.receivers and may_have_told(rule, decision, one.teller)]
        if not may:
            return False
        tellers = [await self._with_documents(one) for one in may]
        seen = decision.observation
        first = seen.minute - max(rule.detector.windows)
        evidence = await self._windows.evidence(seen.series, first, seen.minute)
        trace = outcome.traces[seen.series, seen.minute]
        recorded = DecisionRecord(rule, self._classifier.errors, trace, decision)
        return await asyncio.to_thread(was_told, recorded, evidence, tellers)

    async def _stored_ones(self) -> list[_Over]:
        if self._stored is None:
            recent = await self._alerts.alerts(Status.RESOLVED, RECENT)
            ids = {alert.id for alert in recent}
            self._known = {id_: teller for id_, teller in self._known.items() if id_ in ids}
            self._stored = list(_over(recent))
        return self._stored

    def _ended(self, made: Iterable[tuple[str, Decision]]) -> Iterator[_Over]:
        """Yield the alerts that began and ended within the minutes of this tick."""
        fired: dict[str, Decision] = {}
        for rule, decision in made:
            seen = decision.observation
            id_ = alert_id(rule, seen.series, decision.fired or 0)
            if decision.reason is Reason.FIRING:
                fired[id_] = decision
            elif (first := fired.get(id_)) and decision.reason in (Reason.RESOLVED, Reason.ACCEPTED):
                began = first.observation.minute - first.observation.window
                yield _Over(id_, Teller(rule, seen.series, began, seen.minute), self._told_of(rule, first))

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


def _over(alerts: Iterable[Alert]) -> Iterator[_Over]:
    for alert in alerts:
        if alert.resolved_at is not None:
            fired, resolved = minute_of(alert.fired_at), minute_of(alert.resolved_at)
            yield _Over(alert.id, Teller(alert.rule, alert.series, fired, resolved), frozenset(alert.receivers))
