"""The detector's state as what changed since the one before: digit for digit, and far less."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from stream.pipeline.aggregate import UNIT
from stream.pipeline.detect import Counts
from stream.pipeline.rules import Rule, RuleState, advance, begin

DAY = 1440
RULE = Rule()


def _counts(series: int, first: int, last: int, late: int) -> Counts:
    pick = np.random.default_rng(7)
    documents = pick.poisson(0.5, (series, last))
    documents[series // 2 :, :late] = 0  # Half of them begin later.
    negatives = pick.binomial(documents, 0.2)
    names = tuple(f"topic:{row}" for row in range(series))
    counts = Counts(names, 0, documents * UNIT, negatives * UNIT, np.zeros_like(documents))
    return counts.between(first, last)


def _states(last: int) -> Iterator[RuleState]:
    """Yield the states minute by minute over midnight, at which thresholds and profiles are made anew."""
    whole = _counts(40, 0, last, DAY - 3)
    state = advance(RULE, begin(RULE, 0), _in(whole, begin(RULE, 0), DAY - 8), DAY - 8).state
    for until in range(DAY - 7, last + 1):
        yield state
        state = advance(RULE, state, _in(whole, state, until), until).state


def _in(whole: Counts, state: RuleState, until: int) -> Counts:
    return whole.between(state.evaluated - RULE.test.lookback, until).arranged(state.names)


def test_a_state_and_its_changes_give_the_next_one_digit_for_digit() -> None:
    kept: RuleState | None = None
    rows, sizes = set(), []
    for state in _states(DAY + 12):
        if kept is not None:
            changes = state.changes(kept)
            assert changes is not None
            sizes.append(len(changes) / len(state.encode()))
            kept = RuleState.decode(kept.encode()).changed(changes)
            assert kept.encode() == state.encode()
        kept = kept or state
        rows.add(len(state.names))
    assert rows == {20, 40}
    # Between the ends of cells next to nothing changes.
    assert sorted(sizes)[len(sizes) // 2] < 0.05


def test_what_does_not_go_on_from_there_is_told_whole() -> None:
    states = list(_states(DAY))
    first, last = states[0], states[-1]
    assert first.changes(last) is None  # Rows were dropped.
    assert last.changes(replace(first, shape="another")) is None
    changes = last.changes(first)
    assert changes is not None
    with pytest.raises(ValueError, match="series, not to"):
        last.changed(changes)
    with pytest.raises(ValueError, match="no changes"):
        first.changed(b"nonsense")
