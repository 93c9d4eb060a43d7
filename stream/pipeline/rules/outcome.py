"""What deciding on some minutes gives: the state after them, the decisions, and what these were computed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from stream.pipeline.rules.decision import Decision, Ground, Reason
from stream.pipeline.rules.life import AlertState
from stream.pipeline.rules.state import RuleState


class Trace(msgspec.Struct, frozen=True):
    """What one change was computed from.

    Attributes:
        ground: what was expected of the window that was decided on.
        baselines: the series' row of what was learned, packed.
        alert_state: what was going on before.
        first: the first minute of ``counts``.
        counts: documents, negatives and positives by ``step`` minutes, in 1/UNIT documents.
        step: minutes that each of the counts holds.
    """

    ground: Ground
    baselines: bytes = msgspec.field(name="learned")
    alert_state: AlertState | None = msgspec.field(name="incident")
    first: int
    counts: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    step: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What deciding on some minutes gave.

    Attributes:
        state: after the last one.
        changes: firing, severity rose, resolved, accepted; in order.
        latest: the latest decision on each series.
        reasons: how many decisions, one per series and minute, were what they are and why.
        decisions: those of the past that are worth keeping.
        traces: what each change, and each of ``withheld``, was computed from, by series and minute.
        forgotten: series that the state has dropped, for next to nothing was left of what they had taught.
        withheld: the decisions by which alerts would have fired, were they not held back; in order.
    """

    state: RuleState
    changes: tuple[Decision, ...]
    latest: Mapping[str, Decision]
    reasons: Mapping[Reason, int]
    decisions: tuple[Decision, ...] = ()
    traces: Mapping[tuple[str, int], Trace] = field(default_factory=dict)
    forgotten: tuple[str, ...] = ()
    withheld: tuple[Decision, ...] = ()


@dataclass(slots=True)
class Journal:
    """Decisions as they are made: all are counted, changes are kept with their traces, others if worth it."""

    reasons: Counter[Reason] = field(default_factory=Counter)
    changes: list[Decision] = field(default_factory=list)
    withheld: list[Decision] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    traces: dict[tuple[str, int], Trace] = field(default_factory=dict)

    def note_change(self, decision: Decision, trace: Trace) -> None:
        """Write down a decision by which an alert fires, rises, resolves or is accepted."""
        self.changes.append(decision)
        self._note_trace(decision, trace)

    def note_withheld(self, decision: Decision, trace: Trace) -> None:
        """Write down a decision by which an alert would have fired."""
        self.withheld.append(decision)
        self._note_trace(decision, trace)

    def _note_trace(self, decision: Decision, trace: Trace) -> None:
        self.traces[decision.observation.series, decision.observation.minute] = trace
