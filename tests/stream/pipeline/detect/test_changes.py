"""The detector's state as what changed since the one before: digit for digit, and far less."""

from dataclasses import replace

import pytest

from stream.pipeline.rules import RuleState
from stream.pipeline.units import DAY
from tests.contracts.states import states_over_midnight


def test_a_state_and_its_changes_give_the_next_one_digit_for_digit() -> None:
    kept: RuleState | None = None
    rows, sizes = set(), []
    for state in states_over_midnight(DAY + 12):
        if kept is not None:
            changes = state.changes_since(kept)
            assert changes is not None
            sizes.append(len(changes) / len(state.encode()))
            kept = RuleState.decode(kept.encode()).apply_changes(changes)
            assert kept.encode() == state.encode()
        kept = kept or state
        rows.add(len(state.names))
    assert (min(rows), max(rows)) == (20, 40)
    # Between the ends of cells next to nothing changes.
    assert sorted(sizes)[len(sizes) // 2] < 0.05


def test_what_does_not_go_on_from_there_is_told_whole() -> None:
    states = list(states_over_midnight(DAY))
    first, last = states[0], states[-1]
    assert first.changes_since(last) is None  # Rows were dropped.
    assert last.changes_since(replace(first, shape="another")) is None
    changes = last.changes_since(first)
    assert changes is not None
    with pytest.raises(ValueError, match="series, not to"):
        last.apply_changes(changes)
    with pytest.raises(ValueError, match="no changes"):
        first.apply_changes(b"nonsense")
