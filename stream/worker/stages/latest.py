"""Which of the latest decisions are written for dashboards and ``watch`` at the end of a tick."""

from __future__ import annotations

import zlib

from stream.pipeline.rules import Decision, Outcome, Reason, Rule

# Minutes after which the latest decision on a series in which nothing happens is written again: what people look at is
# at most so old, and most rows of most ticks are not written.
ALL_EVERY = 5
# Series from which on that goes for those in which nothing is unusual, too, a fifth of them each minute: of 10,000
# series these rows and the state are 3 MB of PostgreSQL's log a tick (`bellwether bench detect --ticks`).
MANY = 1000
QUIET = frozenset({Reason.WARMING_UP, Reason.TOO_FEW, Reason.EXPECTED})


def latest_to_write(rule: Rule, outcome: Outcome) -> dict[str, Decision]:
    """Return the latest decisions by series, those on silent series only now and then; of many so those on quiet ones.

    What is going on, and a score of at least half the threshold, is always among them.
    """
    many = len(outcome.latest) > MANY and rule.detector.every < ALL_EVERY
    if outcome.state.evaluated % ALL_EVERY == 0 and not many:
        return dict(outcome.latest)
    return {name: decision for name, decision in outcome.latest.items() if _is_due(name, decision, many=many)}


def _is_due(name: str, decision: Decision, *, many: bool) -> bool:
    observation = decision.observation
    if decision.reason not in QUIET or observation.score >= observation.threshold / 2:
        return True
    if not many:
        return observation.documents > 0
    # By the name, so that each minute has its fifth.
    return (zlib.crc32(name.encode()) + observation.minute) % ALL_EVERY == 0
