"""The detector's state as what changed since the one before: digit for digit, and far less."""

import zlib
from dataclasses import replace

import msgspec
import pytest

from stream.pipeline.detect import NEVER, DetectorSpec, new_baselines
from stream.pipeline.detect.packed import pack, unpack
from stream.pipeline.rules import RuleState
from stream.pipeline.units import DAY
from tests.contracts.states import states_over_midnight

RELEASED = (
    "since seen level_n level_w base_level_n base_level_w day_n day_w share_k share_n slot_n slot_w slot_k profile"
    " share_profile together_a together_b apart_a apart_b waiting base_share base_together base_apart peaks days"
    " cluster_from cluster_peak hot_since hot_at surge_k surge_n surge_w events held missed hushed_at inside looked"
    " threshold slope"
)
ADDED = (
    "seen base_level_n base_level_w events held missed hushed_at slot_k share_profile"  # later than the first release
)


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


def test_arrays_are_stored_under_the_names_that_released_states_have() -> None:
    stored = msgspec.msgpack.decode(zlib.decompress(pack(new_baselines(DetectorSpec(), 1, 0))))
    assert list(stored) == RELEASED.split()
    floats, whole = ({name for name, (kind, *_) in stored.items() if kind == dtype} for dtype in ("<f8", "<i8"))
    assert whole == {"since", "seen", "cluster_from", "hot_since", "hot_at", "hushed_at"}
    assert floats | whole == stored.keys()
    older = {name: value for name, value in stored.items() if name not in ADDED.split()}
    read = unpack(zlib.compress(msgspec.msgpack.encode(older)))
    assert [array.tolist() for array in (read.last_heard, read.standstill_end)] == [[NEVER], [NEVER]]
    assert not any(read.unusual_stretches + read.unusual_minutes + read.missing_documents)
    assert read.share_profile.tolist() == [[1.0] * 48]
    assert read.hour_negatives.tolist() == [[0.0] * 48]
    del older["level_n"]
    with pytest.raises(ValueError, match="no detector's arrays"):
        unpack(zlib.compress(msgspec.msgpack.encode(older)))
