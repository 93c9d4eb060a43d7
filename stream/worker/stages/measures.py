"""What the detector says of itself in metrics: what it decided, and how many series it can hear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from stream import metrics
from stream.pipeline.detect import ClassifierErrors
from stream.pipeline.rules import Outcome, Reason, Rule, RuleState, sharpest

# Seconds. What would fire changes with the hour; for 10,000 series a look takes two seconds of processor time.
LOOK_EVERY = 300.0


def begin_counting() -> None:
    """From zero on: of a counter that begins with its first alert, Prometheus would not see that one."""
    for status in ("firing", "resolved"):
        metrics.ALERTS.labels(status)


def count_outcome(outcome: Outcome) -> None:
    """Add decisions, and alerts that fire or resolve, to their counters."""
    for reason, count in outcome.reasons.items():
        metrics.DECISIONS.labels(reason).inc(count)
    for decision in outcome.changes:
        if decision.reason is not Reason.ESCALATED:
            metrics.ALERTS.labels("firing" if decision.reason is Reason.FIRING else "resolved").inc()


class Hear:
    """Looks how many series can be heard, and what the first of the others would need; see ``rules explain``.

    Args:
        known: returns the rules in force, each with its latest state.
        errors: the classifier's.
        monotonic: seconds of a clock that never goes back.
    """

    name = "hear"

    def __init__(
        self,
        known: Callable[[], Sequence[tuple[Rule, RuleState]]],
        errors: ClassifierErrors,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._known, self._errors, self._monotonic = known, errors, monotonic
        self._looked_at = float("-inf")

    async def tick(self) -> bool:
        """Set the gauges. Returns False: the next look comes in its time."""
        known, now = self._known(), self._monotonic()
        if not known or now - self._looked_at < LOOK_EVERY:
            return False  # nothing was loaded yet, or the last look is not long ago
        self._looked_at = now
        heard = await asyncio.to_thread(sharpest, known, self._errors)
        deaf = [one for one in heard if not one.heard]
        metrics.SERIES.set(len(heard))
        metrics.SERIES_HEARD.set(len(heard) - len(deaf))
        metrics.UNHEARD_NEED.clear()
        if needs := [(one.count, one.minutes) for one in deaf if one.count is not None]:
            for what, number in zip(("negatives", "minutes"), min(needs), strict=True):
                metrics.UNHEARD_NEED.labels(what).set(number)
        return False
