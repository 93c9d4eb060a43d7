"""The queries of the dashboards."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stream.cli.bench.options import Json
from stream.cli.listing import console, listing


def dashboards(
    series: Annotated[int, typer.Option(min=10, help="Series; a tenth of them are topics.")] = 200,
    days: Annotated[int, typer.Option(min=1, help="Days of minute rows.")] = 30,
    hours: Annotated[
        list[float] | None,
        typer.Option(min=0.1, help="Look at so many last hours, too, beside what a dashboard opens with; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure every panel's query (EXPLAIN ANALYZE, the median of five) on an embedded PostgreSQL full of minutes;
    and what its tables take on the disk.

    The default size is 8.6 million rows of minutes; making them takes some minutes and 3 GB of disk.
    """
    from dashboards.bench.fill import Size
    from dashboards.bench.queries import bench_dashboards

    result = bench_dashboards(Size(series, days), hours or [], lambda line: typer.echo(line, err=True))
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    table = listing("dashboard", "panel", "hours", "ms", "best", "rows", title=f"{result.minutes:,} rows of minutes")
    for row in result.timings:
        table.add_row(
            row.dashboard, row.panel, f"{row.hours:g}", f"{row.ms:.1f}", f"{row.best_ms:.1f}", f"{row.rows:,}"
        )
    console().print(table)
    disk = listing("table", "rows", "MB", "bytes a row", title="on the disk, with indexes")
    for one in result.tables:
        disk.add_row(one.name, f"{one.rows:,}", f"{one.bytes / 1e6:.1f}", f"{one.bytes / one.rows:.0f}")
    console().print(disk)
    typer.echo(f"slowest: {result.slowest_ms:.1f} ms; the tables were filled in {result.fill_seconds:.0f} s")
