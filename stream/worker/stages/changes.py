"""What an alert is stored with: its evidence, how robust it is, and what a replay needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.notify import AlertStore, Change, ReplayRecord
from stream.pipeline.rules import Decision, DecisionRecord, Outcome, Reason, Rule, with_robustness
from stream.pipeline.rules.robust import MEMBERS_KEPT
from stream.pipeline.windows.evidence import OF_ALERT, strongest
from stream.pipeline.windows.store import WindowStore

MANY_CHANGED = 60  # minutes that wait to be written: the stream is being caught up with, and older ones may wait


@dataclass(frozen=True, slots=True)
class ClassifierFacts:
    """What is known of the model that classified, and of how long its documents are waited for.

    Attributes:
        artifact_hash: of the model.
        errors: how often it errs.
    """

    artifact_hash: str = ""
    errors: ClassifierErrors = field(default_factory=ClassifierErrors)


async def change_of(
    rule: Rule,
    outcome: Outcome,
    decision: Decision,
    windows: WindowStore,
    classifier: ClassifierFacts,
    alerts: AlertStore | None = None,
) -> Change:
    """Return a decision by which an alert fires, grows more severe or resolves, as it is stored. Raises StoreError.

    Args:
        alerts: says what was written before; None: an alert of the past does not tell.
    """
    if decision.reason is not Reason.FIRING:
        return Change(rule.name, decision)
    observation = decision.observation
    series, minute, window = observation.series, observation.minute, observation.window
    trace = outcome.traces[series, minute]
    # Of a long window the store has not kept every document.
    members = await windows.members(series, minute - window, minute) if window <= MEMBERS_KEPT else []
    decision = with_robustness(rule, decision, trace, members, classifier.errors)
    recorded = DecisionRecord(rule, classifier.errors, trace, decision, tuple(members))
    record = ReplayRecord(rule.hash, classifier.artifact_hash, recorded.encode())
    evidence = strongest(await windows.evidence(series, minute - window, minute), OF_ALERT)
    earlier = None
    if alerts is not None and await _are_written(windows, minute - window):
        earlier = await alerts.earlier(series, minute - window)
    return Change(rule.name, decision, tuple(evidence), record, earlier)


async def _are_written(windows: WindowStore, first: int) -> bool:
    """Whether the rows before the minute ``first`` are written: else it would be said that nothing was there."""
    waiting = await windows.changed(MANY_CHANGED)
    return len(waiting) < MANY_CHANGED and min(waiting, default=first) >= first
