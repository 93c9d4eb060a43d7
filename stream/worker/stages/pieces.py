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
    One that only learns from the past keeps nobody waiting until it has come to where it may fire.
    """
    ends = [state.evaluated + piece_of(rule, state) for rule, state in rules]
    common = min((end for end, (_, state) in zip(ends, rules, strict=True) if not _only_learns(state)), default=closed)
    found = []
    for end, (rule, state) in zip(ends, rules, strict=True):
        last = min(end, closed, max(common, state.silent_until))
        found.append(last - last % rule.detector.every)
    return found


def _only_learns(state: RuleState) -> bool:
    return state.evaluated < state.silent_until
