"""The detector: simulated months, and single series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from stream.cli.bench.options import Json
from stream.console import plain_console

if TYPE_CHECKING:
    from stream.bench.detect import Cell


def detect(
    months: Annotated[int, typer.Option(min=1, max=100, help="Simulated months per scenario, 20 series each.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same months.")] = 1,
    quick: Annotated[bool, typer.Option(help="Only independent and remembering noise at a budget of 3.")] = False,
    ticks: Annotated[bool, typer.Option("--ticks", help="Only what a tick costs, on embedded servers.")] = False,
    json: Json = False,
) -> None:
    """Measure by simulation whether the budget of false alarms holds, what is found within it, and what a tick costs.

    Each scenario has a month of history and a month that is judged, many of them side by side. Ticks are those of the
    default rule over 10,000 series and of a drift rule over 1,000 busy ones, each after three days of traffic.
    """
    from rich.progress import track

    from stream.bench.detect import measure, scenarios
    from stream.bench.ticks import bench_ticks, loads

    chosen = [] if ticks else scenarios(months, seed)
    wanted = [pair for pair in chosen if not quick or (pair[1] == 3.0 and not pair[0].surges[0])]
    bar = track(wanted, "simulating", console=plain_console(stderr=True), disable=json)
    cells = [measure(scenario, budget) for scenario, budget in bar]
    costs = [bench_ticks(load) for load in loads(10_000, 1_000, days=3, ticks=12)]
    if json:
        typer.echo(msgspec.json.encode({"cells": cells, "ticks": costs}).decode())
        return
    if cells:
        _print(cells)
    for cost in costs:
        typer.echo(
            f"a tick of {cost.rule} over {cost.series:,} series: {cost.seconds:.2f} s, the first one"
            f" {cost.first_seconds:.2f} s;"
            f" the event loop waits {cost.blocked * 1000:.0f} ms at most; state {cost.state_mb:.1f} MB, of which"
            f" {cost.written_mb:.2f} MB are written; {cost.wal_mb:.1f} MB of PostgreSQL's log"
        )


def _print(cells: Sequence[Cell]) -> None:
    table = Table("noise", "events", "surges in history", "budget", "false alarms", "ratio", "found", "delay", "inside")
    for cell in cells:
        found = "" if cell.found is None else f"{cell.found:.1%} of {cell.happened}"
        delay = "" if cell.delay_minutes is None else f"{cell.delay_minutes:.0f} min"
        numbers = f"{cell.surges_in_history:g}", f"{cell.budget:g}", f"{cell.alarms:.1f}", f"{cell.ratio:.2f}"
        table.add_row(cell.noise, cell.events, *numbers, found, delay, f"{cell.coverage:.1%}")
    plain_console().print(table)


def series(
    files: Annotated[list[Path], typer.Argument(help="CSV with the columns timestamp and value, every 5 minutes.")],
    threshold: Annotated[float | None, typer.Option(help="Instead of the one that ships.")] = None,
    json: Json = False,
) -> None:
    """Find surges of volume in single series, online; --json prints {file: [timestamp of each alarm]}."""
    from stream.bench.series import THRESHOLD, bench_series

    results = bench_series(files, THRESHOLD if threshold is None else threshold)
    if json:
        typer.echo(msgspec.json.encode({item.file: item.detections for item in results}).decode())
        return
    table = Table("file", "rows", "days", "alarms", "a day")
    for item in results:
        count = len(item.detections)
        table.add_row(item.file, str(item.rows), f"{item.days:.1f}", str(count), f"{count / max(item.days, 1):.2f}")
    plain_console().print(table)
