"""Up to where rules decide in one tick: a backlog is worked off in pieces, and by all rules together."""

from __future__ import annotations

from collections.abc import Sequence

from stream.pipeline.rules import Rule, RuleState

# A backlog is worked off in pieces, so that the event loop, and with it Kafka's heartbeat, is never held for long.
DETECT_MINUTES = 720
# Of many series fewer minutes at once, for the sake of memory: three numbers of eight bytes per series and minute.
DETECT_CELLS = 2_000_000


def piece_of(rule: Rule, state: RuleState) -> int:
    """Return how many minutes ``rule`` takes on at once: one decision at least."""
    return max(min(DETECT_MINUTES, DETECT_CELLS // max(len(state.names), 1)), rule.detector.every)


def ends_of_pieces(rules: Sequence[tuple[Rule, RuleState]], closed: int) -> list[int]:
    """Return for each rule the minute to decide up to (exclusive), at most ``closed``.

    No rule goes further than the one that takes the smallest piece: what one has told of by then holds back another.
    Nobody waits for a rule that only learns from the past, nor for one that lies far behind the others, as one that was
    taken out and is back after weeks.
    """
    ends = [state.evaluated + piece_of(rule, state) for rule, state in rules]
    furthest = max((state.evaluated for _, state in rules), default=0)
    waited_for = [
        state.evaluated >= state.silent_until and state.evaluated + max(DETECT_MINUTES, rule.detector.every) >= furthest
        for rule, state in rules
    ]
    common = min((end for end, is_waited_for in zip(ends, waited_for, strict=True) if is_waited_for), default=closed)
    found = []
    for end, (rule, state) in zip(ends, rules, strict=True):
        last = min(end, closed, max(common, state.silent_until))
        found.append(last - last % rule.detector.every)
    return found
