"""The benchmark of shards: windows on a cluster of embedded Valkeys, and on one server alone."""

from __future__ import annotations

import pytest

from stream.bench.shards import bench_shards


@pytest.mark.parametrize("nodes", [1, 3])
def test_shards_are_measured_side_by_side(nodes: int) -> None:
    said: list[str] = []
    one, six = bench_shards([1, 6], nodes, 1000, 1, said.append)
    assert said == ["round 1 of 1: 1 shard", "round 1 of 1: 6 shards"]
    for row, shards in ((one, 1), (six, 6)):
        assert row.shards == shards
        assert len(row.nodes_us) == nodes
        assert min(row.all_us, row.stories_us, row.worker_us, row.bytes) > 0
        assert 1 / nodes <= row.busiest <= 1
    assert six.bytes > one.bytes  # each shard keeps the ids
    if nodes > 1:
        assert six.busiest < one.busiest
