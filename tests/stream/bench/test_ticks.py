"""The benchmark of a tick: a learned state on real servers, ticked on, and what it says of it."""

import pytest

from stream.bench.ticks import DRIFT, Load, bench_ticks, loads
from stream.pipeline.rules import Rule


@pytest.mark.parametrize(
    "load", [Load(Rule(), 60, 0.1, 0.2, 6), Load(DRIFT, 20, 1.0, 1.1, 2)], ids=["default", "drift"]
)
def test_a_tick_on_a_learned_state_says_what_it_costs(load: Load) -> None:
    found = bench_ticks(load)
    assert (found.rule, found.series, found.ticks) == (load.rule.name, load.series, load.ticks)
    assert found.most_seconds >= found.seconds > 0
    assert 0 <= found.blocked < 1
    # What changed is far less than the whole, that is written first.
    assert 0 < found.written_mb < found.state_mb / 2
    assert found.wal_mb > found.written_mb


def test_what_is_measured_has_learned_for_days() -> None:
    one, other = loads(10_000, 1_000, 3, 12)
    assert (one.series, one.begins % 1440, other.rule.detector.step) == (10_000, 0, 60)
