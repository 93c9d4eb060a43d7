"""Workers on one stream share it, and one takes over from another; how fast, is for the benchmark to say."""

from __future__ import annotations

import pytest

from stream.bench.scale import bench_scale
from stream.cli.bench.scale import numbers
from stream.errors import SettingsError
from tests.clusters import RealCluster


@pytest.mark.slow
def test_two_workers_share_a_stream_and_one_takes_over(cluster: RealCluster) -> None:
    said: list[str] = []
    url = cluster.url("any")
    [two] = bench_scale([2], 600, 4, {"redis": url}, said.append)
    assert said == ["2 workers: 600 documents"]
    assert two.workers == 2
    assert 0 <= two.least <= 0.5 <= two.most <= 1
    assert abs(two.least + two.most - 1) < 1e-9
    assert two.taken_over is not None
    assert min(two.rate, two.milliseconds, two.taken_over) > 0


@pytest.mark.parametrize("wrong", ["", "0", "1,,2", "1,x", "9", "-1", "1.5"])
def test_numbers_of_workers_that_make_no_sense_are_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"--workers: .*numbers from 1 to 8 \(partitions\) are expected"):
        numbers(wrong, 8, "--workers", "partitions")


def test_numbers_of_workers() -> None:
    assert numbers("1, 2,8", 8, "--workers", "partitions") == [1, 2, 8]
