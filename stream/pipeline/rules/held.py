"""Which minutes of a series are held back, because what would fire there was told of before.

Each minute is decided on as if it were the only one, in whatever pieces the minutes come: what is new is told of in the
minute in which it is. Since one decision costs less in a piece than alone, a series is held back for a while on trial;
each of the minutes in it is asked about, and the trial is cut short where there is something new to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stream.pipeline.rules.decision import Decision, Reason
from stream.pipeline.rules.outcome import Outcome
from stream.pipeline.rules.state import Span
from stream.pipeline.units import DAY

# Minutes of a trial. It changes no decision, only how often minutes are decided on anew: most often nothing new comes.
TRIAL = DAY


class Held:
    """What is held back of one rule in some minutes, and what was answered about them so far.

    Answers are to be given in the order of time, over all rules that are decided on together: each follows from what
    came before it, and so stays true when later minutes are decided on anew.
    """

    def __init__(self) -> None:
        self._trials: dict[str, list[Span]] = {}
        self._answered: set[tuple[str, int]] = set()

    @property
    def spans(self) -> Mapping[str, tuple[Span, ...]]:
        """By series the spans of minutes in which it is held back."""
        return {series: tuple(spans) for series, spans in self._trials.items()}

    def open_questions(self, outcome: Outcome) -> Iterator[Decision]:
        """Yield the decisions by which something fires, or would, of which it was not answered whether it was told."""
        for decision in (*outcome.changes, *outcome.withheld):
            if decision.reason is Reason.FIRING and _place(decision) not in self._answered:
                yield decision

    def answer(self, decision: Decision, *, told: bool) -> bool:
        """Take the answer about an open question; return whether the minutes are to be decided on anew."""
        series, minute = place = _place(decision)
        self._answered.add(place)
        spans = self._trials.setdefault(series, [])
        on_trial = bool(spans) and minute < spans[-1][1]
        if told is on_trial:
            return False
        if told:
            spans.append((minute, minute + TRIAL))
        else:
            spans[-1] = spans[-1][0], minute
        return True


def _place(decision: Decision) -> tuple[str, int]:
    return decision.observation.series, decision.observation.minute
