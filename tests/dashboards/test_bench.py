"""The benchmark runs, on little; how fast it is, is for the benchmark to say."""

from __future__ import annotations

from dashboards.bench.fill import Size
from dashboards.bench.queries import bench_dashboards
from dashboards.build import committed
from tests.dashboards.frames import queries


def test_every_query_is_measured_on_filled_tables() -> None:
    said: list[str] = []
    result = bench_dashboards(Size(series=20, days=1), [72], said.append)
    assert result.minutes == 20 * 1440
    assert len(said) == 2
    names = {(uid, name) for uid, dashboard in committed().items() for name, _, _ in queries(dashboard)}
    names |= {
        ("bellwether-series", "variable: series"),
        *(("bellwether-alert", f"variable: {name}") for name in ("alert_id", "name")),
    }
    assert {(timing.dashboard, timing.panel) for timing in result.timings} == names
    assert len(result.timings) == 2 * len(names)
    # The numbers of an alert that nobody made robust stay empty; all else finds rows.
    empty = {timing.panel for timing in result.timings if timing.hours != 72 and not timing.rows}
    assert empty <= {"Would it have fired without its biggest voice?"}
    assert result.slowest_ms == max(timing.ms for timing in result.timings) > 0
    [minutes] = [table for table in result.tables if table.name == "series_minutes"]
    assert abs(minutes.rows - result.minutes) < 0.05 * result.minutes  # PostgreSQL's own count, which is an estimate
    assert 100 < minutes.bytes / minutes.rows < 2000
    assert list(result.tables) == sorted(result.tables, key=lambda table: -table.bytes)
